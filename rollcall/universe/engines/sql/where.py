"""Compiles filters into SQLGlot expressions; every value is bound, never part of the text."""

from collections.abc import Callable

from sqlglot import exp

from rollcall.universe import fields
from rollcall.universe.engine import NotAnswered
from rollcall.universe.engines.sql.bound import Bound
from rollcall.universe.filters import Among, Condition, Group


def compile_where(group: Group, bound: Bound) -> exp.Expr:
    """The condition that a row of `companies` must meet."""
    parts = [_compile(item, bound) for item in group.items]
    if not parts:
        return exp.true()
    return exp.and_(*parts) if group.op == "and" else exp.or_(*parts)


def _compile(item: Condition | Group | Among, bound: Bound) -> exp.Expr:
    if isinstance(item, Group):
        return exp.paren(compile_where(item, bound))
    if isinstance(item, Among):
        inside = bound.id_in("id", item.company_ids)
        return inside if item.inside else exp.not_(inside)
    field = fields.COMPANY_FIELDS.get(item.field)
    if field is None:
        raise NotAnswered(field=item.field)
    column = exp.column(f"folded_{field.name}" if field.kind == "text" else field.name)
    op, negated = item.positive
    if op == "is_known":
        return exp.Is(this=column, expression=exp.null()) if negated else exp.not_(column.is_(exp.null()))
    met = _TESTS[op](column, item, bound)
    # The exact complement: a negated line matches what is unknown as well.
    return exp.not_(exp.Coalesce(this=met, expressions=[exp.false()])) if negated else met


def _compare(kind: type[exp.Binary]) -> Callable[[exp.Expr, Condition, Bound], exp.Expr]:
    return lambda column, line, bound: kind(this=column, expression=bound.value(line.numbers[0]))


def _between(column: exp.Expr, line: Condition, bound: Bound) -> exp.Expr:
    low, high = line.numbers
    return exp.Between(this=column, low=bound.value(low), high=bound.value(high))


# No LIKE and no regular expression: what those mean differs between engines, what `contains` means does not.
_TESTS: dict[str, Callable[[exp.Expr, Condition, Bound], exp.Expr]] = {
    "is": lambda column, line, bound: exp.EQ(this=column, expression=bound.value(line.texts[0])),
    "is_any_of": lambda column, line, bound: bound.text_in(column, line.texts),
    "contains": lambda column, line, bound: exp.Contains(this=column, expression=bound.value(line.texts[0])),
    "starts_with": lambda column, line, bound: exp.StartsWith(
        this=column, expression=bound.value(line.texts[0])
    ),
    "eq": _compare(exp.EQ),
    "lt": _compare(exp.LT),
    "lte": _compare(exp.LTE),
    "gt": _compare(exp.GT),
    "gte": _compare(exp.GTE),
    "between": _between,
}
