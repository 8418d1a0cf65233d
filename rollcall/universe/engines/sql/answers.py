"""The answer to each question, for any engine that can run a compiled query."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa
from sqlglot import exp

from rollcall.universe import records
from rollcall.universe.engines.sql.bound import Bound
from rollcall.universe.engines.sql.companies import compile_count, compile_counts, compile_ids
from rollcall.universe.engines.sql.people import compile_people
from rollcall.universe.engines.sql.statements import facets, statement
from rollcall.universe.filters import Group
from rollcall.universe.folding import fold
from rollcall.universe.queries import CompanyQuery, PeopleQuery


class Answers(ABC):
    """Answers questions about one version by SQL; a child says how values are bound and how a query is run."""

    def _bound(self) -> Bound:
        return Bound()

    @abstractmethod
    def _run(self, query: exp.Expr, bound: Bound) -> pa.Table:
        """The tables of the version are named plainly in `query`, which is given away."""

    def companies(self, query: CompanyQuery) -> list[int]:
        bound = self._bound()
        ids: list[int] = self._run(compile_ids(query, bound), bound)["id"].to_pylist()
        return ids

    def count_companies(self, query: CompanyQuery) -> int:
        bound = self._bound()
        found = int(self._run(compile_count(query, bound), bound)["n"][0].as_py())
        return found if query.limit is None else min(found, query.limit)

    def count_after_each(self, where: Group) -> list[int]:
        if not where.items:
            return []
        lines = [where.items[: i + 1] for i in range(len(where.items))]
        bound = self._bound()
        counts = compile_counts([Group.model_construct(op=where.op, items=items) for items in lines], bound)
        row = self._run(counts, bound).to_pylist()[0]
        return [int(row[f"n{i}"]) for i in range(len(lines))]

    def company_rows(self, ids: Sequence[int]) -> pa.Table:
        asked = pa.table({"n": pa.array(range(len(ids)), pa.int64()), "id": pa.array(list(ids), pa.int64())})
        return self._asked("company_rows", asked).cast(records.COMPANY)

    def domain_ids(self, domains: Sequence[str]) -> dict[str, int]:
        found = self._asked("domain_ids", pa.table({"domain": pa.array(list(domains), pa.string())}))
        return dict(zip(found["domain"].to_pylist(), found["id"].to_pylist(), strict=True))

    def people(self, query: PeopleQuery, hidden: Collection[int]) -> pa.Table:
        if not query.personas or not len(query.company_ids):
            return records.PEOPLE.empty_table()
        bound = self._bound()
        return self._run(compile_people(query, hidden, bound), bound).cast(records.PEOPLE)

    def position_rows(self, pairs: pa.Table) -> pa.Table:
        return self._asked("position_rows", _numbered(pairs)).cast(records.POSITION_ROW)

    def current_elsewhere(self, pairs: pa.Table) -> pa.Table:
        return self._asked("current_elsewhere", _numbered(pairs)).cast(records.ELSEWHERE)

    def role_history(self, profile_id: int) -> pa.Table:
        return self._valued(statement("role_history"), {"profile_id": profile_id}).cast(records.ROLE)

    def facets(self, field: str, prefix: str, limit: int) -> list[tuple[str, int]]:
        found = self._valued(facets(field), {"prefix": fold(prefix), "most": limit})
        return list(zip(found["value"].to_pylist(), found["n"].to_pylist(), strict=True))

    def _asked(self, name: str, asked: pa.Table) -> pa.Table:
        bound = self._bound()
        bound.table("asked", asked)
        return self._run(statement(name).copy(), bound)

    def _valued(self, query: exp.Expr, values: Mapping[str, Any]) -> pa.Table:
        bound = self._bound()
        bound.values.update(values)
        return self._run(query.copy(), bound)


def located(query: exp.Expr, places: Mapping[str, exp.Table]) -> exp.Expr:
    """The query, with each table that is named plainly taken from its place, under its plain name."""
    for table in list(query.find_all(exp.Table)):
        plain = table.name
        place = None if table.args.get("db") else places.get(plain)
        if place is not None:
            for part in ("this", "db", "catalog"):
                table.set(part, found.copy() if (found := place.args.get(part)) else None)
        if not table.alias:
            # Without one, Spark takes `FROM positions WHERE (TRUE)` for a table that is called WHERE.
            table.set("alias", exp.TableAlias(this=exp.to_identifier(plain)))
    return query


def _numbered(pairs: pa.Table) -> pa.Table:
    """The pairs with their place `n`, which SQL would lose."""
    numbers = pa.array(range(pairs.num_rows), pa.int64())
    return pa.table({"n": numbers, "company_id": pairs["company_id"], "profile_id": pairs["profile_id"]})
