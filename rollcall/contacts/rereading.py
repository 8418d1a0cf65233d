"""Owned contacts follow how their workspace reads titles: free, in the background, told by a change."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from rollcall.contacts import title_books
from rollcall.contacts.models import Change, Contact, TitleBook, TitleOverride
from rollcall.core import jobs, rows, transactions
from rollcall.universe import titles
from rollcall.universe.titles import Overrides
from rollcall.workspaces.models import Workspace

BATCH = 20_000
_AT_ONCE = 500
# What the history of a contact names as the source of such a change.
SOURCE = "title override"
_READ = ("id", "title", "seniority", "department", "source", "universe_version", "merged_into_id")


@jobs.sweep("contacts.reread")
def sweep(*, now: datetime) -> int:
    """One batch of a workspace whose contacts do not yet show how it reads titles."""
    behind = TitleBook.objects.filter(revision__gt=F("applied")).select_related("workspace")
    book = behind.order_by("workspace").first()
    return 0 if book is None else 1 + _step(book, now)


def run(*, workspace: Workspace, now: datetime) -> int:
    """All of a workspace's contacts, batch by batch; returns how many of them are read otherwise than before."""
    changed = 0
    while book := _behind(workspace):
        changed += _step(book, now)
    return changed


def is_done(*, workspace: Workspace) -> bool:
    """Whether every contact shows how the workspace reads titles."""
    return _behind(workspace) is None


def _behind(workspace: Workspace) -> TitleBook | None:
    return TitleBook.objects.filter(workspace=workspace, revision__gt=F("applied")).first()


def _step(book: TitleBook, now: datetime) -> int:
    """The next batch: read outside, written inside a transaction, unless the book turned a page meanwhile."""
    overrides = title_books.at(workspace=book.workspace, revision=book.revision)
    contacts = Contact.objects.filter(workspace=book.workspace, erased_at__isnull=True, id__gt=book.after_id)
    batch = list(contacts.order_by("id").values(*_READ)[:BATCH])
    changed = _changed(batch, _touched(book), overrides)

    def work() -> int:
        locked = title_books.lock(workspace=book.workspace)
        if (locked.stamp, locked.after_id) != (book.stamp, book.after_id):
            return 0
        written = _write(book.workspace, changed, now)
        if len(batch) < BATCH:
            locked.applied, locked.after_id = locked.revision, 0
        else:
            locked.after_id = batch[-1]["id"]
        locked.save(update_fields=["applied", "after_id"])
        return written

    return transactions.run(work)


def _touched(book: TitleBook) -> set[str]:
    """The titles of which something else was said since the contacts were last read."""
    began = Q(since__gt=book.applied, since__lte=book.revision)
    ended = Q(until__gt=book.applied, until__lte=book.revision)
    found = TitleOverride.objects.filter(began | ended, workspace=book.workspace)
    return set(found.values_list("title_words", flat=True))


def _changed(batch: list[dict[str, Any]], touched: set[str], overrides: Overrides) -> list[dict[str, Any]]:
    """Those of the batch who are read otherwise now, with what they are read as."""
    readings: dict[str, titles.Reading | None] = {}
    found = []
    for row in batch:
        title = row["title"] or ""
        if title not in readings:
            is_touched = titles.words(title) in touched
            readings[title] = titles.read(title, overrides=overrides) if is_touched else None
        reading = readings[title]
        if reading and (row["seniority"], row["department"]) != (reading.seniority, reading.department):
            found.append({**row, "reading": reading})
    return found


def _write(workspace: Workspace, changed: list[dict[str, Any]], now: datetime) -> int:
    """Whoever got another title since they were read stays as they are: a refresh read that one."""
    written: set[int] = set()
    for title, same in _by_title(changed).items():
        reading = same[0]["reading"]
        for start in range(0, len(same), _AT_ONCE):
            asked = [row["id"] for row in same[start : start + _AT_ONCE]]
            locked = Contact.objects.select_for_update().filter(
                workspace=workspace, title=title, pk__in=asked
            )
            mine = list(locked.order_by("id").values_list("id", flat=True))
            Contact.objects.filter(pk__in=mine).update(
                seniority=reading.seniority, department=reading.department
            )
            written.update(mine)
    told = [row for row in changed if row["id"] in written and row["merged_into_id"] is None]
    columns: dict[str, list[Any]] = {
        "contact_id": [row["id"] for row in told],
        "before": [_half(row, row["seniority"], row["department"]) for row in told],
        "after": [_half(row, row["reading"].seniority, row["reading"].department) for row in told],
        "universe_version": [row["universe_version"] for row in told],
    }
    constants = {
        "workspace_id": workspace.pk,
        "kind": Change.Kind.CORRECTED.value,
        "happened_on": now.date(),
        "learned_at": now,
        "source": SOURCE,
    }
    rows.insert(Change, columns, constants=constants)
    return len(written)


def _by_title(changed: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in changed:
        found[row["title"]].append(row)
    return found


def _half(row: dict[str, Any], seniority: str | None, department: str | None) -> dict[str, Any]:
    """Only what differs."""
    reading = row["reading"]
    halves = {}
    if row["seniority"] != reading.seniority:
        halves["seniority"] = seniority
    if row["department"] != reading.department:
        halves["department"] = department
    return halves
