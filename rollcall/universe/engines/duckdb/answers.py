"""One version as views over its Parquet files, asked in DuckDB's SQL."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp
from sqlglot.dialects import duckdb as dialects

from rollcall.universe import buckets, records
from rollcall.universe.engines.duckdb.connection import database
from rollcall.universe.engines.sql.answers import Answers, located
from rollcall.universe.engines.sql.bound import Bound


def open_version(folder: Path) -> "DuckDB":
    """Make the version's views; nothing is read before a question needs it."""
    return DuckDB(folder)


class DuckDB(Answers):
    """Answers questions about one version."""

    def __init__(self, folder: Path) -> None:
        schema = f"{folder.name}_{(folder / 'manifest.json').stat().st_mtime_ns}"
        self._places = {name: exp.table_(name, db=schema, quoted=True) for name in records.ASKED}
        self._database = database(folder.parent)
        self._database.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        for name in records.ASKED:
            self._database.execute(f'CREATE OR REPLACE VIEW "{schema}"."{name}" AS {_rows(folder, name)}')

    def _run(self, query: exp.Expr, bound: Bound) -> pa.Table:
        # The class, not its name: a name is looked up by loading the dialect, and threads that all ask first get
        # one that is loaded by half and writes another SQL.
        sql = located(query, self._places).sql(dialect=dialects.DuckDB, copy=False)
        return self._database.arrow(sql, bound.values, bound.tables)


_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.date32(): "DATE",
    pa.list_(pa.string()): "VARCHAR[]",
}


def _rows(folder: Path, name: str) -> str:
    """The table's files as SQL; columns that they were written without are null."""
    files = buckets.files(folder, name)
    paths = ", ".join("'{}'".format(str(path).replace("'", "''")) for path in files)
    present = [set(pq.read_schema(path).names) for path in files]
    wanted = {field.name: _TYPES[field.type] for field in records.TABLES[name]}
    if all(wanted.keys() <= names for names in present):
        return f"FROM read_parquet([{paths}])"
    missing = sorted(wanted.keys() - set.union(*present))
    columns = ", ".join(["*", *(f"NULL::{wanted[column]} AS {column}" for column in missing)])
    return f"SELECT {columns} FROM read_parquet([{paths}], union_by_name = true)"  # noqa: S608
