"""Gives each company that a source tells its id: by the source's own key, by its domain, else by its name."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import records
from rollcall.universe.columns import at, flat, with_columns
from rollcall.universe.identity.companies import aliases, claims, comparing, lookalikes, misspelling, telling
from rollcall.universe.identity.companies.claims import Claims
from rollcall.universe.identity.companies.groups import Groups, Node
from rollcall.universe.identity.companies.known import keys as known_keys
from rollcall.universe.identity.companies.lookalikes import Party
from rollcall.universe.identity.companies.names import Name
from rollcall.universe.identity.companies.reader import Reader
from rollcall.universe.identity.companies.told import Told
from rollcall.universe.matching import Keys
from rollcall.universe.sources.source import NAME_KEY

NEW, KEPT = "nobody like it was known", "its source calls it so"


@dataclass(frozen=True)
class Identified:
    """For each row told its `ids`, root `domain` and `host`; all names known now; which ids are others now, and why."""

    ids: Any
    domain: Any
    host: Any
    aliases: pa.Table
    merged: dict[int, tuple[int, str]]


def identify(
    *, told: pa.Table, keys: Keys, source: str, companies: pa.Table, known_as: pa.Table
) -> Identified:
    """Who each row is. `keys` learns the new names and follows what changed hands or was merged.

    Args:
        told: rows of COMPANIES.
        companies: the companies known before, and `known_as` their names.
    """
    if not known_as.num_rows and companies.num_rows:
        known_as = aliases.of_companies(companies)
    table = telling.with_addresses(told, keys, source)
    rows = telling.read(table.filter(telling.looked_at(table, known_as, source)))
    reader = Reader(keys=telling.company_keys(keys), companies=companies, known_as=known_as)
    groups = Groups()
    _join_doubles(rows, groups)
    settled = claims.settle(rows=rows, known=reader.known(rows), groups=groups)
    _join_merged(rows, source, reader, groups)
    _join_lookalikes(rows, groups, reader, keyed=_keyed(table))
    ids, merged = _numbered(rows, groups, keys), groups.merged()
    _remember(rows, ids, settled, merged, groups, keys, source)
    every = pc.coalesce(_column(ids, table.num_rows, pa.int64()), _renamed(table["known_id"], merged))
    new = aliases.rows_of(told=[(row, ids[row.number], _because(row, groups)) for row in rows], source=source)
    known_as = aliases.with_new(
        with_columns(known_as, company_id=_renamed(known_as["company_id"], merged)), new
    )
    refused = pa.array([number in settled.refused for number in range(table.num_rows)], pa.bool_())
    return Identified(
        ids=flat(every),
        domain=telling.unless(refused, table["root"]),
        host=telling.unless(refused, table["host"]),
        aliases=known_as,
        merged=merged,
    )


def follow(table: pa.Table, column: str, merged: Mapping[int, tuple[int, str]]) -> pa.Table:
    """The table with companies that are others now under their new id."""
    return with_columns(table, **{column: _renamed(table[column], merged)}) if merged else table


def _join_doubles(rows: list[Told], groups: Groups) -> None:
    """A source may name one company in two lines."""
    first: dict[str, Told] = {}
    for row in rows:
        other = first.setdefault(row.key, row)
        if other is not row:
            groups.join(other.node, row.node, "its source calls both so")


def _join_merged(rows: list[Told], source: str, reader: Reader, groups: Groups) -> None:
    """Those that the source says were taken over; who survives is who took over."""
    by_key = {row.key: row.node for row in rows}
    for row in rows:
        if row.merged_into and row.merged_into != row.key:
            into = by_key.get(row.merged_into)
            survivor = into if into is not None else reader.by_source_key(f"{source}:{row.merged_into}")
            if survivor is not None:
                groups.join_into(
                    row.node, survivor, f"{source} says that it was merged into {row.merged_into}"
                )


def _keyed(table: pa.Table) -> set[int]:
    """The companies that the source has a key of its own for, and tells of in this load."""
    key = table["company_id"]
    by_name = pc.starts_with(key, NAME_KEY)
    own = pc.invert(pc.or_(by_name, pc.fill_null(pc.equal(key, table["root"]), False)))
    return set(table["known_id"].filter(own).drop_null().to_pylist())


def _join_lookalikes(rows: list[Told], groups: Groups, reader: Reader, *, keyed: set[int]) -> None:
    """Those that no key leads to a company, by their names. `keyed`: companies that the source itself tells apart."""
    members: dict[Node, list[Told]] = defaultdict(list)
    for row in rows:
        members[groups.root(row.node)].append(row)
    new = {node: mine for node, mine in members.items() if not isinstance(node, int)}
    records_ = [_party(node, mine) for node, mine in new.items()]
    records_ = [record for record in records_ if record.names]
    if not records_:
        return
    # A company of this load that has a domain, for those of this load that have none.
    here = [record for record in records_ if record.has_domain]
    found = lookalikes.find(
        records=records_, companies=[*_called(records_, known_keys, reader, keyed), *here]
    )
    strangers = [record for record in records_ if not record.has_domain and record.node not in found]
    if strangers:
        near = _called(strangers, misspelling.keys, reader, keyed)
        found |= lookalikes.find(records=strangers, companies=near, are_misspelled=True)
    for node, match in sorted(found.items()):
        groups.join(node, match.company, match.why)
    rest = [record for record in records_ if not record.has_domain and record.node not in found]
    for nodes, why in lookalikes.alike(records=rest):
        for node in nodes[1:]:
            groups.join(nodes[0], node, why)


def _called(
    records_: Iterable[Party], keys_of: Callable[[Name], list[str]], reader: Reader, keyed: set[int]
) -> list[Party]:
    """The known companies that go by the keys of these names."""
    known = reader.like(key for record in records_ for name in record.names for key in keys_of(name))
    return [
        Party(
            node=number,
            names=known.readings(number),
            facts=facts,
            domain=known.domains.get(number),
            is_keyed=number in keyed,
        )
        for number, facts in known.facts.items()
    ]


def _party(node: Node, mine: list[Told]) -> Party:
    # Not in the order of the rows, which must not matter.
    mine = sorted(mine, key=lambda row: row.key)
    facts = {
        name: next((row.facts[name] for row in mine if row.facts[name]), None) for name in comparing.FACTS
    }
    readings = list(dict.fromkeys(name for row in mine for name in row.readings()))
    listed = next((name.ticker for name in readings if name.ticker), None)
    return Party(
        node=node,
        names=readings,
        facts=facts | {"ticker": facts["ticker"] or listed},
        domain=next((row.root for row in mine if row.root), None),
        is_keyed=any(row.is_keyed for row in mine),
    )


def _numbered(rows: list[Told], groups: Groups, keys: Keys) -> dict[int, int]:
    """The id of each row: its group's, or a new one, in the order of the rows."""
    survivors, found = groups.survivors(), {}
    for row in rows:
        root = groups.root(row.node)
        if root not in survivors:
            if isinstance(root, int):
                survivors[root] = root
            else:
                survivors[root] = keys.next_ids["company"]
                keys.next_ids["company"] += 1
        found[row.number] = survivors[root]
    return found


