"""What the operator sees: tables or JSON on standard output; progress and errors on standard error."""

import errno
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rollcall.core import errors

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

# The same numbers as `rollcall`, the program of users; 1 is for what nobody expected, 2 for wrong usage too.
EXIT_CODES: dict[type[errors.RollcallError], int] = {
    errors.Invalid: 2,
    errors.NotFound: 3,
    errors.NotEnough: 4,
    errors.NotAllowed: 5,
    errors.Conflict: 6,
    errors.TryLater: 7,
}


class DiskFull(errors.TryLater):
    """The disk that holds {place} is full. What was under way was undone; free some space and do it again."""


class FolderNotUsable(errors.Invalid):
    """{place} cannot be used: {reason}. Give this user the right to it, or choose another folder with ROLLCALL_HOME."""


class DatabaseAway(errors.TryLater):
    """The database cannot be reached: {reason}. Check ROLLCALL_DATABASE_URL and that the
    server is up, then try again."""


class NotMigrated(errors.Conflict):
    """The database has not been set up for this version ({reason}). Run `rollcall-server migrate` first."""


def show(rows: Sequence[dict[str, Any]], *, as_json: bool, empty: str = "Nothing yet.") -> None:
    """Rows as a table for people, or as JSON for programs."""
    if as_json:
        show_json(list(rows))
    elif not rows:
        out.print(empty)
    else:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for name, value in rows[0].items():
            table.add_column(name.replace("_", " "), justify="right" if isinstance(value, int) else "left")
        for row in rows:
            table.add_row(*(_cell(value) for value in row.values()))
        out.print(table)


def show_facts(facts: dict[str, Any], *, as_json: bool) -> None:
    """One thing: a line for each fact."""
    if as_json:
        show_json(facts)
        return
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        out.print(f"[dim]{escape(name.replace('_', ' ')):<{width}}[/]  {_cell(value)}")


def show_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, default=str, indent=2, ensure_ascii=False) + "\n")


def step(text: str) -> None:
    """One line of progress."""
    err.print(f"[green]✓[/] {escape(text)}")


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn expected failures into one message and an exit code; never a traceback for those."""
    try:
        yield
    except errors.RollcallError as error:
        raise SystemExit(fail(error)) from None
    except OSError as error:
        known = _of_system(error)
        if known is None:
            raise
        raise SystemExit(fail(known)) from None
    except Exception as error:
        known = _of_database(error)
        if known is None:
            raise
        raise SystemExit(fail(known)) from None


def fail(error: errors.RollcallError) -> int:
    """Say what happened and what to do; the exit code for it."""
    err.print(f"[bold red]error:[/] {escape(error.message)}")
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)


def _of_system(error: OSError) -> errors.RollcallError | None:
    place = str(error.filename or "the state folder")
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull(place=place)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
        return FolderNotUsable(place=place, reason=(error.strerror or "no access").lower())
    return None


def _of_database(error: Exception) -> errors.RollcallError | None:
    """Django's database errors, without importing Django before its settings are read."""
    if type(error).__name__ not in {"OperationalError", "ProgrammingError", "DatabaseError"}:
        return None
    text = " ".join(str(error).split())[:200]
    if "disk is full" in text or "No space left" in text:
        return DiskFull(place="the database")
    if "readonly database" in text or "unable to open database" in text:
        return FolderNotUsable(place="The database file", reason=text)
    if "no such table" in text or "does not exist" in text or "no such column" in text:
        return NotMigrated(reason=text)
    if "connection" in text or "could not translate host" in text or "authentication" in text:
        return DatabaseAway(reason=text)
    return None


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))
