"""Compiles a people search: filter, rank and cut once for each persona, then one row a person and company."""

from collections.abc import Collection, Sequence

import pyarrow as pa
from sqlglot import exp

from rollcall.universe import titles
from rollcall.universe.engines.sql.bound import Bound
from rollcall.universe.queries import PeopleQuery, PersonaQuery

_PAIR = ("company_id", "profile_id", "company_rank")
_STAFF = ("profile_id", "company_id", "title_words", "seniority", "department", "folded_country", "first_seen_on",
          "last_seen_on")  # fmt: skip


def compile_people(query: PeopleQuery, hidden: Collection[int], bound: Bound) -> exp.Select:
    """Columns as in `records.PEOPLE`."""
    wanted = bound.table("wanted", _wanted(query.company_ids))
    personas = [_persona(persona, bit, bound) for bit, persona in enumerate(query.personas)]
    every: exp.Query = personas[0]
    for persona in personas[1:]:
        every = exp.Union(this=every, expression=persona, distinct=False)
    best = exp.alias_(exp.Min(this=exp.column("person_rank")), "person_rank")
    mask = exp.alias_(exp.BitwiseOrAgg(this=exp.column("bit")), "persona_mask")
    found = exp.Select().select(*map(exp.column, _PAIR), best, mask, copy=False)
    found.from_(exp.Subquery(this=every, alias=exp.to_identifier("found")), copy=False)
    found.group_by(*map(exp.column, _PAIR), copy=False)
    found.order_by(*(_best(name) for name in ("company_rank", "person_rank", "profile_id")), copy=False)
    return found.with_("staff", as_=_staff(hidden, wanted, bound), copy=False)


def _staff(hidden: Collection[int], wanted: exp.Table, bound: Bound) -> exp.Select:
    """Everybody who is at one of the companies now, with the company's rank."""
    columns = [exp.column(name, table="p") for name in _STAFF]
    staff = exp.Select().select(*columns, exp.column("company_rank", table="w"), copy=False)
    staff.from_(exp.alias_(exp.to_table("positions"), "p", table=True), copy=False)
    same_company = exp.EQ(
        this=exp.column("company_id", table="p"), expression=exp.column("company_id", table="w")
    )
    staff.join(exp.alias_(wanted, "w", table=True), on=same_company, copy=False)
    staff.where(exp.Is(this=exp.column("ended_on", table="p"), expression=exp.null()), copy=False)
    if hidden:
        staff.where(exp.not_(bound.id_in("profile_id", sorted(hidden))), copy=False)
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
    ordered = exp.Order(expressions=_rank(persona, bound))
    rank = exp.Window(this=exp.RowNumber(), partition_by=[exp.column("company_id")], order=ordered)
    flag = exp.cast(exp.Literal.number(1 << bit), "BIGINT")
    columns = [*map(exp.column, _PAIR), exp.alias_(rank, "person_rank"), exp.alias_(flag, "bit")]
    chosen = exp.Select().select(*columns, copy=False).from_(exp.to_table("staff"), copy=False)
    chosen.where(*_conditions(persona, bound), copy=False)
    if persona.per_company is None:
        return chosen
    cut = exp.LTE(this=exp.column("person_rank"), expression=bound.value(persona.per_company))
    every = exp.Subquery(this=chosen, alias=exp.to_identifier(f"persona{bit}"))
    names = [column.alias_or_name for column in columns]
    return (
        exp.Select()
        .select(*map(exp.column, names), copy=False)
        .from_(every, copy=False)
        .where(cut, copy=False)
    )


def _conditions(persona: PersonaQuery, bound: Bound) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    if persona.titles:
        found.append(exp.or_(*(_says(text, bound) for text in persona.phrases)))
    found += [exp.not_(_says(text, bound)) for text in persona.phrases_out]
    for column, values in (
        ("seniority", persona.seniorities),
        ("department", persona.departments),
        ("folded_country", persona.folded_countries),
    ):
        if values:
            found.append(bound.text_in(exp.column(column), values))
    return found


def _says(phrase: str, bound: Bound) -> exp.Expr:
    return exp.Contains(this=exp.column("title_words"), expression=bound.value(phrase))


def _rank(persona: PersonaQuery, bound: Bound) -> list[exp.Expr]:
    """Whoever sorts first is the best; the id decides between equals, so that every engine answers alike."""
    level = [exp.Ordered(this=_level(), nulls_first=False)]
    relevance = []
    if persona.titles:
        exact = exp.If(
            this=bound.text_in(exp.column("title_words"), persona.phrases), true=exp.Literal.number(0)
        )
        case = exp.Case(ifs=[exact], default=exp.Literal.number(1))
        relevance = [exp.Ordered(this=case, nulls_first=False)]
    tenure = [_best("first_seen_on")]
    seen = [exp.Ordered(this=exp.column("last_seen_on"), desc=True, nulls_first=False)]
    orders = {
        "seniority": level + relevance + tenure + seen,
        "relevance": relevance + level + tenure + seen,
        "tenure": tenure + level + relevance + seen,
        "last_seen": seen + level + relevance + tenure,
    }
    return [*orders[persona.order], _best("profile_id")]


def _best(column: str) -> exp.Ordered:
    return exp.Ordered(this=exp.column(column), nulls_first=False)


def _level() -> exp.Expr:
    places = [
        exp.If(this=exp.Literal.string(name), true=exp.Literal.number(place))
        for place, name in enumerate(titles.SENIORITIES)
    ]
    return exp.Case(this=exp.column("seniority"), ifs=places)
