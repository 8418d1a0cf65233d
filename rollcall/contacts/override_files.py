"""Title overrides as a CSV file: taken in whole or not at all, and given back so that it can be taken in again."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime

from rollcall.contacts import overrides
from rollcall.contacts.overrides import OVERRIDES_MAX, Given, Written
from rollcall.core import cells, csv_files
from rollcall.core.errors import Invalid
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

BYTES_MAX = 4 * 2**20
COLUMNS = ("title", "seniority", "department", "why")
_NAMES = {
    "title": ("title", "jobtitle", "position"),
    "seniority": ("seniority", "rank", "level"),
    "department": ("department", "function"),
    "why": ("why", "reason", "note", "comment"),
}
_SHOWN_MAX = 5


class FileTooLarge(Invalid):
    """The file is larger than {megabytes} MB or has more than {most} titles. Split it, or take titles out of it."""


class UnreadableFile(Invalid):
    """The file cannot be read as CSV: {reason}. Save it as CSV in UTF-8 and send it again; nothing was changed."""


class NoColumns(Invalid):
    """The first line must name a column Title, and Seniority or Department or both. It says: {found}."""


class BadLines(Invalid):
    """{count} lines cannot be used, so nothing was changed. {first}"""


class NothingInIt(Invalid):
    """There is no title in this file. Write one a line, below the names of the columns."""


def take_in(*, workspace: Workspace, data: bytes, actor: Actor, now: datetime) -> Written:
    """Read all titles of the file as it says, beside those read otherwise already; of two lines for one title the later
    one counts.

    Raises:
        FileTooLarge, UnreadableFile, NoColumns, BadLines, NothingInIt, overrides.TooManyOverrides
    """
    given, problems = [], []
    for number, one in _lines(data):
        try:
            given.append(overrides.checked(one))
        except Invalid as wrong:
            problems.append({"line": number, "problem": wrong.message})
    if problems:
        first = " ".join(f"Line {one['line']}: {one['problem']}" for one in problems[:_SHOWN_MAX])
        raise BadLines(count=len(problems), first=first, lines=problems[:100])
    if not given:
        raise NothingInIt()
    return overrides.save_all(workspace=workspace, given=given, actor=actor, now=now)


def text(*, workspace: Workspace) -> str:
    """All of now, by title; no cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*COLUMNS, "by", "since"])
    for row in overrides.everyone(workspace=workspace):
        told = (row.title, row.seniority or "", row.department or "", row.why, row.actor_label)
        writer.writerow([*map(cells.harmless, told), row.made_at.date().isoformat()])
    return out.getvalue()


def _lines(data: bytes) -> Iterator[tuple[int, Given]]:
    """Each line of the file that says anything, with its number."""
    too_large = FileTooLarge(megabytes=BYTES_MAX // 2**20, most=f"{OVERRIDES_MAX:,}")
    if len(data) > BYTES_MAX:
        raise too_large
    rows = csv_files.rows(data)
    try:
        places = _places(next(rows, []))
        found = 0
        for number, line in enumerate(rows, start=2):
            values = {name: csv_files.cleaned(line[at]) for name, at in places.items() if at < len(line)}
            if not any(values.values()):
                continue
            found += 1
            if found > OVERRIDES_MAX:
                raise too_large
            yield number, Given(**{"title": "", **values})
    except csv.Error as error:
        raise UnreadableFile(reason=str(error)[:120]) from None


def _places(header: list[str]) -> dict[str, int]:
    named: dict[str, int] = {}
    for place, cell in enumerate(header):
        named.setdefault(re.sub(r"[^a-z]", "", csv_files.cleaned(cell).casefold()), place)
    found = {
        ours: next(named[name] for name in names if name in named)
        for ours, names in _NAMES.items()
        if any(name in named for name in names)
    }
    if "title" not in found or not {"seniority", "department"} & found.keys():
        raise NoColumns(found=", ".join(csv_files.cleaned(cell) for cell in header)[:120] or "nothing")
    return found
