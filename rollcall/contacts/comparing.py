"""A batch of owned contacts beside what a version says of them: which differ, how, and what to write."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import DateField, QuerySet, TextField
from django.db.models.functions import Cast

from rollcall.contacts import differences, facts, sifting, title_books
from rollcall.contacts.models import LIVE, Contact
from rollcall.contacts.title_books import Book
from rollcall.universe import search
from rollcall.universe.titles import Overrides
from rollcall.workspaces.models import Workspace

_NOWHERE = (None,) * len(facts.ELSEWHERE)
_COMPARED = (*facts.FACTS, *facts.ELSEWHERE)
KEPT = (*_COMPARED, *facts.OBSERVED)
_CHANGE = ("contact_id", "kind", "before", "after", "happened_on", "source")
_REWRITTEN = ("id", *KEPT, "is_former", "name_key", "company_key")
_SEEN = ("id", *facts.OBSERVED)
_ASKED_AT_ONCE = 900

Columns = dict[str, list[Any]]


@dataclass(frozen=True)
class Compared:
    """Of the whole batch the ids and (profile, company); columns of the contacts to rewrite, of those only seen again,
    and of the changes; `book` is how the workspace read titles when they were compared."""

    ids: list[int]
    pairs: list[tuple[int, int]]
    book: Book
    rewritten: Columns
    seen: Columns
    changes: Columns


def compare(*, workspace: Workspace, version: int, after: int, limit: int) -> Compared:
    """The next `limit` contacts older than `version`, by id from `after`, compared with it.

    Those that are certainly the same in both versions are not read in full, neither here nor in the universe.
    """
    behind = Contact.objects.filter(LIVE, workspace=workspace, universe_version__lt=version)
    sifted = sifting.sift(rows=behind.filter(id__gt=after).order_by("id")[:limit], version=version)
    found = Compared(
        ids=sifted.ids,
        pairs=sifted.pairs,
        book=title_books.now(workspace=workspace),
        rewritten={name: [] for name in _REWRITTEN},
        seen=sifted.seen,
        changes={name: [] for name in _CHANGE},
    )
    kept = list(_kept(behind, sifted))
    if kept:
        _fill(found, kept, version)
    return found


def _kept(behind: QuerySet[Contact], sifted: sifting.Sifted) -> Iterator[tuple[Any, ...]]:
    """(id, profile, company, then KEPT) of those in doubt; dates as ISO text, which compare faster than dates.

    Whoever was merged or refreshed since the ids were read is not there any more; the writer notices.
    """
    names = [
        Cast(name, TextField()) if isinstance(Contact._meta.get_field(name), DateField) else name
        for name in KEPT
    ]
    for part in _parts(sifted):
        rows = behind.filter(**part).order_by("id")
        yield from rows.values_list("id", "profile_id", "company_id", *names).iterator(10_000)


def _parts(sifted: sifting.Sifted) -> Iterator[dict[str, Any]]:
    """Which rows to read: from the first to the last if all are in doubt, else some ids at a time."""
    if len(sifted.doubtful) == len(sifted.ids):
        yield {"id__gte": sifted.ids[0], "id__lte": sifted.ids[-1]} if sifted.ids else {"id__in": []}
        return
    for at in range(0, len(sifted.doubtful), _ASKED_AT_ONCE):
        yield {"id__in": sifted.doubtful[at : at + _ASKED_AT_ONCE]}


def _fill(found: Compared, kept: list[tuple[Any, ...]], version: int) -> None:
    split = 3 + len(_COMPARED)
    for row, (new, moved_on) in zip(kept, _said(kept, version, found.book.overrides), strict=True):
        if new is None:
            continue
        if row[3:split] != new[: len(_COMPARED)]:
            _note(found, row, new, moved_on)
        elif row[split:] != new[len(_COMPARED) :]:
            for name, value in zip(_SEEN, (row[0], *new[len(_COMPARED) :]), strict=True):
                found.seen[name].append(value)


def _said(
    kept: list[tuple[Any, ...]], version: int, overrides: Overrides
) -> Iterator[tuple[tuple[Any, ...] | None, str | None]]:
    """What the version says: KEPT for each contact and the day of the move; None where it knows nothing."""
    pairs = pa.table({"company_id": [row[2] for row in kept], "profile_id": [row[1] for row in kept]})
    people = overrides.applied(search.position_rows(version=version, pairs=pairs))
    is_known = facts.known(people)
    columns = facts.columns(people)
    gone = pc.and_(is_known, pc.is_valid(people["ended_on"]))
    elsewhere = _elsewhere(pairs.filter(gone), version)
    told = zip(*(columns[name] for name in facts.FACTS), strict=True)
    observed = zip(*(columns[name] for name in facts.OBSERVED), strict=True)
    for row, known, told_row, seen in zip(kept, is_known.to_pylist(), told, observed, strict=True):
        place, moved_on = elsewhere.get((row[1], row[2]), (_NOWHERE, None))
        yield ((*told_row, *place, *seen) if known else None), moved_on


def _elsewhere(pairs: pa.Table, version: int) -> dict[tuple[int, int], tuple[tuple[Any, ...], str | None]]:
    """Where those who left are now, and since when."""
    if not pairs.num_rows:
        return {}
    found = search.current_elsewhere(version=version, pairs=pairs)
    since = pc.coalesce(found["now_first_seen_on"], found["now_started_on"]).cast(pa.string()).to_pylist()
    places = zip(*(facts.column(found, name) for name in facts.ELSEWHERE), strict=True)
    people = zip(found["profile_id"].to_pylist(), found["company_id"].to_pylist(), strict=True)
    return dict(zip(people, zip(places, since, strict=True), strict=True))


def _note(found: Compared, row: tuple[Any, ...], new: tuple[Any, ...], moved_on: str | None) -> None:
    """One contact that differs: its new columns and its changes."""
    old, said = dict(zip(KEPT, row[3:], strict=True)), dict(zip(KEPT, new, strict=True))
    written = {
        "id": row[0],
        **said,
        "is_former": said["left_on"] is not None,
        "name_key": facts.sort_key(said["full_name"]),
        "company_key": facts.sort_key(said["company_name"]),
    }
    for name, value in written.items():
        found.rewritten[name].append(value)
    for change in differences.between(old, said, moved_on=moved_on):
        values = (row[0], change.kind, change.before, change.after, change.happened_on, said["source"])
        for name, value in zip(_CHANGE, values, strict=True):
            found.changes[name].append(value)
