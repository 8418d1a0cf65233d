"""Our names for rank and function beside those of Apollo and People Data Labs: a superset, lossless both ways."""

import csv
from dataclasses import dataclass
from functools import cache

from rollcall.core.errors import Invalid
from rollcall.universe.titles.levels import COARSE
from rollcall.universe.titles.reading import Reading
from rollcall.universe.titles.tokens import DATA


class UnknownName(Invalid):
    """{whose} publishes no {kind} {name!r}. Check the spelling; their names are listed in the page on job titles."""


class UnknownPlace(Invalid):
    """There is no {kind} {name!r} in our taxonomy. Use the names that from_apollo, from_pdl and titles.read give."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands in our taxonomy; empty where nothing is said.

    `level` is a `ROLE_LEVELS` key; `area` is a department or a finer part of one; `specialty` is finer still.
    """

    level: str = ""
    area: str = ""
    specialty: str = ""

    @property
    def seniority(self) -> str:
        return COARSE[self.level or "unknown"]

    @property
    def department(self) -> str:
        if self.specialty:
            return _row("specialty", self.specialty).within
        return _row("area", self.area).within if self.area else "unknown"


@dataclass(frozen=True, slots=True)
class ApolloNames:
    """As in the filters `person_seniorities` and "Departments & Job Function"."""

    seniority: str = ""
    department: str = ""
    subdepartment: str = ""


@dataclass(frozen=True, slots=True)
class PdlNames:
    """As in `job_title_levels`, `job_title_role` and `job_title_sub_role`."""

    level: str = ""
    role: str = ""
    sub_role: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    name: str
    label: str
    within: str
    apollo: str
    pdl: str
    apollo_nearest: str
    pdl_nearest: str


def place(reading: Reading) -> Place:
    """Where a title that has been read stands."""
    return Place(level=reading.role_level, area=reading.department)


def to_apollo(at: Place) -> ApolloNames:
    """Their names, or the nearest they have; empty where they have none."""
    return ApolloNames(*(_theirs("apollo", kind, name) for kind, name in _parts(at)))


def to_pdl(at: Place) -> PdlNames:
    """Their names, or the nearest they have; empty where they have none."""
    return PdlNames(*(_theirs("pdl", kind, name) for kind, name in _parts(at)))


def from_apollo(names: ApolloNames) -> Place:
    """Ours for theirs. `to_apollo` of it gives back every name they gave."""
    given = (("level", names.seniority), ("area", names.department), ("specialty", names.subdepartment))
    return Place(*(_ours("apollo", kind, name) for kind, name in given))


def from_pdl(names: PdlNames) -> Place:
    """Ours for theirs. `to_pdl` of it gives back every name they gave."""
    given = (("level", names.level), ("area", names.role), ("specialty", names.sub_role))
    return Place(*(_ours("pdl", kind, name) for kind, name in given))


def published(whose: str, kind: str) -> list[str]:
    """Every name that "apollo" or "pdl" has for a "level", "area" or "specialty"."""
    return [their for (owner, of, their) in _by_theirs() if (owner, of) == (whose, kind)]


def _parts(at: Place) -> tuple[tuple[str, str], ...]:
    return ("level", at.level), ("area", at.area), ("specialty", at.specialty)


def _theirs(whose: str, kind: str, name: str) -> str:
    if not name:
        return ""
    row = _row(kind, name)
    return (row.apollo or row.apollo_nearest) if whose == "apollo" else (row.pdl or row.pdl_nearest)


def _ours(whose: str, kind: str, name: str) -> str:
    if not name:
        return ""
    row = _by_theirs().get((whose, kind, name))
    if row is None:
        raise UnknownName(
            whose={"apollo": "Apollo", "pdl": "People Data Labs"}[whose], kind=kind, name=name[:80]
        )
    return row.name


def _row(kind: str, name: str) -> _Row:
    row = _rows().get((kind, name))
    if row is None:
        raise UnknownPlace(kind=kind, name=name[:80])
    return row


@cache
def _by_theirs() -> dict[tuple[str, str, str], _Row]:
    rows = _rows().values()
    return {("apollo", row.kind, row.apollo): row for row in rows if row.apollo} | {
        ("pdl", row.kind, row.pdl): row for row in rows if row.pdl
    }


@cache
def _rows() -> dict[tuple[str, str], _Row]:
    with (DATA / "taxonomy.csv").open(encoding="utf-8", newline="") as file:
        rows = [_Row(**row) for row in csv.DictReader(file)]
    return {(row.kind, row.name): row for row in rows}
