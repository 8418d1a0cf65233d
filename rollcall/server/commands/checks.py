"""verify, checkpoint and doctor: proof of the ledger, and the state of the installation."""

import http.client
import importlib
import json
import pkgutil
import platform
import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

import rollcall
from rollcall.core import configuration
from rollcall.core.errors import Invalid, TryLater
from rollcall.server import console, installation, ports

Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]


class NotHealthy(TryLater):
    """The web server on port {port} is not healthy: {problem}. See its log."""


class NoCheckpoint(Invalid):
    """{path} holds no checkpoint: {problem}. Give a file that `rollcall-server checkpoint` wrote."""


def verify(
    workspace: Annotated[str | None, typer.Option(help="One workspace only (its short name).")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="A file of checkpoints: nothing sealed before them may have changed.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Prove the ledger from its entries alone; exits with 1 if anything does not add up."""
    installation.connect()
    from rollcall.personas import proof
    from rollcall.workspaces import members

    found = proof.prove(workspace=members.find_workspace(workspace) if workspace else None)
    rows = [
        {
            "check": check.code,
            "what": check.title,
            "holds": check.ok,
            "bad_rows": "; ".join(check.bad),
            "note": check.note,
        }
        for check in found.checks
    ]
    rows += _against(checkpoint) if checkpoint else []
    ok = all(row["holds"] for row in rows)
    if as_json:
        console.show_json({"ok": ok, "checks": rows})
    else:
        shown = [
            {name: value for name, value in row.items() if name != "note"}
            | {"holds": "✓" if row["holds"] else "✗"}
            for row in rows
        ]
        console.show(shown, as_json=False)
        for row in rows:
            if row.get("note"):
                console.out.print(f"[yellow]{row['check']}[/] {row['note']}.")
        console.out.print(
            "[green]The ledger adds up.[/]" if ok else "[bold red]The ledger does not add up.[/]"
        )
    if not ok:
        raise SystemExit(1)


def checkpoint(
    workspace: Annotated[str | None, typer.Option(help="One workspace only (its short name).")] = None,
) -> None:
    """Print where the chain over each ledger stands, as JSON to keep elsewhere: `verify --checkpoint` reads it."""
    installation.connect()
    from rollcall.core import clock
    from rollcall.credits import chain
    from rollcall.workspaces import members

    now = clock.now()
    of = [members.find_workspace(workspace)] if workspace else members.all_workspaces()
    chain.sweep(now=now)
    console.show_json({"checkpoints": [chain.checkpoint(workspace=mine, now=now) for mine in of]})


def _against(path: Path) -> list[dict[str, Any]]:
    from rollcall.core import ids
    from rollcall.credits import chain
    from rollcall.workspaces import members

    known = {ids.public("ws", mine.pk): mine for mine in members.all_workspaces()}
    rows = []
    for kept in _checkpoints(path):
        mine = known.get(str(kept.get("workspace")))
        if mine is None:
            raise NoCheckpoint(path=path, problem=f"there is no workspace {kept.get('workspace')}")
        answer = chain.check(workspace=mine, checkpoint=kept)
        what = f"{mine.slug}: nothing sealed before checkpoint {kept['number']} has changed"
        rows.append({"check": "chain", "what": what, "holds": answer.ok, "bad_rows": "; ".join(answer.bad)})
    return rows


def _checkpoints(path: Path) -> list[dict[str, Any]]:
    """Those of a file, or the one that a workspace downloaded."""
    try:
        kept = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise NoCheckpoint(path=path, problem=str(error)) from None
    listed = kept.get("checkpoints", [kept]) if isinstance(kept, dict) else []
    if not listed or not all(isinstance(one, dict) for one in listed):
        raise NoCheckpoint(path=path, problem="it is not the JSON of one")
    return list(listed)


def doctor(
    faults: Annotated[bool, typer.Option("--faults", help="List the named fault points.")] = False,
    as_json: Json = False,
) -> None:
    """Say how this installation is set up, and what is wrong with it."""
    installation.connect()
    if faults:
        from rollcall.core import faults as points

        import_everything()
        rows = [{"point": name, "a crash here means": text} for name, text in sorted(points.POINTS.items())]
        console.show(rows, as_json=as_json)
        return
    facts = _facts()
    console.show_facts(facts, as_json=as_json)
    if facts["problems"] != "none":
        raise SystemExit(1)


def health(
    worker: Annotated[bool, typer.Option("--worker", help="Ask the database, not the web server.")] = False,
    port: Annotated[int | None, typer.Option(help="Port of the web server.")] = None,
) -> None:
    """For health checks: exits with 0 if the web server (or, for a worker, the database) answers."""
    if worker:
        installation.connect()
        due = installation.migrations_due()
        if due:
            raise console.NotMigrated(reason=f"{due} migrations are due")
        return
    wanted = ports.wanted(port)
    # The name people type: the web server refuses any other.
    host = configuration.words("ROLLCALL_ALLOWED_HOSTS", default="127.0.0.1")[0].lstrip(".*") or "127.0.0.1"
    link = http.client.HTTPConnection("127.0.0.1", wanted, timeout=4)
    try:
        link.request("GET", "/healthz", headers={"Host": host, "X-Forwarded-Proto": "https"})
        status = link.getresponse().status
    except OSError as error:
        raise NotHealthy(port=wanted, problem=str(error)) from None
    finally:
        link.close()
    if status != 200:
        raise NotHealthy(port=wanted, problem=f"it answered {status}")


def import_everything() -> None:
    """Import every module of the product, so that what registers itself is registered."""
    for module in pkgutil.walk_packages(rollcall.__path__, "rollcall."):
        if not module.name.endswith((".__main__", ".wsgi")) and ".migrations" not in module.name:
            importlib.import_module(module.name)


def _facts() -> dict[str, Any]:
    from django.conf import settings
    from django.db import connection

    due = installation.migrations_due()
    free = shutil.disk_usage(settings.ROLLCALL_HOME).free // 2**20
    facts: dict[str, Any] = {
        "version": rollcall.__version__,
        "python": platform.python_version(),
        "home": settings.ROLLCALL_HOME,
        "free_disk_mib": free,
        "database": connection.vendor,
        "migrations_due": due,
    }
    problems = []
    if free < 512:
        problems.append("less than 512 MiB of disk are free")
    if due:
        problems.append("the database is not up to date: rollcall-server migrate")
    else:
        facts |= _contents()
        if facts["letters_failed"]:
            problems.append("letters were given up: see the operator's page, and ROLLCALL_SMTP_HOST")
        if facts["universe_version"] is None:
            problems.append("nothing is loaded yet: rollcall-server load us_public_companies --next")
    return facts | {"problems": "; ".join(problems) or "none"}


def _contents() -> dict[str, Any]:
    from rollcall.notices import undelivered
    from rollcall.universe import versions
    from rollcall.workspaces import members

    number, notices = versions.current(), undelivered.look()
    return {
        "workspaces": ", ".join(w.slug for w in members.all_workspaces()),
        "letters_waiting": notices.letters_waiting,
        "letters_failed": notices.letters_failed,
        "webhook_calls_waiting": notices.calls_waiting,
        "webhook_calls_failed": notices.calls_failed,
        "universe_version": number,
        "universe_as_of": versions.get(number).as_of if number else None,
    }
