"""A roster file as a source: whose it is, of which day, and its rows in the shape that loads understand."""

from datetime import date
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.core.errors import Invalid
from rollcall.universe.columns import conform
from rollcall.universe.models import UniverseVersion
from rollcall.universe.sources import naming
from rollcall.universe.sources.roster_file import checking
from rollcall.universe.sources.roster_file.reading import read
from rollcall.universe.sources.source import COMPANIES, ROSTER

FIRST_NAME = "roster_file"
_HEADQUARTERS = {
    "company_country": "country",
    "company_region": "region",
    "company_city": "city",
    "company": "name",
}


class SourceUnclear(Invalid):
    """The universe has several sources ({known}). Say which of them this file continues, or give a new name."""


class DateUnknown(Invalid):
    """Nothing says of which day {path} is. Give the date, name the file like roster_2026-08.parquet, or add a
    column last_seen."""


class Source:
    """The roster in one file.

    Args:
        path: a Parquet or CSV file.
        source: whose roster this is; by default the one source that the universe has.
        as_of: the day it shows; by default that in the file's name (a month: its last day), else the latest last_seen.
    """

    def __init__(self, path: Path | str, *, source: str | None = None, as_of: date | None = None) -> None:
        self._path = Path(path)
        self._as_of = as_of
        self.name = source if source is not None else _only_source()
        naming.check(self.name)

    @cached_property
    def as_of(self) -> date:
        named = self._as_of or naming.day_in(self._path.name)
        if named:
            return named
        rows = self._rows[0]
        latest = pc.max(rows["last_seen"]).as_py() if "last_seen" in rows.column_names else None
        if not isinstance(latest, date):
            raise DateUnknown(path=self._path.name)
        return latest

    @cached_property
    def collapsed_duplicates(self) -> int:
        before, after = self._rows[0].num_rows, self._people.num_rows
        return int(before - after)

    def companies(self) -> pa.Table:
        """One row a company: of each fact the first that any of its rows tells."""
        rows = self._rows[0]
        names = [name for name in checking.COMPANY if name in rows.column_names and name != "company_id"]
        facts = rows.group_by("company_id", use_threads=False).aggregate([(name, "first") for name in names])
        facts = facts.rename_columns(
            [_HEADQUARTERS.get(n := name.removesuffix("_first"), n) for name in facts.column_names]
        )
        return conform(facts, COMPANIES)

    def roster(self) -> pa.Table:
        return conform(self._people, ROSTER)

    @cached_property
    def _people(self) -> pa.Table:
        table, first_row = self._rows
        checking.check_days(table, as_of=self.as_of, first_row=first_row)
        return checking.one_row_each(table, first_row=first_row)

    @cached_property
    def _rows(self) -> tuple[pa.Table, int]:
        table, first_row = read(self._path)
        checking.check_columns(table.column_names)
        return checking.check_cells(table, first_row=first_row), first_row


def _only_source() -> str:
    known: list[str] = sorted(set(UniverseVersion.objects.values_list("source", flat=True)))
    if len(known) > 1:
        raise SourceUnclear(known=", ".join(known))
    return known[0] if known else FIRST_NAME
