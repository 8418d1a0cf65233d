"""Finds the company of a record without a domain by its name, if nothing speaks against it and nobody else fits."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rollcall.universe.identity.companies import comparing, known, misspelling, names
from rollcall.universe.identity.companies.comparing import Facts
from rollcall.universe.identity.companies.groups import Node
from rollcall.universe.identity.companies.names import Name

# Of a key that so many companies share nobody can tell which is meant.
_SHARED_MAX = 200
_ALIKE_MAX = 40


@dataclass(frozen=True)
class Party:
    """Who is compared: a record or a company, with its names (the present one first)."""

    node: Node
    names: Sequence[Name]
    facts: Facts
    domain: str | None
    # Described in this load under a key that its source made up for it.
    is_keyed: bool

    @property
    def has_domain(self) -> bool:
        return self.domain is not None


@dataclass(frozen=True)
class Match:
    """A record is that company, because…"""

    company: Node
    points: int
    why: str


def find(
    *, records: Sequence[Party], companies: Iterable[Party], are_misspelled: bool = False
) -> dict[Node, Match]:
    """For each record the one company that it is. Records that look like one company must look like each other.

    `are_misspelled`: only names that are one slip apart are looked for.
    """
    parties = {party.node: party for party in companies}
    way = _NEARLY if are_misspelled else _ALIKE
    called = ((party.node, name) for party in parties.values() for name in party.names)
    index = known.by_key(called, keys_of=way.keys_of)
    best = {record.node: _best(record, way, index, parties) for record in records}
    found = {node: match for node, match in best.items() if match is not None}
    rivals: dict[Node, list[Party]] = defaultdict(list)
    for record in records:
        if record.node in found:
            rivals[found[record.node].company].append(record)
    for company, several in rivals.items():
        if len(several) > 1 and not _are_alike(several):
            for record in _without_best(several, found):
                del found[record.node]
        if not parties[company].has_domain and sum(record.has_domain for record in several) > 1:
            # Two domains are two companies: which of them this one is, nobody can tell.
            for record in several:
                found.pop(record.node, None)
    return found


def alike(*, records: Sequence[Party]) -> list[tuple[list[Node], str]]:
    """Records of one load that are one company, and why: one spelling, and one ticker or no key but the name."""
    index: dict[str, list[Party]] = defaultdict(list)
    for record in records:
        for key in sorted({f"={exact}" for name in record.names[:1] for exact in name.exact}):
            index[key].append(record)
    groups = []
    for several in index.values():
        for some in _by_ticker(several):
            if len(some) > 1 and _are_alike(some, listed=True):
                groups.append(([party.node for party in some], "its name and ticker are the same"))
        called = [record for record in several if not record.is_keyed]
        if len(called) > 1 and _are_alike(called, named=True):
            groups.append(([party.node for party in called], "its name is the same"))
    return groups


def _by_ticker(several: Sequence[Party]) -> list[list[Party]]:
    """Those of one name that are listed, by country and ticker."""
    found: dict[tuple[str, ...], list[Party]] = defaultdict(list)
    for party in several:
        if party.facts["ticker"]:
            found[tuple(str(party.facts[name] or "").casefold() for name in ("country", "ticker"))].append(
                party
            )
    return list(found.values())


def _best(
    record: Party, way: "_Way", index: Mapping[str, set[Any]], parties: Mapping[Node, Party]
) -> Match | None:
    """The company with the most in its favour; None if another has as much."""
    rated: dict[Node, Match] = {}
    for name in record.names:
        for key in way.keys_of(name):
            among = index.get(key, ())
            if len(among) > _SHARED_MAX:
                if way.is_edge:
                    continue
                return None
            for node in among:
                match = way.match(record, parties[node], name, key)
                if match is not None and (node not in rated or rated[node].points < match.points):
                    rated[node] = match
    if not rated:
        return None
    most = max(match.points for match in rated.values())
    first = [match for match in rated.values() if match.points == most]
    # Whoever fits only by the name is chosen if nobody else of the name is in sight.
    if len(first) > 1 or most < 0:
        return None
    return first[0]


def _match(record: Party, company: Party, name: Name, key: str) -> Match | None:
    """What is left of the evidence after what a name like this needs; None where it cannot be."""
    theirs = next((other for other in company.names if key in known.keys(other)), None)
    evidence = _evidence(record, company, name, theirs) if theirs else None
    if theirs is None or evidence is None:
        return None
    is_exact = key.startswith("=")
    if not is_exact and names.are_held_otherwise(name, theirs) and not evidence.same_ticker:
        return None
    points = evidence.points - comparing.needed(name, is_reordered=not is_exact and not _is_long(name, key))
    said = ["its name is the same" if is_exact else "its name has the same words"]
    said[0] += f" ({theirs.words})"
    if _has_its_name(company, name):
        points += 1
        said.append(f"and so is its domain ({company.domain})")
    return Match(company=company.node, points=points, why=", ".join([*said, *evidence.told]))


def _has_its_name(company: Party, name: Name) -> bool:
    """Whether the name, no common word, is a domain of the whole world, and theirs; a country's is for that country."""
    label, _, suffix = (company.domain or "").partition(".")
    return name.weight > 0 and suffix == "com" and names.is_exactly(name, label)


