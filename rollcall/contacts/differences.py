"""What changed about a contact between what is kept and what the universe says now: typed, pure (F2, F3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rollcall.contacts.facts import ELSEWHERE
from rollcall.contacts.models import Change
from rollcall.universe import titles

Facts = Mapping[str, Any]
Kind = Change.Kind
_RANKS = {level: rank for rank, level in enumerate(titles.SENIORITIES)}
_ROLE = ("title", "seniority", "department", "started_on")
_RECORD = (
    "full_name", "first_name", "last_name", "profile_url", "country", "region", "city",
    "company_name", "company_domain",
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One change: only the fields concerned, before and after, and the day on which it came true."""

    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    happened_on: str | None


def between(old: Facts, new: Facts, *, moved_on: str | None = None) -> list[Difference]:
    """The changes that lead from `old` to `new`, in the order in which they happened.

    Both hold FACTS and ELSEWHERE, dates as ISO text; `new` also last_seen_on.
    `moved_on`: the day they were first seen at `now_company_id`.
    """
    came_back = old["left_on"] is not None and (new["left_on"] is None or _is_later_stay(old, new))
    found = [_corrected(old, new, came_back), *_role(old, new, came_back)]
    if came_back:
        found.append(_returned(old, new))
        old = {**old, "left_on": None, **dict.fromkeys(ELSEWHERE)}
    found.append(_gone(old, new, moved_on))
    return [difference for difference in found if difference is not None]


def _is_later_stay(old: Facts, new: Facts) -> bool:
    """They returned and left again since we last looked."""
    return new["started_on"] is not None and str(new["started_on"]) > str(old["left_on"])


def _corrected(old: Facts, new: Facts, came_back: bool) -> Difference | None:
    """The record was wrong or is told otherwise now: another spelling, another first or last day."""
    names = list(_RECORD)
    if not came_back and _same_title(old, new):
        names += ["title", "seniority", "started_on"]
    if not came_back and old["left_on"] is not None:
        names.append("left_on")
        if new["now_company_id"] in (None, old["now_company_id"]):
            names += ELSEWHERE
    return _difference(Kind.CORRECTED, old, new, names, new["last_seen_on"])


def _role(old: Facts, new: Facts, came_back: bool) -> Iterable[Difference | None]:
    if came_back:
        return
    if not _same_title(old, new):
        kind = Kind.PROMOTED if _rose(old["seniority"], new["seniority"]) else Kind.TITLE_CHANGED
        yield _difference(kind, old, new, ["title", "seniority", "started_on"], new["started_on"])
    yield _difference(Kind.DEPARTMENT_CHANGED, old, new, ["department"], new["started_on"])


def _same_title(old: Facts, new: Facts) -> bool:
    """The same words, however written: "CEO" and "Chief Executive Officer" are one job, "Director, Sales" and "Sales
    Director" too, if the level is the same."""
    if old["title"] == new["title"]:
        return True
    was, now = titles.words(old["title"] or ""), titles.words(new["title"] or "")
    if was == now:
        return bool(was)
    return old["seniority"] == new["seniority"] and set(was.split()) == set(now.split())


def _rose(before: str | None, after: str | None) -> bool:
    """Whether the level is a higher one; from or to an unknown level nobody can tell."""
    known = _RANKS.keys() - {"unknown"}
    return before in known and after in known and _RANKS[str(after)] < _RANKS[str(before)]


def _returned(old: Facts, new: Facts) -> Difference | None:
    before = {**old, "is_former": True}
    after = {**new, "is_former": False, "left_on": None, **dict.fromkeys(ELSEWHERE)}
    names = ["is_former", "left_on", *ELSEWHERE, *_ROLE]
    return _difference(Kind.RETURNED, before, after, names, new["started_on"])


def _gone(old: Facts, new: Facts, moved_on: str | None) -> Difference | None:
    """Left, or moved when it is known where to: one change, whether both are learned at once or one by one."""
    before = {**old, "is_former": old["left_on"] is not None}
    after = {**new, "is_former": new["left_on"] is not None}
    if new["now_company_id"] is not None and new["now_company_id"] != old["now_company_id"]:
        names = ["is_former", *ELSEWHERE]
        names += ["left_on"] if old["left_on"] is None else []
        return _difference(Kind.MOVED, before, after, names, moved_on)
    if old["left_on"] is None and new["left_on"] is not None:
        return _difference(Kind.LEFT, before, after, ["is_former", "left_on"], new["left_on"])
    return None


def _difference(
    kind: Kind, old: Facts, new: Facts, names: Iterable[str], happened_on: str | None
) -> Difference | None:
    changed = [name for name in names if old[name] != new[name]]
    if not changed:
        return None
    return Difference(
        kind=kind.value,
        before={name: old[name] for name in changed},
        after={name: new[name] for name in changed},
        happened_on=happened_on,
    )
