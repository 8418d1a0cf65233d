"""A segment's filter as form fields: lines and groups named by their place, so that plain forms can edit it.

`where.0.field`, `where.0.op`, `where.0.value` (several) and `where.0.to` are the first line; `where.1.join` makes the
second a group, whose first line is `where.1.0.field`. Buttons send `act`: `add:where.1`, `group:where`,
`remove:where.0`.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from rollcall.core import ids
from rollcall.core.errors import RollcallError
from rollcall.universe import fields, filters, search, versions
from rollcall.universe.filters import Condition, Group

DEPTH_MAX = filters.DEPTH_MAX - 1
SUGGESTIONS = 60
_NAME = re.compile(r"(where(?:\.\d{1,3})*)\.(join|field|op|value|to)")
_SPACES_AND_COMMAS = re.compile(r"[\s,]")
MANY, NONE_NEEDED = ("is_any_of", "is_none_of"), ("is_known", "is_unknown")


@dataclass
class Line:
    """One condition as it is being written; it may be incomplete or wrong."""

    path: str
    field: str = "sector"
    op: str = ""
    values: list[str] = dataclasses.field(default_factory=list)
    to: str = ""
    error: str = ""
    fresh: bool = False
    after: int | None = None
    segments: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        if self.field not in fields.catalogue():
            self.field = "sector"
        if self.op not in self.known.operators:
            self.op = "is_any_of" if "is_any_of" in self.known.operators else self.known.operators[0]

    @property
    def known(self) -> fields.Field:
        return fields.catalogue()[self.field]

    @property
    def key(self) -> str:
        """For ids in the page: no dots."""
        return self.path.replace(".", "-")

    @property
    def control(self) -> str:
        """Which way the value is written."""
        if self.op in NONE_NEEDED:
            return "none"
        if self.known.kind == "set":
            return "segments"
        if self.op == "between":
            return "between"
        return "many" if self.op in MANY else "number" if self.known.kind == "number" else "text"

    @property
    def operators(self) -> list[tuple[str, str]]:
        allowed = MANY if self.known.kind == "set" else self.known.operators
        return [(op, fields.OPERATOR_LABELS[op]) for op in allowed]

    @property
    def suggestions(self) -> list[str]:
        """The most frequent values of the field, to choose among."""
        version = versions.current()
        if version is None or self.field not in fields.TEXT_FIELDS:
            return []
        return [text for text, _ in search.facets(version=version, field=self.field, limit=SUGGESTIONS)]

    @property
    def is_complete(self) -> bool:
        if self.control == "between":
            return bool(self.first and self.to)
        return self.control == "none" or bool(self.values)

    @property
    def first(self) -> str:
        return self.values[0] if self.values else ""

    def condition(self) -> dict[str, Any]:
        """As the filter language says it; what is no number stays text, so that the language can complain of it."""
        value: Any = None
        if self.control in ("many", "segments"):
            value = self.values
        elif self.control == "between":
            value = [_number(self.first), _number(self.to)]
        elif self.control == "number":
            value = _number(self.first)
        elif self.control == "text":
            value = self.first
        return {"field": self.field, "op": self.op} | ({} if value is None else {"value": value})


@dataclass
class Lines:
    """A group: its lines and groups, joined by `and` or `or`."""

    path: str = "where"
    join: str = "and"
    items: list["Line | Lines"] = dataclasses.field(default_factory=list)
    after: int | None = None
    is_group: bool = True

    @property
    def key(self) -> str:
        return self.path.replace(".", "-")

    @property
    def may_nest(self) -> bool:
        return self.path.count(".") < DEPTH_MAX

    @property
    def is_complete(self) -> bool:
        return any(item.is_complete for item in self.items)

    def each(self) -> Iterator[Line]:
        for item in self.items:
            if isinstance(item, Line):
                yield item
            else:
                yield from item.each()

    def condition(self, *, whole: bool = True) -> dict[str, Any]:
        """As the filter language says it; unless `whole`, lines that are still being written are left out."""
        kept = [item for item in self.items if whole or item.is_complete]
        items = [
            item.condition(whole=whole) if isinstance(item, Lines) else item.condition() for item in kept
        ]
        return {"op": self.join, "items": items}


def read(data: QueryDict) -> Lines:
    """The filter that a form sent, with what its button asked for done."""
    given: dict[str, dict[str, list[str]]] = {}
    for name in data:
        found = _NAME.fullmatch(name)
        if found and found[1].count(".") <= DEPTH_MAX + 1:
            given.setdefault(found[1], {})[found[2]] = data.getlist(name)
    root = _group("where", given)
    _act(root, data.get("act", ""))
    return _numbered(root)


def of(group: Group | None) -> Lines:
    """The form of a filter that is stored; without one, a first empty line."""
    root = Lines(items=[Line("")]) if group is None else _of(group)
    return _numbered(root)


def check(lines: Lines) -> bool:
    """Try each line by itself and note its error beside it; whether all are right."""
    for line in lines.each():
        try:
            filters.parse({"op": "and", "items": [line.condition()]})
        except RollcallError as error:
            line.error = _plainer(line, error)
    return not any(line.error for line in lines.each())


def count(lines: Lines, after_each: list[int]) -> None:
    """Note beside each top-level line how many companies are left after it."""
    complete = [item for item in lines.items if item.is_complete]
    for item, left in zip(complete, after_each, strict=False):
        item.after = left


def segment_names(line: Line, segments: Mapping[int, str]) -> list[dict[str, Any]]:
    """The segments a line may name, with those ticked that it does."""
    return [
        {"value": ids.public("seg", number), "text": name, "ticked": ids.public("seg", number) in line.values}
        for number, name in segments.items()
    ]


def _group(path: str, given: dict[str, dict[str, list[str]]]) -> Lines:
    """The fields below a place, in the order of their numbers."""
    inside = path.count(".") + 1
    places = sorted(
        {".".join(name.split(".")[: inside + 1]) for name in given if name.startswith(f"{path}.")},
        key=lambda place: int(place.rsplit(".", 1)[1]),
    )
    join = given.get(path, {}).get("join", ["and"])[0]
    items: list[Line | Lines] = []
    for place in places:
        if "field" in given.get(place, {}):
            items.append(_line(place, given[place]))
        else:
            items.append(_group(place, given))
    return Lines(path=path, join="or" if join == "or" else "and", items=items)


def _line(path: str, sent: dict[str, list[str]]) -> Line:
    many = sent.get("op", [""])[0] in MANY
    texts = [part for text in sent.get("value", []) for part in (text.split(",") if many else [text])]
    values = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
    return Line(path, sent["field"][0], sent.get("op", [""])[0], values, sent.get("to", [""])[0].strip())


def _of(group: Group) -> Lines:
    lines = Lines(join=group.op)
    for item in group.items:
        if isinstance(item, Group):
            lines.items.append(_of(item))
        elif isinstance(item, Condition):
            values = item.value if isinstance(item.value, list) else [item.value]
            texts = [str(value) for value in values if value is not None]
            if item.op == "between":
                lines.items.append(Line("", item.field, item.op, texts[:1], texts[1]))
            else:
                lines.items.append(Line("", item.field, item.op, texts))
    return lines


def _act(root: Lines, act: str) -> None:
    """Do what a button asks: a line or group more at the end of a group, or one less."""
    verb, _, path = act.partition(":")
    for group in list(_groups(root)):
        if verb == "add" and group.path == path:
            group.items.append(Line("", fresh=True))
        elif verb == "group" and group.path == path and group.may_nest:
            group.items.append(Lines(join="or", items=[Line("", fresh=True), Line("")]))
        elif verb == "remove":
            group.items = [item for item in group.items if item.path != path]


def _groups(lines: Lines) -> Iterator[Lines]:
    yield lines
    for item in lines.items:
        if isinstance(item, Lines):
            yield from _groups(item)


def _numbered(lines: Lines, path: str = "where") -> Lines:
    """Every place anew, without gaps; groups that lost all their lines go."""
    lines.path = path
    lines.items = [item for item in lines.items if isinstance(item, Line) or item.items]
    for number, item in enumerate(lines.items):
        if isinstance(item, Lines):
            _numbered(item, f"{path}.{number}")
        else:
            item.path = f"{path}.{number}"
    return lines


def _number(text: str) -> int | str:
    plain = _SPACES_AND_COMMAS.sub("", text)
    return int(plain) if re.fullmatch(r"-?\d{1,19}", plain, re.ASCII) else text


def _plainer(line: Line, error: RollcallError) -> str:
    """The language speaks of JSON; who fills in a form did not write any."""
    if not line.is_complete:
        return "Write a value, or remove this line."
    if line.known.kind == "number" and any(
        isinstance(_number(text), str) for text in (line.first, line.to) if text
    ):
        return f"{line.known.label} needs a whole number."
    return str(error.details.get("reason", error.message)).capitalize()
