"""Compiles a people search: whom each persona wants, ranked and cut, one row a person and company."""

import functools
from collections.abc import Collection, Sequence

import pyarrow as pa
from sqlglot import exp

from rollcall.universe import titles
from rollcall.universe.engines.sql.bound import Bound
from rollcall.universe.queries import PeopleQuery, PersonaQuery
from rollcall.universe.titles.overrides import Overrides

_PAIR = ("company_id", "profile_id", "company_rank")
_STAFF = ("profile_id", "company_id", "title_words", "seniority", "department", "folded_country", "first_seen_on",
          "last_seen_on")  # fmt: skip


def compile_people(query: PeopleQuery, hidden: Collection[int], bound: Bound) -> exp.Select:
    """Columns as in `records.PEOPLE`. However many personas there are, positions are read and sent to their
    company's place once, and only those that some persona wants."""
    wanted = bound.table("wanted", _wanted(query.company_ids))
    bits = range(len(query.personas))
    met = [exp.alias_(_met(persona, bound), f"met{bit}") for bit, persona in enumerate(query.personas)]
    staff = (
        exp.Select()
        .select("*", *met, copy=False)
        .from_(_nested(_staff(query.overrides, hidden, wanted, bound), "s"), copy=False)
    )
    ranks = [
        exp.alias_(_place(persona, bit, bound), f"rank{bit}") for bit, persona in enumerate(query.personas)
    ]
    ranked = (
        exp.Select()
        .select(*map(exp.column, _PAIR), *ranks, copy=False)
        .from_(_nested(staff, "m"), copy=False)
    )
    ranked.where(exp.or_(*(exp.column(f"met{bit}") for bit in bits)), copy=False)
    best = (
        exp.column("rank0")
        if len(bits) == 1
        else exp.func("least", *(exp.column(f"rank{bit}") for bit in bits))
    )
    found = exp.Select().select(*map(exp.column, _PAIR), exp.alias_(best, "person_rank"), copy=False)
    found.select(exp.alias_(_mask(bits), "persona_mask"), copy=False).from_(_nested(ranked, "r"), copy=False)
    found.where(exp.or_(*(exp.not_(exp.column(f"rank{bit}").is_(exp.null())) for bit in bits)), copy=False)
    return found.order_by(
        *(_best(name) for name in ("company_rank", "person_rank", "profile_id")), copy=False
    )


def _met(persona: PersonaQuery, bound: Bound) -> exp.Expr:
    conditions = _conditions(persona, bound)
    return exp.Coalesce(this=exp.and_(*conditions), expressions=[exp.false()]) if conditions else exp.true()


def _place(persona: PersonaQuery, bit: int, bound: Bound) -> exp.Expr:
    """The place among those at the company whom the persona wants; null for others and for those who are cut off."""
    met = exp.column(f"met{bit}")
    ordered = exp.Order(expressions=_rank(persona, bound))
    place = exp.Window(
        this=exp.RowNumber(), partition_by=[exp.column("company_id"), met.copy()], order=ordered
    )
    counts: exp.Expr = met
    if persona.per_company is not None:
        counts = exp.and_(met, exp.LTE(this=place.copy(), expression=bound.value(persona.per_company)))
    return exp.Case(ifs=[exp.If(this=counts, true=place)])


def _mask(bits: range) -> exp.Expr:
    """The bits of the personas that found the person, as one number."""
    parts: list[exp.Expr] = [
        exp.Case(
            ifs=[exp.If(this=exp.column(f"rank{bit}").is_(exp.null()), true=_big(0))], default=_big(1 << bit)
        )
        for bit in bits
    ]
    return functools.reduce(lambda left, right: exp.Add(this=left, expression=right), parts)


def _big(number: int) -> exp.Expr:
    return exp.cast(exp.Literal.number(number), "BIGINT")


def _nested(query: exp.Select, name: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(name)))


def _staff(overrides: Overrides, hidden: Collection[int], wanted: exp.Table, bound: Bound) -> exp.Select:
    """Everybody who is at one of the companies now, with the company's rank, as whoever asks reads their titles."""
    columns = [_column(name, overrides) for name in _STAFF]
    staff = exp.Select().select(*columns, exp.column("company_rank", table="w"), copy=False)
    staff.from_(exp.alias_(exp.to_table("positions"), "p", table=True), copy=False)
    staff.join(exp.alias_(wanted, "w", table=True), on=_same("company_id", "p", "w"), copy=False)
    if overrides:
        otherwise = exp.alias_(bound.table("overrides", overrides.table), "o", table=True)
        staff.join(otherwise, on=_same("title_words", "p", "o"), join_type="left", copy=False)
    staff.where(exp.Is(this=exp.column("ended_on", table="p"), expression=exp.null()), copy=False)
    if hidden:
        staff.where(exp.not_(bound.id_in("profile_id", sorted(hidden))), copy=False)
    return staff


def _column(name: str, overrides: Overrides) -> exp.Expr:
    column = exp.column(name, table="p")
    if not overrides or name not in ("seniority", "department"):
        return column
    said = exp.Coalesce(this=exp.column(name, table="o"), expressions=[column])
    return exp.alias_(said, name)


def _same(name: str, left: str, right: str) -> exp.Expr:
    return exp.EQ(this=exp.column(name, table=left), expression=exp.column(name, table=right))


def _wanted(company_ids: Sequence[int]) -> pa.Table:
    ids = list(dict.fromkeys(company_ids))
    return pa.table(
        {
            "company_id": pa.array(ids, pa.int64()),
            "company_rank": pa.array(range(1, len(ids) + 1), pa.int64()),
        }
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
