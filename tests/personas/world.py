"""A small universe and a workspace in it, built with public functions only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from rollcall.contacts import verify as contact_checks
from rollcall.credits import balances, grants, verify
from rollcall.credits.models import Acquisition, Hold
from rollcall.personas import definitions as personas
from rollcall.personas import proof, quotes, runs
from rollcall.personas.models import Persona, Quote, Run
from rollcall.segments import definitions as segments
from rollcall.segments.models import Segment
from rollcall.universe import ingest
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

TITLES = (
    "Chief Executive Officer", "Chief Financial Officer", "VP Sales", "Vice President of Marketing",
    "Director of Sales", "Sales Manager", "Publicity Manager", "Software Engineer",
)  # fmt: skip
SECTORS = ("Energy", "Financials", "Utilities")


@dataclass(frozen=True)
class Roster:
    """A snapshot: `people` are (company number, person number, title)."""

    people: Sequence[tuple[int, int, str]]
    as_of: date = date(2026, 8, 1)
    name: str = "test"
    collapsed_duplicates: int = 0

    def companies(self) -> pa.Table:
        numbers = sorted({company for company, _, _ in self.people})
        return pa.table(
            {
                "company_id": [f"c{n}" for n in numbers],
                "domain": [f"company{n}.com" for n in numbers],
                "name": [f"Company {n:04d}" for n in numbers],
                "sector": [SECTORS[n % len(SECTORS)] for n in numbers],
                "employees": pa.array([100 * n for n in numbers], pa.int64()),
            }
        )

    def roster(self) -> pa.Table:
        return pa.table(
            {
                "company_id": [f"c{company}" for company, _, _ in self.people],
                "person_id": [f"p{person}" for _, person, _ in self.people],
                "title": [title for _, _, title in self.people],
                "full_name": [f"Person {person:05d}" for _, person, _ in self.people],
                "last_seen": pa.array([self.as_of] * len(self.people), pa.date32()),
            }
        )


def staff(companies: int, per_company: int = len(TITLES)) -> list[tuple[int, int, str]]:
    """Everybody of so many companies: one person a title, numbered through."""
    return [
        (company, company * 1000 + seat, TITLES[seat % len(TITLES)])
        for company in range(1, companies + 1)
        for seat in range(per_company)
    ]


@dataclass
class World:
    """One workspace, with shorthand for what its people do."""

    workspace: Workspace
    actor: Actor
    now: datetime

    def load(self, people: Sequence[tuple[int, int, str]], *, as_of: date = date(2026, 8, 1)) -> int:
        return ingest.load(source=Roster(people, as_of), now=self.now).version

    def credits(self, amount: int, **more: Any) -> None:
        wanted: dict[str, Any] = {"kind": "package", "name": "Package", "key": f"grant-{amount}"} | more
        grants.add(workspace=self.workspace, amount=amount, actor=self.actor, now=self.now, **wanted)

    def segment(self, name: str = "All", **definition: Any) -> Segment:
        return segments.create(
            workspace=self.workspace,
            name=name,
            kind=definition.pop("kind", "static"),
            definition=definition or {"everything": True},
            actor=self.actor,
            now=self.now,
        )

    def persona(self, name: str = "Everybody", **definition: Any) -> Persona:
        return personas.create(
            workspace=self.workspace,
            name=name,
            definition=personas.parse(definition),
            actor=self.actor,
            now=self.now,
        )

    def quote(self, segment: Segment, *who: Persona, stop_at: int | None = None) -> Quote:
        return quotes.make(
            workspace=self.workspace,
            segment_id=segment.pk,
            persona_ids=[persona.pk for persona in who],
            stop_at=stop_at,
            actor=self.actor,
            now=self.now,
        )

    def start(self, quote: Quote, key: str | None = None, *, now: datetime | None = None) -> Run:
        return runs.start(
            workspace=self.workspace,
            quote_id=quote.pk,
            key=key or f"start-{quote.pk}",
            actor=self.actor,
            now=now or self.now,
        )

    def search(self, segment: Segment, *who: Persona, stop_at: int | None = None) -> Run:
        """Quote, start, carry out."""
        run = self.start(self.quote(segment, *who, stop_at=stop_at))
        return runs.carry_out(run_id=run.pk, now=self.now)

    def later(self, seconds: float) -> datetime:
        return self.now + timedelta(seconds=seconds)

    def balance(self) -> tuple[int, int]:
        """(available, held)."""
        return balances.quick(workspace=self.workspace, now=self.now)

    def claims(self) -> int:
        return Acquisition.objects.filter(workspace=self.workspace).count()


def prove(*worlds: World) -> None:
    """The books prove, contacts equal claims, runs equal their charges, and no hold is left behind."""
    for world in worlds:
        extra = [contact_checks.checks, proof.checks]
        found = verify.verify(workspace=world.workspace, extra_checks=extra)
        assert found.ok, [check for check in found.checks if not check.ok]
        idle = not Run.objects.filter(workspace=world.workspace, state__in=Run.ACTIVE).exists()
        if idle:
            assert not Hold.objects.filter(workspace=world.workspace, is_open=True).exists()
