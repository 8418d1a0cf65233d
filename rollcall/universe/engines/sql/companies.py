"""Compiles a company search: which companies, how many, and in which order."""

from collections.abc import Sequence

from sqlglot import exp

from rollcall.universe import fields
from rollcall.universe.engines.sql.bound import Bound
from rollcall.universe.engines.sql.where import compile_where
from rollcall.universe.filters import Group
from rollcall.universe.queries import CompanyQuery


def compile_ids(query: CompanyQuery, bound: Bound) -> exp.Select:
    """One column `id`, in order."""
    chosen = exp.select("id").from_("companies").where(_chosen(query, bound), copy=False)
    chosen = chosen.order_by(*_order(query, bound), copy=False)
    return chosen if query.limit is None else chosen.limit(query.limit, copy=False)


def compile_count(query: CompanyQuery, bound: Bound) -> exp.Select:
    """One row, one column `n`, without the limit."""
    return exp.select("COUNT(*) AS n").from_("companies").where(_chosen(query, bound), copy=False)


def compile_counts(wheres: Sequence[Group], bound: Bound) -> exp.Select:
    """One row: column `n0` says how many companies the first filter chooses, and so on."""
    counts = exp.select().from_("companies")
    for number, where in enumerate(wheres):
        hit = exp.Case(ifs=[exp.If(this=compile_where(where, bound), true=exp.Literal.number(1))])
        counts.select(exp.alias_(exp.Count(this=hit), f"n{number}"), copy=False)
    return counts


def _chosen(query: CompanyQuery, bound: Bound) -> exp.Expr:
    """(where ∪ include) − exclude."""
    parts: list[exp.Expr] = [exp.true()] if query.everything else []
    if query.where is not None:
        parts.append(exp.paren(compile_where(query.where, bound)))
    if len(query.include_ids):
        parts.append(bound.id_in("id", query.include_ids))
    wanted = exp.paren(exp.or_(*parts))
    if not len(query.exclude_ids):
        return wanted
    return exp.and_(wanted, exp.not_(bound.id_in("id", query.exclude_ids)))


def _order(query: CompanyQuery, bound: Bound) -> list[exp.Expr]:
    """The column asked for, unknown last; ties by id."""
    by_id = exp.Ordered(
        this=exp.column("id"), desc=query.descending and query.order_by == "id", nulls_first=False
    )
    if query.order_by == "id":
        return [by_id]
    if query.order_by == "random":
        number = exp.cast(exp.column("id"), "TEXT")
        column: exp.Expr = exp.MD5(
            this=exp.DPipe(this=bound.value(f"{query.random_seed}:"), expression=number)
        )
    else:
        text = query.order_by in fields.TEXT_FIELDS
        column = exp.column(f"folded_{query.order_by}" if text else query.order_by)
    return [exp.Ordered(this=column, desc=query.descending, nulls_first=False), by_id]
