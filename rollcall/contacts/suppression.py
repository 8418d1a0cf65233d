"""Who is never added and never charged (C7, X1): people, profile addresses, emails, whole domains."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import pyarrow as pa
from django.db import transaction

from rollcall.contacts import families, spellings
from rollcall.contacts.models import Contact, Suppression
from rollcall.contacts.owned import Pair
from rollcall.core import ids, paging
from rollcall.core.errors import Invalid, NotFound
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

# Up to this many rows the whole list is read at once; a longer one is asked about the people at hand.
READ_WHOLE_MAX = 20_000
_ASK_AT_ONCE = 10_000
Kind = Suppression.Kind


class UnknownKind(Invalid):
    """Nothing is suppressed by {kind!r}. Choose profile, profile_url, email or domain."""


class BadValue(Invalid):
    """{value!r} is not {what}. Correct it and try again; nothing was suppressed."""


class ReasonTooLong(Invalid):
    """The reason has more than 300 characters. Shorten it."""


class NoSuchSuppression(NotFound):
    """There is no suppression {id} here. Check the id; objects of other workspaces are not shown."""


@transaction.atomic
def add(
    *, workspace: Workspace, kind: str, value: str, reason: str, actor: Actor, now: datetime
) -> Suppression:
    """Never add this person or domain from now on; adding it again changes nothing.

    Raises:
        UnknownKind, BadValue, ReasonTooLong
    """
    spelling = _spelling(kind, value)
    if len(reason) > 300:
        raise ReasonTooLong()
    found, is_new = Suppression.objects.get_or_create(
        workspace=workspace,
        kind=kind,
        value_hash=spellings.hashed(workspace_id=workspace.pk, kind=kind, value=spelling),
        defaults={
            "label": _label(kind, spelling),
            "reason": reason,
            "actor_label": actor.label,
            "created_at": now,
        },
    )
    if is_new:
        _audit("suppression.add", workspace, found, actor, now)
    return found


@transaction.atomic
def remove(*, workspace: Workspace, suppression_id: int, actor: Actor, now: datetime) -> None:
    """
    Raises:
        NoSuchSuppression: none of this workspace has this id.
    """
    found = Suppression.objects.filter(workspace=workspace, pk=suppression_id).first()
    if found is None:
        raise NoSuchSuppression(id=ids.public("sup", suppression_id))
    _audit("suppression.remove", workspace, found, actor, now)
    found.delete()


def of(*, workspace: Workspace, cursor: str | None = None, limit: int = 50) -> paging.Page[Suppression]:
    """The list of a workspace, newest first."""
    rows = Suppression.objects.filter(workspace=workspace)
    return paging.page(rows, order=["-id"], cursor=cursor, limit=limit)


def find(*, workspace: Workspace, kind: str, value: str) -> Suppression | None:
    """The line of the list that names exactly this value, if there is one.

    Raises:
        UnknownKind, BadValue
    """
    value_hash = spellings.hashed(workspace_id=workspace.pk, kind=kind, value=_spelling(kind, value))
    return Suppression.objects.filter(workspace=workspace, kind=kind, value_hash=value_hash).first()


def any_(*, workspace: Workspace) -> bool:
    """Whether anybody at all is suppressed; without any, `blocked` has nothing to look at."""
    return Suppression.objects.filter(workspace=workspace).exists()


def blocked(*, workspace: Workspace, people: pa.Table) -> set[Pair]:
    """The (profile, company) pairs of `people` that must not be added.

    Reads profile_id and company_id, and as far as there are such columns: profile_url, email, company_domain.
    """
    kinds = _kinds(workspace)
    if not kinds:
        return set()
    pairs = list(zip(people["profile_id"].to_pylist(), people["company_id"].to_pylist(), strict=True))
    names = set(people.column_names)
    found = {
        pairs[row]
        for kind, name in _COLUMNS
        if kind in kinds and name in names
        for row in _hits(workspace, kind, people[name].to_pylist())
    }
    others = people["other_names"].to_pylist() if "other_names" in names else [None] * len(pairs)
    return found | {
        pairs[row] for row in _hits_otherwise(workspace, kinds, [pair[0] for pair in pairs], others)
    }


def blocked_contacts(*, workspace: Workspace, contacts: Sequence[Contact]) -> set[int]:
    """The ids of those owned contacts that were suppressed since: they stay owned and are not delivered."""
    kinds = _kinds(workspace)
    if not kinds:
        return set()
    found = {
        contacts[row].pk
        for kind, name in _COLUMNS
        if kind in kinds and name != "email"
        for row in _hits(workspace, kind, [getattr(contact, name) for contact in contacts])
    }
    ids_ = [contact.profile_id for contact in contacts]
    otherwise = _hits_otherwise(workspace, kinds, ids_, [None] * len(contacts))
    return found | {contacts[row].pk for row in otherwise}


_COLUMNS: tuple[tuple[str, str], ...] = (
    (Kind.PROFILE, "profile_id"),
    (Kind.PROFILE_URL, "profile_url"),
    (Kind.EMAIL, "email"),
    (Kind.DOMAIN, "company_domain"),
    (Kind.DOMAIN, "email"),
)


def _hits_otherwise(
    workspace: Workspace, kinds: set[str], profile_ids: Sequence[int], others: Sequence[Sequence[str] | None]
) -> set[int]:
    """The places of those whom the list names by an id, a page or an address that they had before or have as well."""
    named: dict[str, list[tuple[int, object]]] = {}
    for row, numbers in enumerate(families.all_ids(profile_ids)):
        if len(numbers) > 1:
            named.setdefault(Kind.PROFILE, []).extend((row, number) for number in numbers)
    for row, keys in enumerate(others):
        for key in keys or ():
            kind, _, value = key.partition(":")
            named.setdefault(Kind.EMAIL if kind == "email" else Kind.PROFILE_URL, []).append((row, value))
    named[Kind.DOMAIN] = named.get(Kind.EMAIL, [])
    return {
        found[place][0]
        for kind, found in named.items()
        if kind in kinds and found
        for place in _hits(workspace, kind, [value for _, value in found])
    }


def _hits(workspace: Workspace, kind: str, values: Sequence[object]) -> Iterable[int]:
    """The places in `values` of those that are on the workspace's list."""
    hashes: dict[object, list[str]] = {}
    for value in dict.fromkeys(values):
        hashes[value] = [
            spellings.hashed(workspace_id=workspace.pk, kind=kind, value=spelling)
            for spelling in _spelled(kind, value)
        ]
    listed = _listed(workspace, kind, [one for some in hashes.values() for one in some])
    if not listed:
        return []
    return [row for row, value in enumerate(values) if not listed.isdisjoint(hashes[value])]


