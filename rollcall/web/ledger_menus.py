"""What the ledger is narrowed to: read from the address, and the menus that write it there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rollcall.core import ids
from rollcall.core.errors import NotFound
from rollcall.credits import ledger, months, statements
from rollcall.credits.models import Entry
from rollcall.segments import register
from rollcall.web import formats, listing
from rollcall.web.pages import PageRequest
from rollcall.workspaces import api_keys, members

_BY_ITSELF = "system:automation"
_TEXT_MAX = 60


@dataclass(frozen=True)
class Menu:
    """One menu: what is chosen now, and what could be."""

    name: str
    chosen: str
    items: list[listing.Link]


def only(request: PageRequest) -> ledger.Only:
    """What the address asks for.

    Raises:
        NotFound, BadMonth, BadDay, BadPeriod
    """
    asked = request.GET
    period = months.asked(
        workspace=request.workspace,
        month=asked.get("month") or None,
        since=months.parse_day(asked.get("since", "")),
        until=months.parse_day(asked.get("until", "")),
    )
    kind = asked.get("kind") or None
    if kind is not None and kind not in Entry.Kind.values:
        raise NotFound(what="kind of entry", id=kind[:_TEXT_MAX])
    return ledger.Only(
        kind=kind,
        run_id=_number("run", asked.get("run")),
        segment_id=_number("seg", asked.get("segment")),
        automation_id=_number("aut", asked.get("automation")),
        actor=(asked.get("who") or "").replace("\0", "")[:_TEXT_MAX] or None,
        since=period.since,
        until=period.until,
    )


def of(request: PageRequest, *, now: datetime) -> list[Menu]:
    """The menus above the ledger. What is chosen and in none of them (a segment since deleted) is named by its id."""
    workspace = request.workspace
    segments = [(one.name, ids.public("seg", one.pk)) for one in register.list_(workspace=workspace)]
    people = [(one.user.name, ids.public("usr", one.user_id)) for one in members.of(workspace=workspace)]
    keys = [(f"API key {key.name}", ids.public("key", key.pk)) for key in api_keys.of(workspace=workspace)]
    listed = [
        (f"{line.month:%B %Y}", months.written(line.month))
        for line in statements.list_(workspace=workspace, now=now)
    ]
    menus = [
        _menu(request, "kind", "All types", [(str(kind.label), kind.value) for kind in Entry.Kind]),
        _menu(request, "segment", "All segments", segments),
        _menu(request, "who", "Anybody", [*people, *keys, ("By itself", _BY_ITSELF)]),
        _menu(request, "month", _days(request) or "Any time", listed, since=None, until=None),
    ]
    if request.GET.get("automation"):
        menus.append(_menu(request, "automation", "By hand or by itself", []))
    if request.GET.get("run"):
        menus.append(_menu(request, "run", "All searches", []))
    return menus


def is_narrowed(wanted: ledger.Only) -> bool:
    return any(value is not None for value in wanted.values())


def _menu(request: PageRequest, name: str, all_: str, choices: list[tuple[str, str]], **also: Any) -> Menu:
    chosen = request.GET.get(name) or ""
    known = [(all_, ""), *choices]
    if chosen and chosen not in {value for _, value in known}:
        known.append((chosen[:_TEXT_MAX], chosen))
    links = [
        listing.Link(text, listing.link(request, **{name: value or None, **also}), value == chosen)
        for text, value in known
    ]
    return Menu(name, next(text for text, value in known if value == chosen), links)


def _days(request: PageRequest) -> str:
    since, until = (
        months.parse_day(request.GET.get("since", "")),
        months.parse_day(request.GET.get("until", "")),
    )
    if since and until:
        return f"{formats.day(since)} to {formats.day(until)}"
    return f"From {formats.day(since)}" if since else f"Until {formats.day(until)}" if until else ""


def _number(prefix: str, text: str | None) -> int | None:
    return ids.parse(prefix, text) if text else None
