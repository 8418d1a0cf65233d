"""Who might be the same although no key says so: asks `people.resolve`, and only about those worth asking about."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.columns import at, first_of_each, flat, mapped, with_columns
from rollcall.universe.folding import fold
from rollcall.universe.identity import people
from rollcall.universe.identity.people import features, persons, portraits

_TOLD = ("full_name", "first_name", "last_name", "profile_url", "email", "company_id", "title", "since", "last_seen",
         "until", "country", "region", "city")  # fmt: skip
_SAID = ("full_name", "first_name", "last_name", "profile_url", "email")
_RECORD = pa.schema([("record", pa.int64()), *((name, pa.string()) for name in _SAID)])
_FOUND = pa.schema(
    [("left", pa.string()), ("right", pa.string()), ("probability", pa.float64()), ("verdict", pa.string()),
     ("why", pa.string())]
)  # fmt: skip


def find(*, newcomers: pa.Table, before: dict[str, pa.Table], own: pa.Table) -> tuple[pa.Table, int]:
    """Matches among new records (with `name` and our company_id), and between them and known people.

    Also how many were compared: of a known universe only those who work at the same companies or have a name alike.
    """
    if not newcomers.num_rows:
        return _FOUND.empty_table(), 0
    known = _known(newcomers, before, own)
    new = _numbered(newcomers, pa.nulls(newcomers.num_rows, pa.int64()), first=0)
    old = _numbered(known, known["profile_id"], first=newcomers.num_rows)
    decided = people.resolve(new, known=old if old.num_rows else None)
    called = pa.concat_arrays([flat(newcomers["name"]), flat(known["name"])])
    pairs = decided.pairs
    cluster = at(decided.clusters["cluster"], pairs["left"], decided.clusters["record"])
    other = at(decided.clusters["cluster"], pairs["right"], decided.clusters["record"])
    together = pc.or_(pc.equal(cluster, other), pc.not_equal(pairs["verdict"], "same"))
    pairs = pairs.filter(pc.fill_null(together, True))
    columns = {name: pairs[name] for name in ("probability", "verdict", "why")}
    columns |= {side: called.take(flat(pairs[side])) for side in ("left", "right")}
    found = pa.table({name: columns[name] for name in _FOUND.names}, schema=_FOUND)
    return found, newcomers.num_rows + old.num_rows


def contradictions(
    *, facts: Mapping[str, Mapping[str, Any]], shared: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str, str], str]:
    """What speaks against two records being one person although they share a key; nothing does of those left out."""
    names = sorted(facts)
    rows = [
        {"record": place, **{name: facts[record].get(name) for name in _SAID}}
        for place, record in enumerate(names)
    ]
    told = features.told(features.records_of(pa.Table.from_pylist(rows, schema=_RECORD)))
    places = np.arange(len(names))
    looked = portraits.of(told=told, person=places, wanted=places)
    number = {name: place for place, name in enumerate(names)}
    found = {}
    for left, right, key in shared:
        one, other = looked[number[left]], looked[number[right]]
        if not key.startswith("email:"):
            # A page that both had: the one of them that has another since has moved.
            one, other = replace(one, pages=set()), replace(other, pages=set())
        reason = persons.contradiction(one, other)
        if reason is not None:
            found[left, right, key] = reason
    return found


def _known(newcomers: pa.Table, before: dict[str, pa.Table], own: pa.Table) -> pa.Table:
    """The newest spell of each known person at each company, of those who could be one of the newcomers."""
    positions, profiles = before["positions"], before["profiles"]
    alike = pc.is_in(
        mapped(profiles["full_name"], _name_key), value_set=flat(mapped(newcomers["full_name"], _name_key))
    )
    near = pc.or_(
        pc.is_in(positions["company_id"], value_set=flat(newcomers["company_id"])),
        pc.is_in(positions["profile_id"], value_set=flat(profiles["id"].filter(alike))),
    )
    spells = positions.filter(near).sort_by([("last_seen_on", "descending"), ("started_on", "descending")])
    spells = first_of_each(spells, ["company_id", "profile_id"])
    found = spells.select(
        ["profile_id", "company_id", "source", "source_key", "title", "country", "region", "city"]
    )
    for name, column in (("since", "started_on"), ("last_seen", "last_seen_on"), ("until", "ended_on")):
        found = with_columns(found, **{name: spells[column]})
    for name in ("full_name", "first_name", "last_name", "profile_url", "email"):
        found = with_columns(found, **{name: at(profiles[name], spells["profile_id"], profiles["id"])})
    return with_columns(found, name=flat(at(own["key"], spells["profile_id"], own["id"])))


def _name_key(text: str) -> str | None:
    """The same for a name in another order: people who moved are looked for everywhere by it."""
    return " ".join(sorted(fold(text).replace(",", " ").split())) or None


def _numbered(people: pa.Table, known_id: Any, *, first: int) -> pa.Table:
    """The rows as `people.resolve` reads them."""
    columns = {name: people[name] for name in _TOLD}
    columns |= {
        "record": pa.array(range(first, first + people.num_rows), pa.int64()),
        "known_id": known_id,
        "source": people["source"],
        "source_key": people["source_key"],
    }
    return pa.table(columns)
