"""What is known before a load: the whole of a small version, which fits into memory several times."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rollcall.universe import buckets, erasure, persons, records
from rollcall.universe.columns import at
from rollcall.universe.identity.joining import Decided
from rollcall.universe.identity.standing import Settled
from rollcall.universe.matching import Keys

# A version of as many positions and people is read as a whole: that takes less time than looking things up, and less
# than 2 GB.
WHOLE_MAX = 2_000_000

Tables = dict[str, pa.Table]
Merged = Mapping[int, tuple[int, str]]


class Known(Protocol):
    """The tables before a load, without people who asked to be forgotten, and how the tables after it are written.

    A load tells what it looks at before it does: then those rows are in the tables. More may be.
    """

    def companies(self, told: pa.Table, source: str) -> Tables:
        """`companies`, `aliases`, `redirects` and the keys of companies, for these rows of COMPANIES."""
        ...

    def staff(self, ids: Any, merged: Merged) -> Tables:
        """`positions` and `shadows` of these companies, and of those that turned out to be others."""
        ...

    def ids(self, names: Any) -> Any:
        """By which id each of these names of a person is known; null for a new one."""
        ...

    def evidence(self, rows: pa.Table) -> pa.Table:
        """At least all strong keys that these records were ever told with; see `joining.rows_of`."""
        ...

    def people(
        self, rows: pa.Table, fresh: pa.Table, decided: Sequence[Decided], keys: Keys, tables: Tables
    ) -> tuple[Tables, pa.Table]:
        """The tables with whatever is known of the people told of, and of those who might be them.

        Beside them at least all rows that have news (see `news`).
        Their `ids` and their `evidence` were asked for before. `fresh`: the strong keys that they are told with for the
        first time; `decided`: what operators said.
        """
        ...

    def careers(self, rows: pa.Table, tables: Tables) -> Tables:
        """The tables with all positions of the people told of, at whichever company."""
        ...

    def moves(self, settled: Settled, tables: Tables) -> Tables:
        """The tables with all positions of people whose id is another one now."""
        ...

    def write(self, folder: Path, after: Tables) -> set[str]:
        """Write the files of the next version; returns the names of those that are links to the former one's."""
        ...


class Whole:
    """Everything is in the tables from the beginning."""

    def __init__(self, tables: Tables, blocked: erasure.Blocked, linked: Path | None) -> None:
        self._before, self._linked = tables, linked
        self._tables = persons.without(tables, persons.gone(tables, blocked.hashes))

    def companies(self, told: pa.Table, source: str) -> Tables:
        return dict(self._tables)

    def staff(self, ids: Any, merged: Merged) -> Tables:
        return {}

    def ids(self, names: Any) -> Any:
        people = self._tables["keys"].filter(pc.equal(self._tables["keys"]["kind"], "profile"))
        return at(people["id"], names, people["key"])

    def evidence(self, rows: pa.Table) -> pa.Table:
        return self._tables["evidence"]

    def people(
        self, rows: pa.Table, fresh: pa.Table, decided: Sequence[Decided], keys: Keys, tables: Tables
    ) -> tuple[Tables, pa.Table]:
        return tables, rows

    def careers(self, rows: pa.Table, tables: Tables) -> Tables:
        return tables

    def moves(self, settled: Settled, tables: Tables) -> Tables:
        return tables

    def write(self, folder: Path, after: Tables) -> set[str]:
        kept: set[str] = set()
        for name, schema in records.TABLES.items():
            wanted = after[name].cast(schema)
            kept |= buckets.write(folder, name, wanted, former=self._before[name], linked=self._linked)
        return kept


def is_small(rows: Mapping[str, int]) -> bool:
    """Whether a version of so many rows is read as a whole."""
    return rows["positions"] + rows["profiles"] <= WHOLE_MAX


def count(folder: Path) -> dict[str, int]:
    """The number of rows of each table of a version, from its files."""
    return {
        name: sum(pq.read_metadata(path).num_rows for path in buckets.files(folder, name))
        for name in records.TABLES
    }
