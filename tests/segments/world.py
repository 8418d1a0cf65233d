"""A universe of nine companies, small enough to know by heart, and ways to change it and to own people in it."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.db import transaction

from rollcall.contacts import acquisition
from rollcall.contacts.acquisition import Added
from rollcall.credits import grants, holds
from rollcall.segments import membership
from rollcall.segments.models import Segment
from rollcall.universe import ingest, search, versions
from rollcall.universe.sources.source import COMPANIES, ROSTER
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

# name, domain, sector, country, employees
COMPANIES_KNOWN = [
    ("Alder Energy", "alder.com", "Energy", "US", 120),
    ("Birch Energy", "birch.com", "Energy", "US", 4_000),
    ("Cedar Energy", "cedar.co.uk", "Energy", "GB", 90_000),
    ("Dogwood Foods", "dogwood.com", "Food", "US", 15),
    ("Elm Foods", "elm.de", "Food", "DE", 800),
    ("Fir Software", "fir.io", "Software", "US", 60),
    ("Ginkgo Software", "ginkgo.io", "Software", None, None),
    ("Hazel Software", "hazel.io", "Software", "FR", 60),
    ("=Ivy Bank", "ivy.bank", "Finance", "US", 7_000),
]
NAMES = ["Ada Öz", "Bo Lindqvist", "Cy Tran"]


@dataclass(frozen=True)
class Snapshot:
    """A source that says what it is told to say."""

    as_of: date
    rows: list[tuple[str, str, str, str | None, int | None]] = field(default_factory=lambda: COMPANIES_KNOWN)
    people: dict[str, str] = field(default_factory=dict)
    name: str = "little_world"
    collapsed_duplicates: int = 0

    def companies(self) -> pa.Table:
        keys = ("name", "domain", "sector", "country", "employees")
        rows = [
            dict(zip(keys, row, strict=True)) | {"company_id": row[1], "observed_on": self.as_of}
            for row in self.rows
        ]
        return pa.Table.from_pylist(
            [{n: row.get(n) for n in COMPANIES.names} for row in rows], schema=COMPANIES
        )

    def roster(self) -> pa.Table:
        """Three people at each company: its chief, a director and an engineer."""
        titles = ["Chief Executive Officer", "Director of Sales", "Engineer"]
        rows = [
            {
                "company_id": row[1], "person_id": f"{row[1]}/{i}", "title": titles[i], "last_seen": self.as_of,
                "since": date(2024, 1, 1), "first_seen": date(2024, 1, 1),
                "full_name": self.people.get(f"{row[1]}/{i}", f"{NAMES[i]} of {row[0]}"),
            }
            for row in self.rows
            for i in range(3)
        ]  # fmt: skip
        return pa.Table.from_pylist([{n: row.get(n) for n in ROSTER.names} for row in rows], schema=ROSTER)

    def with_(self, domain: str, **changes: Any) -> "Snapshot":
        """The same, with some facts of one company changed."""
        keys = ("name", "domain", "sector", "country", "employees")
        rows = [
            tuple(changes.get(key, value) for key, value in zip(keys, row, strict=True))
            if row[1] == domain
            else row
            for row in self.rows
        ]
        return replace(self, rows=rows)


FIRST = Snapshot(as_of=date(2026, 7, 1))


def later(snapshot: Snapshot, *, month: int = 8) -> Snapshot:
    return replace(snapshot, as_of=date(2026, month, 1))


def load(snapshot: Snapshot, now: datetime) -> int:
    return ingest.load(source=snapshot, now=now).version


def own(workspace: Workspace, segment: Segment, actor: Actor, now: datetime, *, key: str = "run") -> Added:
    """Buy everybody at the segment's companies and put them into it, as a run does."""
    version = versions.current()
    assert version is not None
    wanted = search.PeopleQuery(
        company_ids=membership.company_ids(segment=segment), personas=(search.PersonaQuery(),)
    )
    people = search.people(version=version, query=wanted)
    size = max(1, people.num_rows)
    grants.add(
        workspace=workspace, amount=size, kind="package", name="Package", key=f"g:{key}", actor=actor, now=now
    )
    hold = holds.place(workspace=workspace, amount=size, key=f"h:{key}", actor=actor, now=now)
    with transaction.atomic():
        added = acquisition.add(
            workspace=workspace, people=search.position_rows(version=version, pairs=people), hold_id=hold.pk,
            key=f"c:{key}", actor=actor, now=now, run_id=None, version=version, context={},
        )  # fmt: skip
        contact_ids = list(added.contact_ids.values())
        membership.place(segment=segment, contact_ids=contact_ids, charged_ids=added.new_contact_ids, now=now)
    return added
