"""The answer to each question, for any engine that can run a compiled query."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from sqlglot import exp

from rollcall.universe import records
from rollcall.universe.answers import Count, Counts, Coverage, Facets
from rollcall.universe.engines.sql import people
from rollcall.universe.engines.sql.bound import Bound
from rollcall.universe.engines.sql.companies import compile_count, compile_counts, compile_ids
from rollcall.universe.engines.sql.meant import Titles
from rollcall.universe.engines.sql.statements import facets, statement
from rollcall.universe.filters import Group
from rollcall.universe.folding import fold
from rollcall.universe.index.owned import Pairs
from rollcall.universe.queries import CompanyQuery, PeopleQuery


class Answers(ABC):
    """Answers questions about one version by SQL; a child says how values are bound and how a query is run."""

    _titles: Titles | None = None

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
        return self._people("people", query, hidden, {}).cast(records.PEOPLE)

    def count_people(self, query: PeopleQuery, hidden: Collection[int], owned: Pairs | None) -> Count:
        return Count(**self._people("count", query, hidden, {}, owned).to_pylist()[0])

    def page_of_people(
        self, query: PeopleQuery, hidden: Collection[int], after: tuple[int, int, int] | None, limit: int
    ) -> pa.Table:
        place = dict(zip(("company_rank", "person_rank", "profile_id"), after or (0, 0, 0), strict=True))
        return self._people("page", query, hidden, {**place, "most": limit}).cast(records.PEOPLE)

    def people_facets(self, query: PeopleQuery, hidden: Collection[int], titles_max: int) -> Facets:
        counts: dict[str, Counts] = {field.name: [] for field in dataclasses.fields(Facets)}
        for row in self._people("facets", query, hidden, {"most": titles_max}).to_pylist():
            # A title's words stand between spaces.
            counts[row["kind"]].append((row["value"].strip(), row["n"]))
        return Facets(**counts)

    def people_coverage(self, query: PeopleQuery, hidden: Collection[int], since: date) -> Coverage:
        return Coverage(**self._people("coverage", query, hidden, {"since": since}).to_pylist()[0])

    def position_rows(self, pairs: pa.Table) -> pa.Table:
        return self._asked("position_rows", _numbered(pairs)).cast(records.POSITION_ROW)

    def current_elsewhere(self, pairs: pa.Table) -> pa.Table:
        return self._asked("current_elsewhere", _numbered(pairs)).cast(records.ELSEWHERE)

    def role_history(self, profile_id: int) -> pa.Table:
        return self._valued(statement("role_history"), {"profile_id": profile_id}).cast(records.ROLE)

    def facets(self, field: str, prefix: str, limit: int) -> list[tuple[str, int]]:
        found = self._valued(facets(field), {"prefix": fold(prefix), "most": limit})
        return list(zip(found["value"].to_pylist(), found["n"].to_pylist(), strict=True))

    def _people(
        self,
        name: str,
        query: PeopleQuery,
        hidden: Collection[int],
        values: Mapping[str, Any],
        owned: Pairs | None = None,
    ) -> pa.Table:
        known = self._read_titles() if people.says_titles(query) else None
        bound = self._bound()
        people.ask(query, hidden, known, bound)
        if name == "count":
            people.ask_owned(owned, bound)
        if name == "facets":
            bound.table("kinds", pa.table({"kind": [field.name for field in dataclasses.fields(Facets)]}))
        bound.values.update(values)
        return self._run(people.statement(name).copy(), bound)

    def _read_titles(self) -> Titles:
        """The titles of the version: read when one is first asked for, then kept, for a version never changes."""
        if self._titles is None:
            found = self._run(statement("titles").copy(), self._bound())
            self._titles = Titles(found["title_words"])
        return self._titles

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
