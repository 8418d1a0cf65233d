"""Compiles a people search: filter, rank and cut once for each persona, then one row a person and company."""

from collections.abc import Collection, Sequence

import pyarrow as pa
from sqlglot import exp

from rollcall.universe import titles
from rollcall.universe.engines.duckdb.where import Bound, call, is_among
from rollcall.universe.queries import PeopleQuery, PersonaQuery

_PAIR = ("company_id", "profile_id", "company_rank")
_STAFF = ("profile_id", "company_id", "title_words", "seniority", "department", "folded_country", "first_seen_on",
          "last_seen_on")  # fmt: skip


def compile_people(
    query: PeopleQuery, hidden: Collection[int], positions: exp.Table, bound: Bound
) -> exp.Expr:
    """Columns as in `records.PEOPLE`."""
    bound.tables["wanted"] = _wanted(query.company_ids)
    personas = [_persona(persona, bit, bound) for bit, persona in enumerate(query.personas)]
    every: exp.Query = personas[0]
    for persona in personas[1:]:
        every = exp.Union(this=every, expression=persona, distinct=False)
    best = exp.alias_(exp.Min(this=exp.column("person_rank")), "person_rank")
    mask = exp.alias_(call("bit_or", exp.column("bit")), "persona_mask")
    found = exp.Select().select(*map(exp.column, _PAIR), best, mask, copy=False)
    found.from_(exp.Subquery(this=every, alias=exp.to_identifier("found")), copy=False)
    found.group_by(*map(exp.column, _PAIR), copy=False)
    found.order_by(*map(exp.column, ("company_rank", "person_rank", "profile_id")), copy=False)
    return found.with_("staff", as_=_staff(hidden, positions, bound), copy=False)


def _staff(hidden: Collection[int], positions: exp.Table, bound: Bound) -> exp.Select:
    """Everybody who is at one of the companies now, with the company's rank."""
    columns = [exp.column(name, table="p") for name in _STAFF]
    staff = exp.Select().select(*columns, exp.column("company_rank", table="w"), copy=False)
    staff.from_(exp.alias_(positions, "p", table=True), copy=False)
    same_company = exp.EQ(
        this=exp.column("company_id", table="p"), expression=exp.column("company_id", table="w")
    )
    staff.join(exp.alias_(exp.to_table("wanted"), "w", table=True), on=same_company, copy=False)
    staff.where(exp.Is(this=exp.column("ended_on", table="p"), expression=exp.null()), copy=False)
    if hidden:
        staff.where(exp.not_(is_among("profile_id", sorted(hidden), bound)), copy=False)
    return staff


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
    flag = exp.cast(exp.Literal.number(1 << bit), "BIGINT")
    columns = [*map(exp.column, _PAIR), exp.alias_(rank, "person_rank"), exp.alias_(flag, "bit")]
    chosen = exp.Select().select(*columns, copy=False).from_(exp.to_table("staff"), copy=False)
    chosen.where(*_conditions(persona, bound), copy=False)
    if persona.per_company is not None:
        cut = exp.LTE(this=exp.column("person_rank"), expression=bound.value(persona.per_company))
        chosen.set("qualify", exp.Qualify(this=cut))
    return chosen


def _conditions(persona: PersonaQuery, bound: Bound) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    if persona.titles:
        found.append(
            exp.or_(
                *(call("contains", exp.column("title_words"), bound.value(text)) for text in persona.phrases)
            )
        )
    found += [
        exp.not_(call("contains", exp.column("title_words"), bound.value(text)))
        for text in persona.phrases_out
    ]
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
