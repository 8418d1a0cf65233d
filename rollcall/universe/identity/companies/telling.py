"""Rows of a source with what they say of where their company is; which of them a load has to look at."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import domains
from rollcall.universe.columns import at, flat, mapped, with_columns
from rollcall.universe.identity.companies import addresses, comparing, names
from rollcall.universe.identity.companies.told import Told
from rollcall.universe.matching import Keys, source_key

# So many records of unlike names at one domain: a page of a directory, or a mistake of the source.
CROWD = 4
_BETWEEN = "\x1f"


def with_addresses(told: pa.Table, keys: Keys, source: str) -> pa.Table:
    """The rows with `root` and `host` of their domain, `known_id` by the source's key, `holder` of the domain."""
    host = mapped(told["domain"], domains.host)
    root = mapped(host, domains.root_of)
    is_plain = pc.or_(pc.equal(host, root), pc.equal(host, pc.binary_join_element_wise("www", root, ".")))
    host = pc.if_else(is_plain, pa.scalar(None, pa.string()), host)
    shared = _shared_or_crowded(told, root, host)
    root, host = unless(shared, root), unless(shared, host)
    own = company_keys(keys)
    return with_columns(
        told,
        row=pa.array(range(told.num_rows), pa.int64()),
        root=root,
        host=host,
        known_id=flat(at(own["id"], source_key(source, told["company_id"]), own["key"])),
        holder=flat(at(own["id"], _domain_key(root), own["key"])),
    )


def _shared_or_crowded(told: pa.Table, root: Any, host: Any) -> Any:
    """Whether the address of a row says nothing about who it is."""
    found = [False] * told.num_rows
    roots, hosts, texts = root.to_pylist(), host.to_pylist(), told["name"].to_pylist()
    suspects = {one for one in set(roots) if one and addresses.is_shared(one, one)}
    holders: dict[str, set[str]] = defaultdict(set)
    counted = pc.value_counts(root)
    many = set(
        counted.field("values").filter(pc.greater_equal(counted.field("counts"), CROWD)).to_pylist()
    ) - {None}
    for row, (one, at_host, name) in enumerate(zip(roots, hosts, texts, strict=True)):
        if one in suspects or (at_host and addresses.is_shared(at_host, one)):
            found[row] = addresses.read(at_host or one, name=name) is None
        if one in many and name:
            holders[one].add(name)
    crowded = {one for one, called in holders.items() if len(called) >= CROWD and _is_crowd(one, called)}
    if crowded:
        found = [shared or one in crowded for shared, one in zip(found, roots, strict=True)]
    return pa.array(found, pa.bool_())


def _is_crowd(root: str, called: Iterable[str]) -> bool:
    """Whether most of them have nothing in common, neither with the domain nor with each other."""
    read = [name for text in sorted(called) if (name := names.read(text)) is not None]
    label = root.partition(".")[0]
    words: dict[str, int] = defaultdict(int)
    for name in read:
        for word in set(name.core.split()):
            words[word] += 1
    strangers = [
        name
        for name in read
        if not names.is_domain_of(name, label)
        and not any(words[word] > 1 or word in label for word in name.core.split())
    ]
    return len(strangers) >= CROWD and len(strangers) * 2 > len(read)


def looked_at(table: pa.Table, known_as: pa.Table, source: str) -> Any:
    """All rows but those that are where they were, are called as they were, and of which nothing else is told."""
    at_home = pc.or_(
        pc.is_null(table["root"]), pc.fill_null(pc.equal(table["holder"], table["known_id"]), False)
    )
    silent = pc.and_(pc.is_null(table["former_domain"]), pc.is_null(table["merged_into"]))
    silent = pc.and_(silent, pc.equal(pc.fill_null(pc.list_value_length(table["aliases"]), 0), 0))
    plain = pc.and_(pc.and_(pc.is_valid(table["known_id"]), at_home), silent)
    asked = table.filter(pc.invert(plain))
    # And those that the others may meet.
    meet = pc.is_in(table["known_id"], value_set=flat(asked["holder"].drop_null()))
    meet = pc.or_(meet, pc.is_in(table["root"], value_set=flat(asked["root"].drop_null())))
    named = pa.array(sorted(_other_domains(asked)), pa.string())
    meet = pc.or_(meet, pc.is_in(table["root"], value_set=named))
    meet = pc.or_(meet, pc.is_in(table["company_id"], value_set=flat(asked["merged_into"].drop_null())))
    called = pc.binary_join_element_wise(source_key(source, table["company_id"]), table["name"], _BETWEEN)
    before = pc.binary_join_element_wise(known_as["source_key"], known_as["name"], _BETWEEN)
    renamed = pc.and_(pc.is_valid(called), pc.invert(pc.is_in(called, value_set=flat(before))))
    return pc.or_(pc.or_(pc.invert(plain), meet), renamed)


def _other_domains(asked: pa.Table) -> set[str]:
    former = (domains.root_domain(text) for text in asked["former_domain"].drop_null().to_pylist())
    other = (
        addresses.is_domain(text)
        for texts in asked["aliases"].drop_null().to_pylist()
        for text in texts
        if text
    )
    return {domain for domain in (*former, *other) if domain}


def read(table: pa.Table) -> list[Told]:
    wanted = ["row", "company_id", "name", "root", "known_id", "former_domain", "merged_into", "aliases"]
    facts = table.select(list(comparing.FACTS)).to_pylist()
    return [
        Told(
            number=row["row"],
            key=row["company_id"],
            name=row["name"],
            root=row["root"],
            known_id=row["known_id"],
            facts=said,
            former_domain=domains.root_domain(row["former_domain"]) if row["former_domain"] else None,
            merged_into=row["merged_into"],
            aliases=[text for text in row["aliases"] or () if text],
        )
        for row, said in zip(table.select(wanted).to_pylist(), facts, strict=True)
    ]


def company_keys(keys: Keys) -> pa.Table:
    """What companies are known by: sources' own keys, and domains."""
    return keys.table.filter(pc.equal(keys.table["kind"], "company")).combine_chunks()


def _domain_key(root: Any) -> Any:
    return pc.binary_join_element_wise(pa.scalar("domain:"), root, "")


def unless(mask: Any, column: Any) -> Any:
    return pc.if_else(mask, pa.scalar(None, pa.string()), flat(column))
