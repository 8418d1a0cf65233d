"""Puts records under one person by their strong keys, unless something contradicts it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from rollcall.universe.columns import flat
from rollcall.universe.identity.people import clustering, keys, persons, portraits
from rollcall.universe.identity.people.clustering import Edge

# A mailbox or page that more sources' people claim than this is nobody's own.
CLAIMED_MAX = 12
_SURENESS = {"page": 80.0, "mail": 60.0}
_NAMED = {"page": "the same profile address", "mail": "the same e-mail address"}


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Two people with one key: by their numbers, what the key is, and why they were kept apart ("" when joined)."""

    left: int
    right: int
    kind: str
    apart: str


@dataclass(frozen=True, slots=True)
class People:
    """`person` is, for each row, the smallest row of its person."""

    person: Any
    pairs: tuple[KeyPair, ...]


def by_keys(*, told: pa.Table, apart: frozenset[tuple[int, int]]) -> People:
    """Rows of one known id or one source's id are one person without question; those that share a page or mailbox
    are one unless it is contradicted: a family can share a mailbox."""
    person = _given(told)
    edges, kinds = _edges(told, person)
    if not edges:
        return People(person, ())
    wanted = np.unique(np.array([(edge.left, edge.right) for edge in edges]))
    portrait = portraits.of(told=told, person=person, wanted=wanted)
    joined = clustering.join(edges, contradiction=persons.checker(portrait, apart), rivals=False)
    pairs = tuple(
        KeyPair(edge.left, edge.right, kinds[edge.number], joined.refused.get(edge.number, ""))
        for edge in edges
    )
    return People(renamed(person, joined.cluster), pairs)


def because(kind: str) -> str:
    return _NAMED[kind]


def _given(told: pa.Table) -> Any:
    """The smallest row with the same source's id; then of the same known id."""
    own = keys.source_keys(source=told["source"], source_key=told["source_key"])
    person = _smallest(own)
    known = flat(told["known_id"])
    rows = np.flatnonzero(known.is_valid().to_numpy(zero_copy_only=False))
    if len(rows):
        ids = known.take(pa.array(rows)).to_numpy()
        links: dict[int, set[int]] = {}
        for number, row in zip(ids.tolist(), person[rows].tolist(), strict=True):
            links.setdefault(number, set()).add(row)
        several = [sorted(found) for found in links.values() if len(found) > 1]
        if several:
            edges = [Edge(group[0], row, 1.0, 0) for group in several for row in group[1:]]
            joined = clustering.join(edges, contradiction=lambda one, other: None, rivals=False)
            person = renamed(person, joined.cluster)
    return person


def _smallest(column: Any) -> Any:
    """For each row the first row with the same value; itself where there is none."""
    rows = np.arange(len(column))
    coded = flat(column).dictionary_encode().indices
    told = coded.is_valid().to_numpy(zero_copy_only=False)
    codes = coded.fill_null(0).to_numpy(zero_copy_only=False)
    if not told.any():
        return rows
    first = np.full(int(codes.max()) + 1, len(rows), np.int64)
    np.minimum.at(first, codes[told], rows[told])
    return np.where(told, first[codes], rows)


def _edges(told: pa.Table, person: Any) -> tuple[list[Edge], list[str]]:
    edges: list[Edge] = []
    kinds: list[str] = []
    for kind, weight in _SURENESS.items():
        coded = flat(told[kind]).dictionary_encode().indices
        rows = np.flatnonzero(coded.is_valid().to_numpy(zero_copy_only=False))
        codes = coded.take(pa.array(rows)).to_numpy()
        # One row for each person and key, by key; then the groups of more than one person.
        both = np.unique(np.stack([codes.astype(np.int64), person[rows]], axis=1), axis=0)
        starts = np.flatnonzero(np.r_[True, both[1:, 0] != both[:-1, 0]]) if len(both) else np.array([], int)
        sizes = np.diff(np.r_[starts, len(both)])
        for start, size in zip(starts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
            group = both[start : start + size, 1].tolist()
            for left, right in _all_pairs(group) if size <= CLAIMED_MAX else ():
                edges.append(Edge(left, right, weight, len(edges)))
                kinds.append(kind)
    return edges, kinds


def _all_pairs(group: list[int]) -> list[tuple[int, int]]:
    return [(one, other) for i, one in enumerate(group) for other in group[i + 1 :]]


def renamed(person: Any, cluster: dict[int, int]) -> Any:
    """The person of each row after these clusters were joined."""
    names = np.arange(int(person.max()) + 1 if len(person) else 0)
    names[list(cluster)] = list(cluster.values())
    return names[person]
