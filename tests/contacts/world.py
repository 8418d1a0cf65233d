"""Handmade months of a small universe, and buying people in it as a run does."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from django.db import transaction

from rollcall.contacts import acquisition
from rollcall.contacts.acquisition import Added
from rollcall.contacts.models import Contact
from rollcall.credits import grants, holds
from rollcall.universe import ingest, search, versions
from rollcall.universe.records import POSITION_ROW
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.universe.rosters import Handmade, person

JUNE, JULY, AUGUST = date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31)
SINCE = date(2024, 3, 1)
HERE = {"since": SINCE, "first_seen": SINCE}


def load(people: list[dict[str, Any]], now: datetime, *, as_of: date = JUNE, **more: Any) -> int:
    """A month: exactly these people work at these companies. Returns the version."""
    return ingest.load(source=Handmade(people=people, as_of=as_of, **more), now=now).version


def ann(
    title: str = "Director of Sales", where: str = "c1", seen: date = JUNE, **more: Any
) -> dict[str, Any]:
    return person("ann", where, title, seen, **(HERE | more))


def bea(title: str = "Accountant", where: str = "c1", seen: date = JUNE, **more: Any) -> dict[str, Any]:
    return person("bea", where, title, seen, **(HERE | more))


def everyone(version: int) -> pa.Table:
    """All current people of the handmade companies, as `search.position_rows`."""
    ids = search.companies(version=version, query=search.CompanyQuery())
    pairs = search.people(
        version=version, query=search.PeopleQuery(company_ids=ids, personas=(search.PersonaQuery(),))
    )
    return search.position_rows(version=version, pairs=pairs)


def hold(workspace: Workspace, amount: int, actor: Actor, now: datetime, key: str = "run") -> int:
    """Credits, set aside."""
    grants.add(
        workspace=workspace, amount=amount, kind="package", name="P", key=f"g:{key}", actor=actor, now=now
    )
    return holds.place(workspace=workspace, amount=amount, key=f"h:{key}", actor=actor, now=now).pk


def buy(
    workspace: Workspace,
    actor: Actor,
    now: datetime,
    *,
    key: str = "run",
    people: pa.Table | None = None,
    hold_id: int | None = None,
    run_id: int | None = 7,
    version: int | None = None,
) -> Added:
    """Add people (by default everyone in the newest version), paid for from a hold of their number."""
    version = version or versions.current() or 1
    people = everyone(version) if people is None else people
    hold_id = hold_id or hold(workspace, max(1, people.num_rows), actor, now, key)
    with transaction.atomic():
        return acquisition.add(
            workspace=workspace,
            people=people,
            hold_id=hold_id,
            key=key,
            actor=actor,
            now=now,
            run_id=run_id,
            version=version,
            context={"segment": "seg_1"},
        )


def made_up(numbers: Sequence[int], **more: Any) -> pa.Table:
    """Rows as the universe gives them, without a universe: for what only adds."""
    size = len(numbers)
    columns: dict[str, Any] = {
        "profile_id": list(numbers),
        "company_id": [number // 20 + 1 for number in numbers],
        "full_name": [f"Jane {number} Doe" for number in numbers],
        "title": ["VP Sales"] * size,
        "seniority": ["vp"] * size,
        "department": ["sales"] * size,
        "started_on": [SINCE] * size,
        "first_seen_on": [SINCE] * size,
        "last_seen_on": [JUNE] * size,
        "source": ["handmade"] * size,
        "company_name": [f"Company {number // 20}" for number in numbers],
        "company_domain": [f"c{number // 20}.com" for number in numbers],
    }
    columns |= {name: [value] * size for name, value in more.items()}
    rows = {field.name: columns.get(field.name, [None] * size) for field in POSITION_ROW}
    return pa.table(rows, schema=POSITION_ROW)


def only(workspace: Workspace) -> Contact:
    return Contact.objects.get(workspace=workspace)