def _nearly(record: Party, company: Party, name: Name, key: str) -> Match | None:
    """The same for names one slip apart: two points, whatever the name."""
    theirs = next((other for other in company.names if misspelling.is_slip(name, other)), None)
    evidence = _evidence(record, company, name, theirs) if theirs else None
    if theirs is None or evidence is None:
        return None
    why = ", ".join([f"its name is one slip from {theirs.words}", *evidence.told])
    return Match(company=company.node, points=evidence.points - comparing.SLIP_POINTS, why=why)


@dataclass(frozen=True)
class _Way:
    """How companies are looked for. `is_edge`: the keys are but parts of a name, of which many tell nothing."""

    keys_of: Callable[[Name], list[str]]
    match: Callable[[Party, Party, Name, str], Match | None]
    is_edge: bool


_ALIKE, _NEARLY = _Way(known.keys, _match, False), _Way(misspelling.keys, _nearly, True)


def _evidence(record: Party, company: Party, name: Name, theirs: Name) -> comparing.Evidence | None:
    """What agrees besides the name; None where they cannot be one company."""
    if company.node == record.node or (record.has_domain and company.has_domain):
        return None
    evidence = comparing.compare(record.facts, company.facts, names=(name, theirs))
    if evidence.points <= comparing.IMPOSSIBLE // 2:
        return None
    # A source that describes two companies means two, unless both are listed as one.
    are_two = company.is_keyed and record.is_keyed
    return None if are_two and not evidence.same_ticker else evidence


def _is_long(name: Name, key: str) -> bool:
    """Three words in another order are hardly another name; unless words were left out."""
    return key == f"~{name.words}" and len(name.words.split()) > 2


def _are_alike(several: Sequence[Party], *, listed: bool = False, named: bool = False) -> bool:
    """Whether nothing speaks against any two of them; `listed`: and all have one ticker; `named`: the name will do."""
    if len(several) > _ALIKE_MAX:
        return False
    for one, other in combinations(several, 2):
        called = (one.names[0], other.names[0]) if named else ()
        evidence = comparing.compare(one.facts, other.facts, names=called)
        least = max((comparing.needed(name, is_reordered=False) for name in called), default=0)
        if evidence.points < least or (listed and not evidence.same_ticker):
            return False
    return True


def _without_best(several: Sequence[Party], found: Mapping[Node, Match]) -> list[Party]:
    """All but the one that fits better than the others; all if none does."""
    ordered = sorted(several, key=lambda record: -found[record.node].points)
    is_clear = found[ordered[0].node].points > found[ordered[1].node].points
    return ordered[1:] if is_clear else ordered
