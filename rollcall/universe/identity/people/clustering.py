"""Joins what belongs together, the surest first, and never into one person with a contradiction in it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

# Of two partners that exclude each other, one must be surer than the other by this much to be taken.
MARGIN = 3.0
# Says why two groups of people cannot be one; None when nothing says so.
Check = Callable[[frozenset[int], frozenset[int]], str | None]
AMBIGUOUS = "another person fits about as well"


@dataclass(frozen=True, slots=True)
class Edge:
    """Two people taken for one, named by their smallest records; `weight` is how surely."""

    left: int
    right: int
    weight: float
    number: int


@dataclass(frozen=True, slots=True)
class Joined:
    """For each person its cluster (the smallest of them), and the edges that were not followed, with the reason."""

    cluster: dict[int, int]
    refused: dict[int, str]


def join(
    edges: Iterable[Edge],
    *,
    contradiction: Check,
    rivals: bool = True,
) -> Joined:
    """Follow the edges from the surest to the weakest; one that would bring a contradiction into a cluster is refused.

    So a cluster that would contain a contradiction falls apart at its weakest edge; with `rivals`, somebody who fits
    two people that exclude each other about equally well is joined with neither. The answer does not depend on
    the order of the edges: equal ones are followed by number.
    """
    ordered = sorted(edges, key=lambda edge: (-edge.weight, edge.left, edge.right))
    refused = _ambiguous(ordered, contradiction) if rivals else {}
    members: dict[int, frozenset[int]] = {}
    for edge in ordered:
        for person in (edge.left, edge.right):
            members.setdefault(person, frozenset((person,)))
    for edge in ordered:
        one, other = members[edge.left], members[edge.right]
        if edge.number in refused or one is other:
            continue
        reason = contradiction(one, other)
        if reason:
            refused[edge.number] = reason
            continue
        both = one | other
        for person in both:
            members[person] = both
    return Joined({person: min(group) for person, group in members.items()}, refused)


def _ambiguous(ordered: list[Edge], contradiction: Check) -> dict[int, str]:
    """Edges of somebody who fits two people that exclude each other about equally well: nobody can tell which."""
    around: dict[int, list[Edge]] = {}
    for edge in ordered:
        around.setdefault(edge.left, []).append(edge)
        around.setdefault(edge.right, []).append(edge)
    refused: dict[int, str] = {}
    for person, found in around.items():
        for one, other in _rivals(found):
            ends = [frozenset((e.right if e.left == person else e.left,)) for e in (one, other)]
            if contradiction(*ends):
                refused[one.number] = refused[other.number] = AMBIGUOUS
    return refused


_RIVALS_MAX = 12


def _rivals(found: list[Edge]) -> Iterable[tuple[Edge, Edge]]:
    first = found[:_RIVALS_MAX]
    return (
        (one, other)
        for i, one in enumerate(first)
        for other in first[i + 1 :]
        if abs(one.weight - other.weight) < MARGIN
    )
