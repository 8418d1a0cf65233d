"""Finds, in plain words, lines of a filter that no company can ever meet together."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from rollcall.universe import fields
from rollcall.universe.filters.tree import Condition, Group, Item


def contradictions(group: Group) -> list[str]:
    """What in this filter can never be met together; empty when nothing was found.

    Sound, not complete: whatever is named is truly impossible, but a clever enough riddle may go unnoticed.
    """
    return list(dict.fromkeys(_find(group, above=[])))


def _find(group: Group, above: list[Condition]) -> Iterator[str]:
    """`above`: the lines of the and-groups around this one, which must hold as well."""
    if group.op == "or":
        for item in group.items:
            yield from _find(_as_and(item), above)
        return
    lines, alternatives = _flatten(group)
    own = list(_clashes([*above, *lines])) if lines else []
    yield from own
    if own:
        return
    for alternative in alternatives:
        yield from _find(alternative, [*above, *lines])


def _as_and(item: Item) -> Group:
    return item if isinstance(item, Group) and item.op == "and" else Group(op="and", items=[item])


def _flatten(group: Group) -> tuple[list[Condition], list[Group]]:
    """The lines that must all hold (of this and-group and those directly in it), and the or-groups among them."""
    lines: list[Condition] = []
    alternatives: list[Group] = []
    for item in group.items:
        if isinstance(item, Group) and (item.op == "and" or len(item.items) == 1):
            inner, further = _flatten(item)
            lines, alternatives = lines + inner, alternatives + further
        elif isinstance(item, Group):
            alternatives.append(item)
        elif isinstance(item, Condition):
            lines.append(item)
    return lines, alternatives


def _clashes(lines: list[Condition]) -> Iterator[str]:
    for name in dict.fromkeys(line.field for line in lines):
        known = fields.catalogue()[name]
        about = [line for line in lines if line.field == name]
        yield from _CLASHES[known.kind](known, about)


def _numbers(known: fields.Field, lines: list[Condition]) -> Iterator[str]:
    low, high = -(2**63), 2**63 - 1
    low_line = high_line = missing = None
    for line in lines:
        if line.op == "is_unknown":
            missing = line
        first, last = _range(line)
        if first > low:
            low, low_line = first, line
        if last < high:
            high, high_line = last, line
    if low > high and low_line and high_line:
        yield f"{known.label} cannot be both {_words(low_line)} and {_words(high_line)}."
    elif low == high and (excluded := next((x for x in lines if x.op == "ne" and x.numbers == [low]), None)):
        yield f"{known.label} can only equal {low:,}, but another line says that it {_words(excluded)}."
    yield from _unknown(known, lines, missing)


def _range(line: Condition) -> tuple[int, int]:
    low, high = -(2**63), 2**63 - 1
    if line.op in ("is_known", "is_unknown", "ne"):
        return low, high
    first, last = line.numbers[0], line.numbers[-1]
    return {
        "eq": (first, first),
        "between": (first, last),
        "gt": (first + 1, high),
        "gte": (first, high),
        "lt": (low, first - 1),
        "lte": (low, first),
    }[line.op]


@dataclass
class _Text:
    """What the lines about one text field leave possible."""

    allowed: dict[str, str] | None = None
    allowed_by: list[Condition] = field(default_factory=list)


def _texts(known: fields.Field, lines: list[Condition]) -> Iterator[str]:
    missing = next((line for line in lines if line.op == "is_unknown"), None)
    yield from _unknown(known, lines, missing)
    left = _Text()
    for line in lines:
        if line.op in ("is", "is_any_of"):
            values = dict.fromkeys(line.texts, "")
            left.allowed = values if left.allowed is None else {x: "" for x in left.allowed if x in values}
            left.allowed_by.append(line)
    if left.allowed is not None:
        fitting = [text for text in left.allowed if all(_fits(text, line) for line in lines)]
        if not fitting:
            others = [
                line
                for line in lines
                if line not in left.allowed_by and line.op not in ("is_known", "is_unknown")
            ]
            said = " and ".join(_words(line) for line in [*left.allowed_by, *others])
            yield f"{known.label} cannot meet all of these at once: {said}."
        return
    yield from _fragments(known, lines)


def _fits(text: str, line: Condition) -> bool:
    op, negated = line.positive
    if op == "is_known":
        return True
    if op == "contains":
        met = line.texts[0] in text
    elif op == "starts_with":
        met = text.startswith(line.texts[0])
    else:
        met = text in line.texts
    return met is not negated


def _fragments(known: fields.Field, lines: list[Condition]) -> Iterator[str]:
    """Lines that only name parts of the text: two beginnings, or a part that is asked for and refused."""
    starts = [line for line in lines if line.op == "starts_with"]
    asked = [line for line in lines if line.op in ("contains", "starts_with")]
    for one, other in pairwise(starts):
        a, b = one.texts[0], other.texts[0]
        if not a.startswith(b) and not b.startswith(a):
            yield f"{known.label} cannot both {_words(one, start='start')} and {_words(other, start='start')}."
    for refused in (line for line in lines if line.op == "not_contains"):
        clash = next((line for line in asked if refused.texts[0] in line.texts[0]), None)
        if clash:
            yield f"{known.label} {_words(clash)}, but another line says that it {_words(refused)}."


def _unknown(known: fields.Field, lines: list[Condition], missing: Condition | None) -> Iterator[str]:
    wanting = next((line for line in lines if not line.positive[1]), None)
    if missing and wanting:
        yield f"{known.label} cannot be unknown and at the same time meet: {_words(wanting)}."


def _sets(known: fields.Field, lines: list[Condition]) -> Iterator[str]:
    """A company can have several tags: only having none clashes with having some."""
    yield from _unknown(known, lines, next((line for line in lines if line.op == "is_unknown"), None))


_CLASHES = {"number": _numbers, "text": _texts, "set": _sets}


def _words(line: Condition, start: str = "starts") -> str:
    """`employees gt 10` -> "more than 10"."""
    label = f"{start} with" if line.op == "starts_with" else fields.OPERATOR_LABELS[line.op]
    if line.op in ("is_known", "is_unknown"):
        return label
    if fields.catalogue()[line.field].kind == "number":
        return f"{label} {' and '.join(f'{number:,}' for number in line.numbers)}"
    values = line.value if isinstance(line.value, list) else [line.value]
    shown = ", ".join(f"“{value}”" for value in values[:3])
    return f"{label} {shown}{' …' if len(values) > 3 else ''}"
