"""Definitions and events in words, as people read them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rollcall.personas.wanted import PersonaDefinition
from rollcall.segments.language import Definition, segment_number
from rollcall.segments.models import Event
from rollcall.universe import fields, titles
from rollcall.universe.filters import Condition, Group
from rollcall.web import formats

PERSON_ORDERS = {
    "seniority": "Most senior first",
    "relevance": "Closest title first",
    "tenure": "Longest in role first",
    "last_seen": "Seen last first",
}
SHOWN_MAX = 6


@dataclass(frozen=True)
class Line:
    """A filter line in words; `depth` tells how far it is nested."""

    text: str
    depth: int = 0

    @property
    def steps(self) -> range:
        return range(self.depth)


@dataclass(frozen=True)
class Told:
    """An event in words."""

    at: datetime
    icon: str
    text: str
    who: str
    run: str = ""


def persona(wanted: PersonaDefinition) -> str:
    """`CFO, treasurer · without assistant · VP · at most 3 per company`."""
    parts = [
        _some(wanted.titles) or ("" if wanted.seniorities or wanted.departments else "Anybody"),
        f"without {_some(wanted.titles_out)}" if wanted.titles_out else "",
        _some([titles.SENIORITIES[level] for level in wanted.seniorities]),
        _some([titles.DEPARTMENTS[name] for name in wanted.departments]),
        f"in {_some(wanted.countries)}" if wanted.countries else "",
        f"at most {wanted.per_company} per company" if wanted.per_company else "everybody who matches",
    ]
    return " · ".join(part for part in parts if part)


def definition(chosen: Definition, *, segments: Mapping[int, str]) -> list[Line]:
    """What a segment's definition says, line by line."""
    lines = list(_group(chosen.where, segments, 0)) if chosen.where else []
    if chosen.everything:
        lines.append(Line("All companies"))
    if chosen.include_domains:
        lines.append(Line(f"and {formats.count(len(chosen.include_domains), 'included domain')}"))
    if chosen.exclude_domains:
        lines.append(Line(f"without {formats.count(len(chosen.exclude_domains), 'excluded domain')}"))
    if chosen.exclude_segments:
        names = [segments.get(number, f"seg_{number}") for number in chosen.exclude_segments]
        lines.append(Line(f"without the companies of {', '.join(names)}"))
    lines.append(Line(f"Order: {order(chosen)}"))
    if chosen.limit is not None:
        lines.append(Line(f"The first {formats.num(chosen.limit)} only"))
    return lines


def order(chosen: Definition) -> str:
    """`Employees, largest first`."""
    if chosen.order_by == "random":
        return "random, but always the same"
    field = fields.COMPANY_FIELDS.get(chosen.order_by)
    label = field.label if field else "As they became known"
    if field is not None and field.kind == "number":
        return f"{label}, {'largest' if chosen.descending else 'smallest'} first"
    return f"{label}, {'Z to A' if chosen.descending else 'A to Z'}"


def condition(line: Condition, *, segments: Mapping[int, str]) -> str:
    """`Employees at least 10,000`."""
    field = fields.catalogue()[line.field]
    operator = fields.OPERATOR_LABELS[line.op]
    if line.value is None:
        return f"{field.label} {operator}"
    values = line.value if isinstance(line.value, list) else [line.value]
    if line.field == "segment":
        numbers = [segment_number(text, field="segment") for text in values]
        words = ", ".join(segments.get(number, f"seg_{number}") for number in numbers)
    elif line.op == "between":
        words = " and ".join(formats.num(value) for value in values)
    else:
        words = _some([formats.num(value) for value in values])
    return f"{field.label} {operator} {words}"


def event(happened: Event) -> Told:
    """One line of a segment's activity."""
    icon, write = _EVENTS.get(happened.kind, ("activity", lambda detail: happened.kind.replace("_", " ")))
    return Told(
        at=happened.at,
        icon=icon,
        text=write(happened.detail),
        who=happened.actor_label,
        run=str(happened.detail.get("run", "")),
    )


