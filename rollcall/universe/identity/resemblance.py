"""Who might be the same although no key says so: asks `people.resolve`, and only about those worth asking about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from rollcall.universe.columns import all_at, at, first_of_each, flat, with_columns
from rollcall.universe.identity import arriving, news, people
from rollcall.universe.identity.people import features, neighbours, persons, portraits

_TOLD = ("full_name", "first_name", "last_name", "profile_url", "email", "company_id", "title", "since", "first_seen",
         "last_seen", "until", "country", "region", "city")  # fmt: skip
_ROW = ["known_id", "source", "source_key", "name", *_TOLD]
_SAID = ("full_name", "first_name", "last_name", "profile_url", "email")
_RECORD = pa.schema([("record", pa.int64()), *((name, pa.string()) for name in _SAID)])
_FOUND = pa.schema(
    [("left", pa.string()), ("right", pa.string()), ("probability", pa.float64()), ("verdict", pa.string()),
     ("why", pa.string())]
)  # fmt: skip


# Fewer records are compared here in less time than another engine needs to begin; the answers are the same.
AFAR_FROM = 100_000


def find(
    *, asked: pa.Table, before: dict[str, pa.Table], own: pa.Table, reopened: Sequence[int] = ()
) -> tuple[pa.Table, int]:
    """Matches among these rows of records (see `news`), and between them and known people.

    Also how many were compared: of a known universe only those who work at the same companies or have a name alike.
    `reopened` are companies that turned out to be one in this load: all of their people are compared with each other.
    """
    if not asked.num_rows and not reopened:
        return _FOUND.empty_table(), 0
    known = _known(asked, before, own, reopened)
    again = pc.is_in(known["company_id"], value_set=pa.array(reopened, pa.int64()))
    opened, known = known.filter(again), known.filter(pc.invert(again))
    asked = pa.concat_tables([asked.select(_ROW), opened.select(_ROW)])
    known = known.filter(
        neighbours.of(records=_numbered(asked, first=0), known=_numbered(known, first=asked.num_rows))
    )
    there = _places(opened) | _places(known)
    new, old = _numbered(asked, first=0), _numbered(known, first=asked.num_rows)
    compared = new.num_rows + old.num_rows
    engine = settings.ROLLCALL_ENGINE if compared >= AFAR_FROM else "duckdb"
    decided = people.resolve(new, known=old if old.num_rows else None, engine=engine)
    called = pa.concat_arrays([flat(asked["name"]), flat(known["name"])])
    rows = pa.concat_tables([asked, known.select(_ROW)])
    pairs = arriving.with_doubts(pairs=decided.pairs, rows=rows, there=there)
    cluster = at(decided.clusters["cluster"], pairs["left"], decided.clusters["record"])
    other = at(decided.clusters["cluster"], pairs["right"], decided.clusters["record"])
    together = pc.or_(pc.equal(cluster, other), pc.not_equal(pairs["verdict"], "same"))
    pairs = pairs.filter(pc.fill_null(together, True))
    columns = {name: pairs[name] for name in ("probability", "verdict", "why")}
    names = [called.take(flat(pairs[side])) for side in ("left", "right")]
    columns |= {"left": pc.min_element_wise(*names), "right": pc.max_element_wise(*names)}
    found = pa.table({name: columns[name] for name in _FOUND.names}, schema=_FOUND)
    return found, asked.num_rows + old.num_rows


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


def _known(asked: pa.Table, before: dict[str, pa.Table], own: pa.Table, reopened: Sequence[int]) -> pa.Table:
    """The newest spell of each known person at each company by each record, of those who could be one of those asked
    about."""
    profiles = before["profiles"]
    positions = pa.concat_tables([before["positions"], before["shadows"]])
    alike = news.are_called(profiles["full_name"], asked["full_name"])
    near = pc.or_(
        pc.is_in(
            positions["company_id"],
            value_set=pa.concat_arrays([flat(asked["company_id"]), pa.array(reopened, pa.int64())]),
        ),
        pc.is_in(positions["profile_id"], value_set=flat(profiles["id"].filter(alike))),
    )
    spells = positions.filter(near).sort_by([("last_seen_on", "descending"), ("started_on", "descending")])
    spells = first_of_each(spells, ["company_id", "profile_id", "source", "source_key"])
    found = spells.select(["company_id", "source", "source_key", "title", "country", "region", "city"])
    found = with_columns(found, known_id=spells["profile_id"])
    for name, column in (
        ("since", "started_on"),
        ("first_seen", "first_seen_on"),
        ("last_seen", "last_seen_on"),
        ("until", "ended_on"),
    ):
        found = with_columns(found, **{name: spells[column]})
    found = with_columns(found, **all_at(profiles, _SAID, spells["profile_id"], profiles["id"]))
    return with_columns(found, name=flat(at(own["key"], spells["profile_id"], own["id"])))


def _places(known: pa.Table) -> set[tuple[int, int]]:
    return set(zip(known["known_id"].to_pylist(), known["company_id"].to_pylist(), strict=True))


def _numbered(people: pa.Table, *, first: int) -> pa.Table:
    """The rows as `people.resolve` reads them."""
    record = pa.array(range(first, first + people.num_rows), pa.int64())
    return with_columns(people.select(_ROW), record=record)
