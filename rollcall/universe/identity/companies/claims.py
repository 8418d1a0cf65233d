"""Who has which domain: one root domain is one company, unless it changed hands before our eyes.

A domain is taken from the company that had it only if that company is described elsewhere in the same load, or had left
it before and has no name in common with whoever is there now. In doubt nobody is merged and nothing is moved.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from rollcall.universe.identity.companies import comparing, names
from rollcall.universe.identity.companies.groups import Groups, Node
from rollcall.universe.identity.companies.known import Known
from rollcall.universe.identity.companies.names import Name
from rollcall.universe.identity.companies.told import Told


@dataclass
class Claims:
    """`owners`: the company of each domain that is new or changed hands; `refused`: rows whose domain is not theirs."""

    owners: dict[str, Node] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)


def settle(*, rows: Sequence[Told], known: Known, groups: Groups) -> Claims:
    """Join those that share a domain, and those that a source says are one."""
    claims = Claims()
    by_root: dict[str, list[Told]] = defaultdict(list)
    for row in rows:
        if row.root:
            by_root[row.root].append(row)
    described = _described(rows)
    for root in sorted(by_root):
        _settle_one(root, by_root[root], described, known, groups, claims)
    left: dict[str, list[Told]] = defaultdict(list)
    for row in rows:
        if row.former_domain and row.former_domain != row.root and row.former_domain not in by_root:
            left[row.former_domain].append(row)
    for former in sorted(left):
        _join_former(former, left[former], described, known, groups, claims)
    _join_aliases(rows, by_root, described, known, groups, claims)
    return claims


def _described(rows: Sequence[Told]) -> dict[int, list[Told]]:
    """The known companies that this load speaks of, by their source's own key."""
    found: dict[int, list[Told]] = defaultdict(list)
    for row in rows:
        if row.known_id is not None:
            found[row.known_id].append(row)
    return found


def _settle_one(
    root: str,
    claimants: list[Told],
    described: dict[int, list[Told]],
    known: Known,
    groups: Groups,
    claims: Claims,
) -> None:
    why = f"its root domain is {root}"
    holder = known.holders.get(root)
    owners = claimants
    if holder is not None:
        here = [row for row in described.get(holder, []) if row.root]
        if here and all(row.root != root for row in here):
            theirs = [name for row in here for name in row.readings()]
            owners = [row for row in claimants if not _is_still(row, theirs)]
        elif known.domains.get(holder) == root or here:
            _join_holder(root, claimants, holder, bool(here), known, groups, claims)
            return
        else:
            # The company had left this domain before; a record that was not told of it still means that company.
            owners = [row for row in claimants if not _shares_a_name(row, holder, known)]
        for row in claimants:
            if row not in owners:
                groups.join(row.node, holder, f"{root} was its domain, and the name is the same")
    for row in owners[1:]:
        groups.join(owners[0].node, row.node, why)
    if owners:
        claims.owners[root] = owners[0].node


def _join_holder(
    root: str, claimants: list[Told], holder: int, is_here: bool, known: Known, groups: Groups, claims: Claims
) -> None:
    """The domain's company is there: who is new there is it; who was another one until now must look like it too."""
    for row in claimants:
        if row.known_id in (None, holder) or is_here or _shares_a_name(row, holder, known):
            groups.join(row.node, holder, f"its root domain is {root}")
        else:
            claims.refused[row.number] = f"{root} is the domain of another company, of another name"


def _is_still(row: Told, theirs: list[Name]) -> bool:
    """A record at a domain that its company has left, of the name that the company is told with in this load."""
    mine = row.readings()
    return row.known_id is None and any(one.exact & other.exact for one in mine for other in theirs)


def _shares_a_name(row: Told, company_id: int, known: Known) -> bool:
    """Whether the row has a name in common with the company; one without any name has nothing against it."""
    mine, theirs = row.readings(), known.readings(company_id)
    if row.known_id is not None:
        mine = mine + known.readings(row.known_id)
    return not mine or not theirs or any(names.overlap(one, other) for one in mine for other in theirs)


def _join_former(
    former: str,
    leavers: list[Told],
    described: dict[int, list[Told]],
    known: Known,
    groups: Groups,
    claims: Claims,
) -> None:
    """A rebrand as the source tells it. Who is described beside it in this very load is somebody else."""
    holder = known.holders.get(former)
    if len({groups.root(row.node) for row in leavers}) > 1:
        return
    if holder is None:
        claims.owners.setdefault(former, leavers[0].node)
    elif holder not in described and all(_is_possible(row, holder, known) for row in leavers):
        groups.join(leavers[0].node, holder, f"its domain was {former} before")


def _join_aliases(
    rows: Sequence[Told],
    by_root: dict[str, list[Told]],
    described: dict[int, list[Told]],
    known: Known,
    groups: Groups,
    claims: Claims,
) -> None:
    """Other domains of a company: nobody else's, and if somebody else's until now, of one of a like name."""
    told: dict[str, list[Told]] = defaultdict(list)
    for row in rows:
        for domain in row.alias_domains():
            if domain not in by_root:
                told[domain].append(row)
    for domain, claimants in sorted(told.items()):
        if len({groups.root(row.node) for row in claimants}) > 1:
            continue
        holder = known.holders.get(domain)
        if holder is None:
            claims.owners.setdefault(domain, claimants[0].node)
        elif holder not in described and all(_is_like(row, domain, holder, known) for row in claimants):
            groups.join(claimants[0].node, holder, f"{domain} is another domain of the same company")


def _is_possible(row: Told, company_id: int, known: Known) -> bool:
    return comparing.compare(row.facts, known.facts.get(company_id, row.facts)).points >= 0


def _is_like(row: Told, domain: str, company_id: int, known: Known) -> bool:
    return _shares_a_name(row, company_id, known) or _same_label(domain, row.root)


def _same_label(one: str, other: str | None) -> bool:
    return other is not None and one.partition(".")[0] == other.partition(".")[0]