def _spelled(kind: str, value: object) -> set[str]:
    """How the list may spell it: a line that was written before "+news" meant nothing says what it said then."""
    if value is None:
        return set()
    found = {_SPELLINGS[kind](str(value))}
    if kind == Kind.EMAIL:
        found.add(spellings.address(str(value)))
    return {spelling for spelling in found if spelling is not None}


def _listed(workspace: Workspace, kind: str, hashes: list[str]) -> set[str]:
    rows = Suppression.objects.filter(workspace=workspace, kind=kind).values_list("value_hash", flat=True)
    some = list(rows[: READ_WHOLE_MAX + 1])
    if len(some) <= READ_WHOLE_MAX:
        return set(some)
    steps = range(0, len(hashes), _ASK_AT_ONCE)
    return {found for at in steps for found in rows.filter(value_hash__in=hashes[at : at + _ASK_AT_ONCE])}


def _kinds(workspace: Workspace) -> set[str]:
    """Which kinds the workspace has any of; usually none, and then nothing more is asked."""
    if not any_(workspace=workspace):
        return set()
    rows = Suppression.objects.filter(workspace=workspace)
    return {kind for kind in Kind.values if rows.filter(kind=kind).exists()}


def _profile(text: str) -> str | None:
    """A profile's public id (`pro_12`) or its number alone."""
    number = text.strip().casefold().removeprefix("pro_")
    return (
        str(int(number)) if number.isascii() and number.isdigit() and int(number) <= ids.INT64_MAX else None
    )


_SPELLINGS: dict[str, Callable[[str], str | None]] = {
    Kind.PROFILE: _profile,
    Kind.PROFILE_URL: spellings.profile_url,
    Kind.EMAIL: spellings.email,
    Kind.DOMAIN: spellings.domain,
}
_WHAT = {
    Kind.PROFILE: "a person's id such as pro_12",
    Kind.PROFILE_URL: "the address of a profile page such as linkedin.com/in/jane",
    Kind.EMAIL: "an email address such as jane@example.com",
    Kind.DOMAIN: "a domain such as example.com",
}


def _spelling(kind: str, value: str) -> str:
    if kind not in Kind.values:
        raise UnknownKind(kind=kind[:40])
    spelling = _SPELLINGS[kind](value) if len(value) <= spellings.TEXT_MAX else None
    if spelling is None or "\0" in spelling:
        raise BadValue(value=value[:80], what=_WHAT[Kind(kind)])
    return spelling


def _label(kind: str, spelling: str) -> str:
    """What people recognise the row by; of personal values only a first letter is kept."""
    if kind == Kind.PROFILE:
        return f"pro_{spelling}"
    if kind == Kind.DOMAIN:
        return spelling[:160]
    cut = spelling.rindex("@" if kind == Kind.EMAIL else "/")
    shown = f"{spelling[0]}…{spelling[cut:]}" if kind == Kind.EMAIL else f"{spelling[: cut + 2]}…"
    return shown[:160]


def _audit(action: str, workspace: Workspace, row: Suppression, actor: Actor, now: datetime) -> None:
    audit.write(
        workspace=workspace,
        actor=actor,
        action=action,
        target=ids.public("sup", row.pk),
        now=now,
        detail={"kind": row.kind, "label": row.label, "reason": row.reason},
    )
