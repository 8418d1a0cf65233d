"""`rollcall-server`: the program of whoever runs an installation."""

import sys
from typing import Annotated

import typer

import rollcall
from rollcall.server import console
from rollcall.server.commands import (
    adjustments,
    checks,
    credits,
    demo,
    identity,
    people,
    providers,
    serving,
    sources,
    universe,
    versions,
)

app = typer.Typer(
    name="rollcall-server",
    help="Run a Rollcall installation: set it up, serve it, load data, grant credits, prove the ledger.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo.demo)
app.command(hidden=True)(demo.prepare_demo)
app.command()(serving.serve)
app.command()(serving.work)
app.command()(serving.migrate)
app.command()(universe.load)
app.add_typer(sources.sources, name="sources")
app.add_typer(versions.universe, name="universe")
app.command()(credits.grant)
app.command()(adjustments.adjust)
app.add_typer(adjustments.adjustments, name="adjustments")
app.add_typer(credits.requests, name="requests")
app.add_typer(identity.identity, name="identity")
app.add_typer(providers.providers, name="providers")
app.add_typer(people.workspaces, name="workspace")
app.add_typer(people.users, name="user")
app.command()(people.key)
app.command()(checks.verify)
app.command()(checks.checkpoint)
app.command()(checks.doctor)
app.command()(checks.health)


def run() -> None:
    """The entry point: expected failures become one message and an exit code."""
    with console.clear_errors():
        app()


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    if version:
        console.out.print(f"rollcall-server {rollcall.__version__}")
        sys.exit(0)
