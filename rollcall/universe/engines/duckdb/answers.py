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
            files = buckets.files(folder, name)
            texts = (str(path).replace("'", "''") for path in files)
            paths = ", ".join(f"'{text}'" for text in texts)
            columns = ", ".join(["*", *_absent(files[0], records.TABLES[name])])
            self._database.execute(
                f"""CREATE OR REPLACE VIEW "{schema}"."{name}" AS
                SELECT {columns} FROM read_parquet([{paths}])"""  # noqa: S608
            )

    def _run(self, query: exp.Expr, bound: Bound) -> pa.Table:
        # The class, not its name: a name is looked up by loading the dialect, and threads that all ask first get
        # one that is loaded by half and writes another SQL.
        sql = located(query, self._places).sql(dialect=dialects.DuckDB, copy=False)
        return self._database.arrow(sql, bound.values, bound.tables)


def _absent(file: Path, schema: pa.Schema) -> list[str]:
    """The columns that there were not yet when the file was written, as nulls."""
    present = set(pq.read_schema(file).names)
    return [
        f"NULL::VARCHAR{'[]' if pa.types.is_list(column.type) else ''} AS {column.name}"
        for column in schema
        if column.name not in present
    ]
