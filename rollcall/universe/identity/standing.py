"""Which id a person goes by, from load to load: never changed, never given to somebody else.

Pure functions over small things: only people about whom a load learned something new come here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# The surest first. What an operator said stands above what anybody's key says.
BY_HAND, BY_KEY, BY_LIKENESS = 0, 1, 2


@dataclass(frozen=True)
class Link:
    """A reason why two records are one person; among reasons of one rank the strongest counts first."""

    left: str
    right: str
    rank: int
    why: str
    strength: float = 1.0


@dataclass(frozen=True)
class Record:
    """What one source calls one person, and the id that this was known by until now. `age` 0 is the oldest."""

    name: str
    known_id: int | None = None
    age: int = 0


@dataclass
class Settled:
    """The id of each record; `merged` and `split` say from which id to which, and why."""

    ids: dict[str, int] = field(default_factory=dict)
    merged: dict[int, tuple[int, str]] = field(default_factory=dict)
    split: list[tuple[int, int, str]] = field(default_factory=list)
    next_id: int = 1


def partition(
    *, records: Iterable[str], links: Iterable[Link], apart: Iterable[tuple[str, str]] = ()
) -> dict[str, str]:
    """For each record the name of its group: its smallest record.

    Links are followed in the order of their strength, then of their names, so that the order in which they were told
    does not matter; one that would bring together two who are known to be different is left out.
    """
    root = {name: name for name in records}
    strangers: dict[str, set[str]] = {}
    for left, right in apart:
        if left in root and right in root and left != right:
            strangers.setdefault(left, set()).add(right)
            strangers.setdefault(right, set()).add(left)
    members = {name: [name] for name in root}
    for link in sorted(links, key=_order):
        if link.left not in root or link.right not in root:
            continue
        one, other = sorted((root[link.left], root[link.right]))
        if one == other or _are_strangers(members[one], members[other], strangers):
            continue
        for name in members[other]:
            root[name] = one
        members[one] += members.pop(other)
    return root


def settle(
    *,
    records: Sequence[Record],
    groups: Mapping[str, str],
    whys: Mapping[int, str] | None = None,
    next_id: int,
) -> Settled:
    """Give each group its id.

    An id stays with the group that holds its oldest record. A group that holds several goes by the smallest, and the
    others lead to it from now on; one that holds none is new, or was split off from the id its records had.

    Args:
        groups: of each record, as `partition` gives them.
        whys: for an id that may end, why; the reason for a split or a merger that is not in it is a plain one.
    """
    found, reasons = Settled(next_id=next_id), whys or {}
    oldest_first = sorted(records, key=lambda record: (record.age, record.name))
    holders: dict[int, str] = {}
    for record in oldest_first:
        if record.known_id is not None:
            holders.setdefault(record.known_id, groups[record.name])
    chosen: dict[str, int] = {}
    for known_id, group in sorted(holders.items()):
        survivor = chosen.setdefault(group, known_id)
        if survivor != known_id:
            found.merged[known_id] = (survivor, reasons.get(known_id, "The same person under another id"))
    splits = set()
    for record in oldest_first:
        group = groups[record.name]
        if group not in chosen:
            chosen[group], found.next_id = found.next_id, found.next_id + 1
        found.ids[record.name] = chosen[group]
        if record.known_id is not None and holders[record.known_id] != group:
            splits.add((record.known_id, chosen[group]))
    found.split = [
        (former, new, reasons.get(former, "Two people under one id")) for former, new in sorted(splits)
    ]
    return found


def _order(link: Link) -> tuple[int, float, str, str, str]:
    left, right = sorted((link.left, link.right))
    return (link.rank, -link.strength, left, right, link.why)


def _are_strangers(one: list[str], other: list[str], strangers: Mapping[str, set[str]]) -> bool:
    if not strangers:
        return False
    few, many = sorted((one, other), key=len)
    across = set(many)
    return any(not across.isdisjoint(strangers.get(name, ())) for name in few)