def _group(group: Group, segments: Mapping[int, str], depth: int) -> Iterator[Line]:
    if len(group.items) > 1 or depth:
        yield Line("All of these" if group.op == "and" else "Any of these", depth)
    for item in group.items:
        if isinstance(item, Group):
            yield from _group(item, segments, depth + 1)
        elif isinstance(item, Condition):
            yield Line(condition(item, segments=segments), depth + (len(group.items) > 1 or depth > 0))


def _some(words: list[str]) -> str:
    more = len(words) - SHOWN_MAX
    return ", ".join(words[:SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")


def _companies_changed(detail: dict[str, Any]) -> str:
    parts = [
        f"{formats.count(detail['joined'], 'company,companies')} joined" if detail["joined"] else "",
        f"{formats.count(detail['left'], 'company,companies')} left" if detail["left"] else "",
    ]
    return (
        f"{', '.join(part for part in parts if part)}: {detail['why']}. {formats.num(detail['total'])} now."
    )


_WHYS = {"created": "the segment was made", "edited": "the definition was edited"}


def _search(detail: dict[str, Any]) -> str:
    names = " + ".join(persona["name"] for persona in detail.get("personas", []))
    return (
        f"Search for {names}: {formats.count(detail['charged'], 'new contact')}, "
        f"{formats.num(detail['owned'])} already yours"
    )


def _named(detail: dict[str, Any]) -> str:
    return " + ".join(persona["name"] for persona in detail["personas"])


def _unasked(detail: dict[str, Any]) -> str:
    if detail["mode"] == "ask":
        return "it asks before it spends"
    return f"up to {formats.count(detail['credits_per_day'], 'credit')} a day by itself"


_EVENTS: dict[str, tuple[str, Any]] = {
    "created": ("plus", lambda detail: "Segment made"),
    "edited": ("pencil", lambda detail: f"Definition edited (revision {detail.get('revision', '')})"),
    "renamed": ("pencil", lambda detail: f"Renamed from “{detail['before']}” to “{detail['after']}”"),
    "kind_changed": ("zap", lambda detail: f"Made {detail['kind']}"),
    "deleted": ("trash-2", lambda detail: "Segment deleted"),
    "companies_changed": ("building-2", _companies_changed),
    "search_finished": ("user-search", _search),
    "search_stopped": ("circle-stop", lambda detail: f"{_search(detail)}. Stopped early"),
    "search_failed": ("circle-alert", lambda detail: f"{_search(detail)}. It failed"),
    "contact_removed": (
        "user-minus",
        lambda detail: f"Contact {detail['contact']} taken out; it stays yours",
    ),
    "automation_created": (
        "zap",
        lambda detail: f"Automatic search set up for {_named(detail)}: {_unasked(detail)}",
    ),
    "automation_changed": (
        "pencil",
        lambda detail: f"Automatic search {detail['automation']} changed: {_unasked(detail)}",
    ),
    "automation_paused": (
        "pause",
        lambda detail: f"Automatic search for {_named(detail)} paused. {detail['why']}",
    ),
    "automation_resumed": ("play", lambda detail: f"Automatic search for {_named(detail)} resumed"),
    "automation_ended": (
        "circle-stop",
        lambda detail: f"Automatic search for {_named(detail)} ended. {detail['why']}",
    ),
    "automation_waits": (
        "clock",
        lambda detail: (
            f"Search for {_named(detail)} waits for approval: up to "
            f"{formats.count(detail['credits'], 'credit')}. {detail['why']}"
        ),
    ),
    "automation_failed": (
        "circle-alert",
        lambda detail: f"Automatic search for {_named(detail)} failed, and tries again: {detail['problem']}",
    ),
    "approval_approved": (
        "circle-check",
        lambda detail: (
            f"Search for {_named(detail)} approved: up to {formats.count(detail['most'], 'credit')}"
        ),
    ),
    "approval_declined": (
        "ban",
        lambda detail: (
            f"Search for {_named(detail)} declined: {formats.count(detail['credits'], 'credit')} not spent"
        ),
    ),
    "approval_gone": ("circle-slash", lambda detail: f"Search for {_named(detail)}: nobody new is left"),
    "refresh_failed": ("circle-alert", lambda detail: f"Refresh failed: {detail['problem']}"),
}
