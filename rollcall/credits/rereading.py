"""Entries read back with their legs and people, and their digests computed again from the rows alone."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from rollcall.credits import digests
from rollcall.credits.models import Entry, Leg, Seal
from rollcall.workspaces.models import Workspace

BATCH = 2_000
# Of so many people at most are the digests of one batch computed, whatever the number of entries.
PEOPLE = 500_000
# SQLite before 3.44 sorts nothing inside an aggregate; it does concatenate in the order of the rows it is given.
_PEOPLE = {
    "postgresql": """
SELECT entry_id, string_agg(profile_id || ':' || company_id || ':' || grant_id || ':' || coalesce(persona_id::text, ''),
                            ',' ORDER BY profile_id, company_id)
FROM credits_acquisition WHERE entry_id = ANY(%s::bigint[]) GROUP BY entry_id
""",
    "sqlite": """
SELECT entry_id, group_concat(profile_id || ':' || company_id || ':' || grant_id || ':' || coalesce(persona_id, ''),
                              ',')
FROM (SELECT * FROM credits_acquisition WHERE entry_id IN (SELECT value FROM json_each(%s))
      ORDER BY entry_id, profile_id, company_id)
GROUP BY entry_id
""",
}
_FIELDS = (*digests.FIELDS, "created_at", "digest")


@dataclass(frozen=True)
class Reread:
    """An entry's digest as its rows give it now, as the entry keeps it, and as its seal (if it has one) does.

    `is_older`: it was written before digests were kept, as all entries are that come before the first digest.
    """

    entry_id: int
    workspace_id: int
    now: str
    kept: str | None
    sealed: str | None
    link: int | None
    is_older: bool

    @property
    def fits(self) -> bool:
        return self.kept == self.now and self.sealed in (None, self.now)


def every(*, workspace: Workspace | None, among: Sequence[int] | None = None) -> Iterator[Reread]:
    """All entries of the workspace (None: of all; `among`: these ids only), in the order of their ids.

    The entries come first, then their legs and people: what is written together is seen together, and rows of
    entries written meanwhile are left for the next time.
    """
    mine = Entry.objects.all() if workspace is None else Entry.objects.filter(workspace=workspace)
    if among is not None:
        mine = mine.filter(pk__in=among)
    last_id, began = 0, digests_began()
    while found := list(mine.filter(pk__gt=last_id).order_by("pk").values(*_FIELDS)[:BATCH]):
        last_id = found[-1]["id"]
        for batch in _parts(found):
            yield from _reread(batch, began)


def digests_began() -> int:
    """The first entry that keeps a digest; those before it are of an installation that is older than digests."""
    first = Entry.objects.filter(digest__isnull=False).order_by("pk").values_list("pk", flat=True).first()
    return first or 2**63


def _parts(found: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    people = 0
    for fields in found:
        of_entry = fields["amount"] if fields["kind"] == Entry.Kind.CHARGE else 0
        if part and people + of_entry > PEOPLE:
            yield part
            part, people = [], 0
        part.append(fields)
        people += of_entry
    yield part


def _reread(batch: list[dict[str, Any]], began: int) -> Iterator[Reread]:
    legs = _legs([fields["id"] for fields in batch])
    charges = [fields["id"] for fields in batch if fields["kind"] == Entry.Kind.CHARGE]
    people = _people(charges) if charges else {}
    seals = _seals(batch)
    for fields in batch:
        number = fields["id"]
        is_charge = fields["kind"] == Entry.Kind.CHARGE
        said = digests.of_people(people.get(number, "")) if is_charge else ""
        now = digests.of_entry(fields, legs[number], said)
        sealed, link = seals.get((fields["workspace_id"], number), (None, None))
        kept = fields["digest"]
        is_older = kept is None and link is None and number < began
        yield Reread(number, fields["workspace_id"], now, kept, sealed, link, is_older)


def _seals(batch: list[dict[str, Any]]) -> dict[tuple[int, int], tuple[str, int]]:
    found = Seal.objects.filter(
        workspace_id__in={fields["workspace_id"] for fields in batch},
        entry_id__in=[fields["id"] for fields in batch],
    )
    return {(seal.workspace_id, seal.entry_id): (seal.digest, seal.number) for seal in found}


def _legs(entry_ids: list[int]) -> dict[int, list[tuple[str, int, int]]]:
    of_entry: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    found = Leg.objects.filter(entry_id__in=entry_ids).order_by("entry_id", "line")
    rows: Iterable[tuple[int, str, int, int]] = found.values_list("entry_id", "account", "grant_id", "amount")
    for entry_id, account, grant_id, amount in rows:
        of_entry[entry_id].append((account, grant_id, amount))
    return of_entry


def _people(entry_ids: list[int]) -> dict[int, str]:
    listed = entry_ids if connection.vendor == "postgresql" else json.dumps(entry_ids)
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE[connection.vendor], [listed])
        return dict(cursor.fetchall())
