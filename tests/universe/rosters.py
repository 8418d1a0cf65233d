"""Small rosters written by hand: a source that says exactly what a test needs."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from rollcall.universe.columns import conform
from rollcall.universe.sources.source import COMPANIES, ROSTER

DAY = date(2026, 1, 31)

ACME = {"company_id": "c1", "domain": "acme.com", "name": "Acme", "sector": "Energy", "employees": 4_000,
        "country": "France", "city": "Lyon"}  # fmt: skip
BOLT = {"company_id": "c2", "domain": "bolt.io", "name": "Bolt", "sector": "Materials", "country": "Spain"}
CORE = {"company_id": "c3", "domain": None, "name": "Çore ＡＧ", "founded_year": 1999}


@dataclass
class Handmade:
    """A `Source` out of plain dictionaries."""

    people: list[dict[str, Any]]
    as_of: date = DAY
    name: str = "handmade"
    facts: list[dict[str, Any]] = field(default_factory=lambda: [ACME, BOLT, CORE])
    collapsed_duplicates: int = 0

    def companies(self) -> pa.Table:
        return conform(pa.Table.from_pylist(self.facts, schema=COMPANIES), COMPANIES)

    def roster(self) -> pa.Table:
        return conform(pa.Table.from_pylist(self.people, schema=ROSTER), ROSTER)


def person(who: str, where: str, title: str, seen: date = DAY, **more: Any) -> dict[str, Any]:
    """One row of a roster."""
    row = {
        "person_id": who,
        "company_id": where,
        "title": title,
        "last_seen": seen,
        "full_name": f"{who.title()} Doe",
    }
    return row | more
