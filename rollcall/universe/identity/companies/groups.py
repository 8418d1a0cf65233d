"""Which rows and known companies are one: grows by reasons, and says who survives."""

from collections import defaultdict
from collections.abc import Hashable, Iterable

# A known company is its id; a row that no company is known for yet is ("row", its number).
Node = int | tuple[str, int]


class Groups:
    """Sets of nodes that were found to be one company."""

    def __init__(self) -> None:
        self._parent: dict[Node, Node] = {}
        self._targets: dict[Node, Node] = {}
        self.why: dict[Node, str] = {}

    def root(self, node: Node) -> Node:
        """The node that stands for the group."""
        path = []
        while (parent := self._parent.get(node, node)) != node:
            path.append(node)
            node = parent
        for passed in path:
            self._parent[passed] = node
        return node

    def join(self, one: Node, other: Node, why: str) -> None:
        """The two are one company; of two known ones the older gives the group its id."""
        roots = sorted((self.root(one), self.root(other)), key=_age)
        if roots[0] != roots[1]:
            self._parent[roots[1]] = roots[0]
            self.why.setdefault(roots[1], why)
        for node in (one, other):
            if not isinstance(node, int):
                self.why.setdefault(node, why)

    def join_into(self, one: Node, survivor: Node, why: str) -> None:
        """The same, but a source said which of the two goes on."""
        self.join(one, survivor, why)
        self._targets[one] = survivor

    def survivors(self) -> dict[Node, int]:
        """For each group of which a company is known, the id that it goes by."""
        members: dict[Node, list[int]] = defaultdict(list)
        for node in {*self._parent, *self._parent.values(), *self._targets, *self._targets.values()}:
            if isinstance(node, int):
                members[self.root(node)].append(node)
        return {root: self._survivor(ids) for root, ids in members.items()}

    def merged(self) -> dict[int, tuple[int, str]]:
        """Which known companies are others now, and why."""
        survivors = self.survivors()
        return {
            node: (survivors[self.root(node)], self.why.get(node) or self._why_of(node))
            for node in sorted(node for node in self._nodes() if isinstance(node, int))
            if survivors[self.root(node)] != node
        }

    def _nodes(self) -> set[Node]:
        return {*self._parent, *self._parent.values()}

    def _survivor(self, ids: Iterable[int]) -> int:
        """Whom the others were merged into; else the oldest."""
        among = set(ids)
        named = {target for target in self._targets.values() if target in among}
        final = {target for target in named if self._targets.get(target) not in among}
        return min(node for node in (final or among) if isinstance(node, int))

    def _why_of(self, node: Node) -> str:
        """The group's oldest gave way to one that a source named: its reason is the other's."""
        root = self.root(node)
        return next((self.why[other] for other in sorted(self.why, key=_age) if self.root(other) == root), "")


def _age(node: Hashable) -> tuple[int, int]:
    return (0, node) if isinstance(node, int) else (1, node[1])  # type: ignore[index]