def _remember(
    rows: list[Told],
    ids: Mapping[int, int],
    settled: Claims,
    merged: Mapping[int, tuple[int, str]],
    groups: Groups,
    keys: Keys,
    source: str,
) -> None:
    """Write into `keys` what was learned: who was merged, who has which domain, what the source calls whom."""
    company = pc.equal(keys.table["kind"], "company")
    names = {f"{source}:{row.key}": ids[row.number] for row in rows}
    survivors = groups.survivors()
    by_node = {groups.root(row.node): ids[row.number] for row in rows}
    for domain, node in settled.owners.items():
        root = groups.root(node)
        names[f"domain:{domain}"] = survivors.get(root) or by_node[root]
    renamed = pc.if_else(company, _renamed(keys.table["id"], merged), keys.table["id"])
    listed = sorted(names)
    numbers, texts = pa.array([names[name] for name in listed], pa.int64()), pa.array(listed, pa.string())
    changed = pc.if_else(company, at(numbers, keys.table["key"], texts), pa.scalar(None, pa.int64()))
    keys.table = with_columns(keys.table, id=pc.coalesce(changed, renamed))
    # In the order of the rows, the source's name before the domains.
    every = pa.array(list(names), pa.string())
    fresh = every.filter(
        pc.invert(pc.is_in(every, value_set=flat(telling.company_keys(keys)["key"])))
    ).to_pylist()
    added = {
        "kind": pa.array(["company"] * len(fresh), pa.string()),
        "key": pa.array(fresh, pa.string()),
        "id": pa.array([names[name] for name in fresh], pa.int64()),
    }
    keys.table = pa.concat_tables([keys.table, pa.table(added, schema=records.KEY)])


def _because(row: Told, groups: Groups) -> str:
    if row.known_id is not None:
        return KEPT
    return groups.why.get(row.node, NEW)


def _column(values: Mapping[int, Any], length: int, kind: pa.DataType) -> Any:
    return pa.array([values.get(number) for number in range(length)], kind)


def _renamed(column: Any, merged: Mapping[int, tuple[int, str]]) -> Any:
    if not merged:
        return flat(column)
    former = pa.array(list(merged), pa.int64())
    now = pa.array([survivor for survivor, _ in merged.values()], pa.int64())
    return flat(pc.coalesce(at(now, column, former), column))
