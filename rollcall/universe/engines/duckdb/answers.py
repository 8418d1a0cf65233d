"""One version as views over its Parquet files, and the answer to each question."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp
from sqlglot.dialects import duckdb as dialects

from rollcall.universe import fields, records
from rollcall.universe.engines.duckdb import statements
from rollcall.universe.engines.duckdb.connection import database
from rollcall.universe.engines.duckdb.people import compile_people
from rollcall.universe.engines.duckdb.where import Bound, compile_where, is_among
from rollcall.universe.filters import Group
from rollcall.universe.folding import fold
from rollcall.universe.queries import CompanyQuery, PeopleQuery


def open_version(folder: Path) -> "DuckDB":
    """Make the version's views; nothing is read before a question needs it."""
    return DuckDB(folder)


class DuckDB:
    """Answers questions about one version."""

    def __init__(self, folder: Path) -> None:
        self._schema = f"{folder.name}_{(folder / 'manifest.json').stat().st_mtime_ns}"
        self._database = database(folder.parent)
        self._database.execute(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"')
        for name in records.ASKED:
            path = str(folder / f"{name}.parquet").replace("'", "''")
            self._database.execute(
                f"""CREATE OR REPLACE VIEW "{self._schema}"."{name}" AS FROM read_parquet('{path}')"""
            )

    def companies(self, query: CompanyQuery) -> list[int]:
        bound = Bound()
        chosen = exp.select("id").from_(self._table("companies")).where(_chosen(query, bound))
        chosen = chosen.order_by(*_order(query, bound))
        if query.limit is not None:
            chosen = chosen.limit(query.limit)
        ids: list[int] = self._ask(chosen, bound)["id"].to_pylist()
        return ids

    def count_companies(self, query: CompanyQuery) -> int:
        bound = Bound()
        chosen = exp.select("COUNT(*) AS n").from_(self._table("companies")).where(_chosen(query, bound))
        found = int(self._ask(chosen, bound)["n"][0].as_py())
        return found if query.limit is None else min(found, query.limit)

    def count_after_each(self, where: Group) -> list[int]:
        if not where.items:
            return []
        bound = Bound()
        counts = exp.select().from_(self._table("companies"))
        for i in range(len(where.items)):
            group = Group.model_construct(op=where.op, items=where.items[: i + 1])
            hit = exp.Case(ifs=[exp.If(this=compile_where(group, bound), true=exp.Literal.number(1))])
            counts = counts.select(exp.alias_(exp.Count(this=hit), f"n{i}"))
        row = self._ask(counts, bound).to_pylist()[0]
        return [int(row[f"n{i}"]) for i in range(len(where.items))]

    def company_rows(self, ids: Sequence[int]) -> pa.Table:
        asked = pa.table({"n": pa.array(range(len(ids)), pa.int64()), "id": pa.array(list(ids), pa.int64())})
        sql = statements.company_rows(self._schema, ", ".join(records.COMPANY.names))
        return self._arrow(sql, {}, {"asked": asked}).cast(records.COMPANY)

    def domain_ids(self, domains: Sequence[str]) -> dict[str, int]:
        asked = pa.table({"domain": pa.array(list(domains), pa.string())})
        found = self._arrow(statements.domain_ids(self._schema), {}, {"asked": asked})
        return dict(zip(found["domain"].to_pylist(), found["id"].to_pylist(), strict=True))

    def people(self, query: PeopleQuery, hidden: Collection[int]) -> pa.Table:
        if not query.personas or not len(query.company_ids):
            return records.PEOPLE.empty_table()
        bound = Bound()
        compiled = compile_people(query, hidden, self._table("positions"), bound)
        return self._ask(compiled, bound).cast(records.PEOPLE)

    def position_rows(self, pairs: pa.Table) -> pa.Table:
        found = self._arrow(statements.position_rows(self._schema), {}, {"asked": _numbered(pairs)})
        return found.cast(records.POSITION_ROW)

    def current_elsewhere(self, pairs: pa.Table) -> pa.Table:
        found = self._arrow(statements.current_elsewhere(self._schema), {}, {"asked": _numbered(pairs)})
        return found.cast(records.ELSEWHERE)

    def role_history(self, profile_id: int) -> pa.Table:
        found = self._arrow(statements.role_history(self._schema), {"profile_id": profile_id}, {})
        return found.cast(records.ROLE)

    def facets(self, field: str, prefix: str, limit: int) -> list[tuple[str, int]]:
        assert field in fields.TEXT_FIELDS, field
        values = {"prefix": fold(prefix), "limit": limit}
        found = self._arrow(statements.facets(self._schema, field), values, {})
        return list(zip(found["value"].to_pylist(), found["n"].to_pylist(), strict=True))

    def _table(self, name: str) -> exp.Table:
        return exp.table_(name, db=self._schema, quoted=True)

    def _ask(self, query: exp.Expr, bound: Bound) -> pa.Table:
        # The class, not its name: a name is looked up by loading the dialect, and threads that all ask first get
        # one that is loaded by half and writes another SQL.
        return self._arrow(query.sql(dialect=dialects.DuckDB, copy=False), bound.values, bound.tables)

    def _arrow(self, sql: str, values: dict[str, Any], tables: dict[str, pa.Table]) -> pa.Table:
        return self._database.arrow(sql, values, tables)


def _chosen(query: CompanyQuery, bound: Bound) -> exp.Expr:
    """(where ∪ include) − exclude."""
    parts: list[exp.Expr] = [exp.true()] if query.everything else []
    if query.where is not None:
        parts.append(exp.paren(compile_where(query.where, bound)))
    if len(query.include_ids):
        parts.append(is_among("id", query.include_ids, bound))
    wanted = exp.paren(exp.or_(*parts))
    if not len(query.exclude_ids):
        return wanted
    return exp.and_(wanted, exp.not_(is_among("id", query.exclude_ids, bound)))


def _order(query: CompanyQuery, bound: Bound) -> list[exp.Expr]:
    """The column asked for, unknown last; ties by id."""
    by_id = exp.Ordered(
        this=exp.column("id"), desc=query.descending and query.order_by == "id", nulls_first=False
    )
    if query.order_by == "id":
        return [by_id]
    if query.order_by == "random":
        seeded = exp.DPipe(this=bound.value(f"{query.random_seed}:"), expression=exp.column("id"))
        column: exp.Expr = exp.MD5(this=seeded)
    else:
        text = query.order_by in fields.TEXT_FIELDS
        column = exp.column(f"folded_{query.order_by}" if text else query.order_by)
    return [exp.Ordered(this=column, desc=query.descending, nulls_first=False), by_id]


def _numbered(pairs: pa.Table) -> pa.Table:
    """The pairs with their place `n`, which SQL would lose."""
    numbers = pa.array(range(pairs.num_rows), pa.int64())
    return pa.table({"n": numbers, "company_id": pairs["company_id"], "profile_id": pairs["profile_id"]})
