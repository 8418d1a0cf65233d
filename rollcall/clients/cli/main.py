"""The program `rollcall`: its commands, and its exit codes."""

import json
import sys
from collections.abc import Sequence

import typer

from rollcall.clients.cli import (
    alerts,
    approvals,
    automations,
    budgets,
    contacts,
    credits,
    exits,
    findings,
    packages,
    personas,
    plan,
    proof,
    quotes,
    runs,
    segments,
    suppressions,
    titles,
    universe,
    webhooks,
    whoami,
    workspace,
)

_CODES = "\n".join(f"  {code}  {meaning}" for code, meaning in exits.MEANING.items())
app = typer.Typer(
    name="rollcall",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Contact data with honest credits, from the command line.",
    epilog=f"\b\nExit codes:\n{_CODES}\n\nServer and key: --url and --key, else ROLLCALL_URL and ROLLCALL_KEY, else "
    "the profile: $ROLLCALL_PROFILE, $ROLLCALL_HOME/profile.toml or ~/.rollcall/profile.toml.",
)
proof.register(credits.app)
findings.register(contacts.app, credits.app)
for noun, group in (
    ("credits", credits.app),
    ("budgets", budgets.app),
    ("packages", packages.app),
    ("plan", plan.app),
    ("alerts", alerts.app),
    ("webhooks", webhooks.app),
    ("segments", segments.app),
    ("personas", personas.app),
    ("quotes", quotes.app),
    ("runs", runs.app),
    ("automations", automations.app),
    ("approvals", approvals.app),
    ("contacts", contacts.app),
    ("suppressions", suppressions.app),
    ("titles", titles.app),
    ("universe", universe.app),
    ("workspace", workspace.app),
):
    app.add_typer(group, name=noun)
whoami.register(app)


def run() -> None:
    """The entry point."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Carry out one command line; returns the exit code. Errors of usage are JSON too where --json was typed."""
    try:
        result = app(args=_common_last(arguments), prog_name="rollcall", standalone_mode=False)
    except typer.Abort:
        print("Stopped.", file=sys.stderr)
        return exits.FAILURE
    except typer.TyperException as error:
        return _usage(error, as_json="--json" in arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough.
        sys.stderr.close()
        return exits.OK
    return result if isinstance(result, int) else exits.OK


def _common_last(arguments: Sequence[str]) -> list[str]:
    """--json, --url and --key may stand anywhere, before the command too; the commands know them."""
    own: list[str] = []
    common: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            return [*own, *common, word, *waiting]
        if word == "--json" or word.startswith(("--url=", "--key=")):
            common.append(word)
        elif word in ("--url", "--key") and waiting:
            common += [word, waiting.pop(0)]
        else:
            own.append(word)
    return [*own, *common] if own else list(arguments)


def _usage(error: typer.TyperException, *, as_json: bool) -> int:
    """What was typed cannot be read: told with the command's own usage line."""
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    if as_json:
        told = {"code": "usage", "detail": message, "details": {}, "exit_code": exits.USAGE}
        print(json.dumps(told, ensure_ascii=False), file=sys.stderr)
        return exits.USAGE
    if message.startswith("Usage:"):
        print(message, file=sys.stderr)
        return exits.USAGE
    if context is not None:
        print(context.get_usage(), file=sys.stderr)
        print(f"Help: {context.command_path} --help", file=sys.stderr)
    print(f"Error: {message}", file=sys.stderr)
    return exits.USAGE
