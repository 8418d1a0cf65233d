"""Conditions on companies in nested and/or groups, checked when they are made."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Discriminator, Tag, ValidationError, model_validator

from rollcall.core.errors import Invalid
from rollcall.universe import fields
from rollcall.universe.folding import fold

DEPTH_MAX, CONDITIONS_MAX, VALUES_MAX, TEXT_MAX = 5, 200, 10_000, 500
_INT64 = range(-(2**63), 2**63)
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
_NO_VALUE = ("is_known", "is_unknown")
_NEGATED = {
    "is_not": "is",
    "not_contains": "contains",
    "is_none_of": "is_any_of",
    "ne": "eq",
    "is_unknown": "is_known",
}


class UnknownField(Invalid):
    """There is no company field {field!r}.{hint} The fields are: {allowed}."""


class UnknownOperator(Invalid):
    """The field {field!r} has no operator {op!r}.{hint} It can be tested with: {allowed}."""


class BadValue(Invalid):
    """The value of {field!r} {op} cannot be used: {reason}"""


class BadShape(Invalid):
    """This filter cannot be read: {reason}"""


class Condition(BaseModel):
    """One line of a filter: a field, an operator and the value it is compared with."""

    model_config = _STRICT
    field: str
    op: str
    value: str | int | list[str] | list[int] | None = None

    @model_validator(mode="before")
    @classmethod
    def _check(cls, data: Any) -> Any:
        return _checked(data) if isinstance(data, dict) else data

    @property
    def positive(self) -> tuple[str, bool]:
        """The operator without its negation, and whether it was negated."""
        return (_NEGATED[self.op], True) if self.op in _NEGATED else (self.op, False)

    @property
    def texts(self) -> list[str]:
        """The folded text value or values."""
        values = self.value if isinstance(self.value, list) else [self.value]
        return [fold(str(value)) for value in values]

    @property
    def numbers(self) -> list[int]:
        """The whole number or, for `between`, both ends."""
        values = self.value if isinstance(self.value, list) else [self.value]
        return [int(value) for value in values if value is not None]


class Among(BaseModel):
    """Companies by id: what rooms above make of their own fields (tags, other segments) before they search."""

    model_config = _STRICT
    company_ids: list[int]
    inside: bool = True


class Group(BaseModel):
    """Lines joined by `and` or `or`; a group without lines sets no condition."""

    model_config = _STRICT
    op: Literal["and", "or"] = "and"
    items: list["Item"] = []

    @model_validator(mode="before")
    @classmethod
    def _check(cls, data: Any) -> Any:
        _check_size(data)
        return data


def _kind(item: Any) -> str | None:
    if isinstance(item, Condition | Among | Group):
        return type(item).__name__
    if isinstance(item, dict):
        return "Group" if "items" in item else "Among" if "company_ids" in item else "Condition"
    return None


Item = Annotated[
    Union[  # noqa: UP007 the names are not all defined yet when `|` is evaluated
        Annotated[Condition, Tag("Condition")], Annotated[Group, Tag("Group")], Annotated[Among, Tag("Among")]
    ],
    Discriminator(
        _kind,
        custom_error_type="line",
        custom_error_message='a line is {{"field": …, "op": …, "value": …}}, a group {{"op": …, "items": […]}}',
    ),
]
Group.model_rebuild()


def parse(data: Any) -> Group:
    """The filter in `data` (decoded JSON).

    Raises:
        UnknownField, UnknownOperator, BadValue: a line is wrong; it says which and what to write instead.
        BadShape: it is no filter at all, or a too deep or too long one.
    """
    try:
        return Group.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadShape(reason=f"{where or 'the filter'}: {first['msg']}.") from None


def conditions(group: Group) -> Iterator[Condition]:
    """Every condition, at any depth, in reading order."""
    for item in group.items:
        if isinstance(item, Group):
            yield from conditions(item)
        elif isinstance(item, Condition):
            yield item


def _checked(data: dict[str, Any]) -> dict[str, Any]:
    name, op = data.get("field"), data.get("op")
    if not isinstance(name, str) or not isinstance(op, str):
        raise BadShape(
            reason='a line is {"field": …, "op": …, "value": …}, with the field and the operator as text.'
        )
    field = fields.catalogue().get(name)
    if field is None:
        raise UnknownField(
            field=name[:80], allowed=", ".join(fields.catalogue()), hint=_hint(name, fields.catalogue())
        )
    if op not in field.operators:
        hint = _hint(op, field.operators)
        raise UnknownOperator(field=name, op=op[:80], allowed=", ".join(field.operators), hint=hint)
    return data | {"value": _value(field, op, data.get("value"))}


def _value(field: fields.Field, op: str, value: Any) -> Any:
    def bad(reason: str) -> BadValue:
        return BadValue(field=field.name, op=op, reason=reason)

    if op in _NO_VALUE:
        if value is not None:
            raise bad("this operator takes none. Leave the value out.")
        return None
    if op == "between":
        if not isinstance(value, list) or len(value) != 2:
            raise bad("write two whole numbers, [lowest, highest].")
        low, high = (_number(part, bad) for part in value)
        if low > high:
            raise bad(
                f"{low} is more than {high}, so nothing can lie between them. Write the lower number first."
            )
        return [low, high]
    if field.kind == "number":
        return _number(value, bad)
    if op in ("is_any_of", "is_none_of"):
        if not isinstance(value, list) or not value:
            raise bad("write a list with at least one value.")
        if len(value) > VALUES_MAX:
            raise bad(
                f"the list has {len(value):,} values; {VALUES_MAX:,} is the most. Split it over two lines."
            )
        return [_text(part, bad).strip() for part in value]
    text = _text(value, bad)
    return text.strip() if op in ("is", "is_not") else text


def _number(value: Any, bad: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in _INT64:
        raise bad(f"{str(value)[:80]!r} is not a whole number of at most 64 bits.")
    return value


def _text(value: Any, bad: Any) -> str:
    if not isinstance(value, str):
        raise bad(f"{str(value)[:80]!r} is not text. Put it in quotes.")
    if not value.strip():
        raise bad("it is empty. To find companies without one, use is_unknown.")
    if len(value) > TEXT_MAX or "\0" in value:
        raise bad(f"text has at most {TEXT_MAX} characters and no NUL character.")
    return value


def _hint(wrong: str, right: Any) -> str:
    near = get_close_matches(wrong.casefold()[:80], list(right), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _check_size(data: Any) -> None:
    """Walk the raw tree without recursion: a filter nested a million deep must not reach the parser."""
    level, depth, lines = [data], 0, 0
    while level:
        groups = [_items(node) for node in level]
        depth += any(items is not None for items in groups)
        lines += sum(items is None for items in groups)
        if depth > DEPTH_MAX:
            raise BadShape(reason=f"groups are nested more than {DEPTH_MAX} deep. Flatten it.")
        if lines > CONDITIONS_MAX:
            raise BadShape(
                reason=f"it has more than {CONDITIONS_MAX} lines. Use is_any_of for long lists of values."
            )
        level = [child for items in groups if items is not None for child in items]


def _items(node: Any) -> list[Any] | None:
    items = node.items if isinstance(node, Group) else node.get("items") if isinstance(node, dict) else None
    return items if isinstance(items, list) else None
