"""Compiles a people search: filter, rank and cut once for each persona, then one row a person and company."""

from collections.abc import Collection, Sequence

import pyarrow as pa
from sqlglot import exp

from rollcall.universe import titles
from rollcall.universe.engines.duckdb.where import Bound, call, is_among
from rollcall.universe.queries import PeopleQuery, PersonaQuery

_COLUMNS = (
    "p.profile_id, p.company_id, w.company_rank, p.title_words, p.seniority, p.department, p.folded_country"
)


def compile_people(
    query: PeopleQuery, hidden: Collection[int], positions: exp.Table, bound: Bound
) -> exp.Expr:
    """Columns as in `records.PEOPLE`."""
    bound.tables["wanted"] = _wanted(query.company_ids)
    staff = (
        exp.select(*_COLUMNS.split(", "), "p.first_seen_on", "p.last_seen_on")
        .from_(exp.alias_(positions, "p", table=True))
        .join("wanted AS w", on="p.company_id = w.company_id")
        .where("p.ended_on IS NULL")
    )
    if hidden:
        staff = staff.where(exp.not_(is_among("profile_id", sorted(hidden), bound)))
    found = [_persona(persona, bit, bound) for bit, persona in enumerate(query.personas)]
    every = found[0] if len(found) == 1 else exp.union(*found, distinct=False)
    return (
        exp.select("company_id", "profile_id", "company_rank")
        .select("MIN(person_rank) AS person_rank", "BIT_OR(bit) AS persona_mask")
        .from_(every.subquery("found"))
        .group_by("company_id", "profile_id", "company_rank")
        .order_by("company_rank", "person_rank", "profile_id")
        .with_("staff", as_=staff)
    )


def _wanted(company_ids: Sequence[int]) -> pa.Table:
    ids = list(dict.fromkeys(company_ids))
    return pa.table(
        {
            "company_id": pa.array(ids, pa.int64()),
            "company_rank": pa.array(range(1, len(ids) + 1), pa.int64()),
        }
    )


def _persona(persona: PersonaQuery, bit: int, bound: Bound) -> exp.Select:
    ordered = exp.Order(expressions=[exp.Ordered(this=term) for term in _rank(persona, bound)])
    rank = exp.Window(this=exp.RowNumber(), partition_by=[exp.column("company_id")], order=ordered)
    chosen = exp.select("company_id", "profile_id", "company_rank").select(exp.alias_(rank, "person_rank"))
    chosen = chosen.select(f"CAST({1 << bit} AS BIGINT) AS bit").from_("staff")
    conditions = list(_conditions(persona, bound))
    if conditions:
        chosen = chosen.where(*conditions)
    if persona.per_company is None:
        return chosen
    cut = exp.LTE(this=exp.column("person_rank"), expression=bound.value(persona.per_company))
    return (
        chosen.qualify(cut)
        if hasattr(chosen, "qualify")
        else exp.select("*").from_(chosen.subquery("q")).where(cut)
    )


def _conditions(persona: PersonaQuery, bound: Bound) -> list[exp.Expr]:
    words = exp.column("title_words")
    found = []
    if persona.titles:
        found.append(
            exp.or_(*(call("contains", words.copy(), bound.value(text)) for text in persona.phrases))
        )
    found += [exp.not_(call("contains", words.copy(), bound.value(text))) for text in persona.phrases_out]
    for column, values in (
        ("seniority", persona.seniorities),
        ("department", persona.departments),
        ("folded_country", persona.folded_countries),
    ):
        if values:
            found.append(call("list_contains", bound.value(list(values)), exp.column(column)))
    return found


def _rank(persona: PersonaQuery, bound: Bound) -> list[exp.Expr]:
    """Whoever sorts first is the best; the id decides between equals, so that every engine answers alike."""
    level = call("list_position", bound.value(list(titles.SENIORITIES)), exp.column("seniority"))
    relevance: exp.Expr = exp.Literal.number(0)
    if persona.titles:
        exact = call("list_contains", bound.value(persona.phrases), exp.column("title_words"))
        relevance = exp.Case(
            ifs=[exp.If(this=exact, true=exp.Literal.number(0))], default=exp.Literal.number(1)
        )
    tenure: exp.Expr = exp.column("first_seen_on")
    seen: exp.Expr = exp.Neg(this=call("epoch_us", exp.column("last_seen_on")))
    orders = {
        "seniority": [level, relevance, tenure, seen],
        "relevance": [relevance, level, tenure, seen],
        "tenure": [tenure, level, relevance, seen],
        "last_seen": [seen, level, relevance, tenure],
    }
    return [*orders[persona.order], exp.column("profile_id")]
