"""Which companies are in a segment and were, and why (S3, S4): the difference to a fresh selection, applied whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max

from rollcall.core import paging, transactions
from rollcall.core.errors import TryLater
from rollcall.segments import activity, language, register, selection, stays
from rollcall.segments.models import Member, Segment
from rollcall.segments.placing import follow_contacts, place, remove_contact
from rollcall.universe import search, versions
from rollcall.universe.identity import following
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

__all__ = ["follow_contacts", "place", "remove_contact"]

DAILY = timedelta(days=1)
_ATTEMPTS_MAX = 5


class SegmentChanging(TryLater):
    """The segment {name} is being edited or refreshed by someone else right now. Try again in a moment."""


@dataclass(frozen=True)
class Refreshed:
    """How many companies joined and left, and how many are in the segment now."""

    joined: int
    left: int
    total: int


@dataclass(frozen=True)
class CompanyStay:
    """A company's stay in a segment, with what the newest universe version says about the company."""

    company_id: int
    joined_at: datetime
    joined_why: str
    left_at: datetime | None
    left_why: str
    facts: dict[str, Any]


def refresh(
    *, workspace: Workspace, segment_id: int, actor: Actor, now: datetime, why: str = "refreshed by hand"
) -> Refreshed:
    """Evaluate the definition on the newest universe version and let companies join and leave accordingly.

    The search runs before the transaction, so that nobody waits for it; if the definition was edited or a newer
    version applied meanwhile, it is done again.

    Raises:
        NoSuchSegment, NoUniverse, NoSuchReference
        SegmentChanging: others kept changing it.
    """
    for _ in range(_ATTEMPTS_MAX):
        segment = register.get(workspace=workspace, segment_id=segment_id)
        version = selection.current_version()
        definition = language.parse(segment.definition)
        company_ids = selection.select(
            workspace=workspace, definition=definition, version=version
        ).companies()
        done = transactions.run(
            lambda: _apply_if_unchanged(workspace, segment, company_ids, version, actor, now, why)  # noqa: B023
        )
        if done is not None:
            return done
    raise SegmentChanging(name=segment.name)


def apply(
    *, segment: Segment, company_ids: Sequence[int], version: int, actor: Actor, now: datetime, why: str
) -> Refreshed:
    """Make the members exactly `company_ids`, in that order. The caller has locked or just made the segment."""
    ranks = {company_id: place for place, company_id in enumerate(company_ids, start=1)}
    if ended := following.redirects(version).now.get("company"):
        stays.follow(segment=segment, now_ids=ended, at=now)
    present = dict(
        Member.objects.filter(segment=segment, left_at__isnull=True).values_list("company_id", "rank")
    )
    left = present.keys() - ranks.keys()
    joined = {number: place for number, place in ranks.items() if number not in present}
    moved = {number: place for number, place in ranks.items() if present.get(number, place) != place}
    stays.close(segment=segment, company_ids=list(left), at=now, why=f"no longer matches ({why})")
    stays.open_(segment=segment, ranks=joined, at=now, why=why)
    stays.rank(segment=segment, ranks=moved)
    newest = {"newest_stay": newest_stay(segment=segment)} if joined else {}
    Segment.objects.filter(pk=segment.pk).update(
        company_count=F("company_count") + len(joined) - len(left),
        universe_version=version,
        refreshed_at=now,
        due_at=now + DAILY if segment.kind == Segment.Kind.DYNAMIC else None,
        lease_until=None,
        **newest,
    )
    if joined or left:
        detail = {
            "joined": len(joined),
            "left": len(left),
            "total": len(ranks),
            "why": why,
            "version": version,
        }
        activity.write(segment=segment, kind="companies_changed", actor=actor, now=now, detail=detail)
        _wake_followers(segment, now)
    return Refreshed(joined=len(joined), left=len(left), total=len(ranks))


def company_ids(*, segment: Segment, joined: tuple[int, int] | None = None) -> list[int]:
    """The companies in the segment now, in its order.

    Args:
        joined: only those whose stay is numbered (after, up to and including) this: who joined in between.
    """
    present = Member.objects.filter(segment=segment, left_at__isnull=True)
    if joined is not None:
        present = present.filter(pk__gt=joined[0], pk__lte=joined[1])
    ids = present.order_by("rank", "id").values_list("company_id", flat=True)
    # A static segment is not looked at again by itself: its companies are asked for as what they are today.
    known = following.redirects()
    return list(dict.fromkeys(known.of("company", number) for number in ids))


def newest_stay(*, segment: Segment) -> int:
    """The number of the newest stay of a company that is in the segment now; stays are numbered as they begin."""
    present = Member.objects.filter(segment=segment, left_at__isnull=True)
    return int(present.aggregate(newest=Max("pk"))["newest"] or 0)


def companies(
    *,
    workspace: Workspace,
    segment_id: int,
    cursor: str | None = None,
    limit: int = 50,
    historical: bool = False,
) -> paging.Page[CompanyStay]:
    """The companies in the segment, in its order; or (`historical`) the ended stays, last to leave first (S4).

    Raises:
        NoSuchSegment
    """
    segment = register.get(workspace=workspace, segment_id=segment_id)
    rows = Member.objects.filter(segment=segment, left_at__isnull=not historical)
    order = ["-left_at", "-id"] if historical else ["rank", "id"]
    page = paging.page(rows, order=order, cursor=cursor, limit=limit)
    return paging.Page(items=with_facts(page.items), next_cursor=page.next_cursor)


def with_facts(members: Sequence[Member]) -> list[CompanyStay]:
    """The stays beside the companies' facts; a company that the universe no longer knows has none."""
    version = versions.current()
    facts: dict[int, dict[str, Any]] = {}
    if version is not None and members:
        known = following.redirects(version)
        today = {member.company_id: known.of("company", member.company_id) for member in members}
        table = search.company_rows(version=version, ids=sorted(set(today.values())))
        rows = {row["id"]: row for row in table.to_pylist()}
        facts = {number: rows[now] for number, now in today.items() if now in rows}
    return [
        CompanyStay(
            company_id=member.company_id,
            joined_at=member.joined_at,
            joined_why=member.joined_why,
            left_at=member.left_at,
            left_why=member.left_why,
            facts=facts.get(member.company_id, {}),
        )
        for member in members
    ]


def _apply_if_unchanged(
    workspace: Workspace,
    seen: Segment,
    company_ids: Sequence[int],
    version: int,
    actor: Actor,
    now: datetime,
    why: str,
) -> Refreshed | None:
    """None: what was evaluated is out of date."""
    segment = register.lock(workspace=workspace, segment_id=seen.pk)
    newer = segment.universe_version is not None and segment.universe_version > version
    # A moved due date: a segment that this one names has changed since it was looked at.
    if segment.revision != seen.revision or segment.due_at != seen.due_at or newer:
        return None
    return apply(segment=segment, company_ids=company_ids, version=version, actor=actor, now=now, why=why)


def _wake_followers(segment: Segment, now: datetime) -> None:
    """Dynamic segments that name this one are looked at again by the next sweep."""
    followers = Segment.objects.filter(kind=Segment.Kind.DYNAMIC, deleted_at__isnull=True)
    followers.filter(pk__in=segment.referred_by.values("segment")).update(due_at=now)
