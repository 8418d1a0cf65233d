"""What is known of people beside their positions, carried from one version to the next: names, keys, changed ids."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import erased_names, erasure, records, repeats
from rollcall.universe.columns import all_at, at, conform, first_of_each, flat, with_columns
from rollcall.universe.identity.joining import Joined, Tables
from rollcall.universe.identity.people import keys as people_keys
from rollcall.universe.identity.standing import Settled
from rollcall.universe.matching import Keys

_FACTS = records.TOLD.names[1:]


def without_blocked(roster: pa.Table, source: str, blocked: frozenset[str]) -> pa.Table:
    """The roster (with our company_id, and the own_id of all others) without people who asked to be forgotten, under
    any of the names that it calls them by."""
    if not blocked or not roster.num_rows:
        return roster
    rows = pa.table(
        {
            "record": pa.array(np.arange(roster.num_rows)),
            "source": pa.repeat(source, roster.num_rows),
            **{name: roster[column] for name, column in _NAMES.items()},
        }
    )
    strong = people_keys.strong_keys(records=rows)
    names = pc.unique(strong["key"])
    hit = names.filter(pa.array(erasure.are_listed(keys=names.to_pylist(), hashes=blocked), pa.bool_()))
    # A person can be told in several rows, of which one alone gives the address.
    blocked_rows = strong["record"].filter(pc.is_in(strong["key"], value_set=flat(hit)))
    own_keys = flat(strong["record"].filter(pc.not_equal(strong["kind"], "source")))
    own = pc.or_(pc.is_in(rows["record"], value_set=own_keys), pc.is_valid(roster["own_id"]))
    strangers = roster.filter(pc.invert(own))
    by_name = erased_names.rows(roster=strangers, is_listed=lambda key: erasure.hashed(key) in blocked)
    people = pa.concat_arrays(
        [
            flat(roster["person_id"].take(flat(blocked_rows))),
            flat(strangers.filter(by_name)["person_id"]),
        ]
    )
    return roster.filter(pc.invert(pc.is_in(roster["person_id"], value_set=flat(people))))


_NAMES = {"source_key": "person_id", "profile_url": "profile_url", "email": "email"}


def gone(tables: Tables, blocked: frozenset[str]) -> frozenset[int]:
    """The profiles of people who asked to be forgotten since the last load."""
    if not blocked:
        return frozenset()
    people = tables["keys"].filter(pc.equal(tables["keys"]["kind"], "profile"))
    hit = pa.array(erasure.are_listed(keys=people["key"].to_pylist(), hashes=blocked), pa.bool_())
    return erasure.blocked_profiles() | set(people["id"].filter(hit).to_pylist())


def without(tables: Tables, ids: frozenset[int]) -> Tables:
    """The tables without everything that says something about these people; their ids are given to nobody else."""
    if not ids:
        return tables
    numbers = pa.array(sorted(ids), pa.int64())
    keys = tables["keys"]
    theirs = pc.and_(pc.equal(keys["kind"], "profile"), pc.is_in(keys["id"], value_set=numbers))
    names = flat(keys["key"].filter(theirs))
    found = dict(tables)
    found["keys"] = keys.filter(pc.invert(theirs))
    for name, column in (("positions", "profile_id"), ("shadows", "profile_id"), ("profiles", "id")):
        found[name] = _without(tables[name], column, numbers)
    for name, column in (
        ("evidence", "record"),
        ("told", "record"),
        ("matches", "left"),
        ("matches", "right"),
    ):
        found[name] = _without(found[name], column, names)
    return found


def _without(table: pa.Table, column: str, values: Any) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table[column], value_set=values)))


def moved(tables: Tables, keys: Keys, settled: Settled) -> Tables:
    """The tables with every position under the id that its record has now."""
    changed = {*settled.merged, *(former for former, _, _ in settled.split)}
    if not changed:
        return tables
    numbers = pa.array(sorted(changed), pa.int64())
    own, found = keys.own("profile"), dict(tables)
    for name in ("positions", "shadows"):
        table = tables[name]
        touched = pc.is_in(table["profile_id"], value_set=numbers)
        record = pc.binary_join_element_wise(table["source"], table["source_key"], ":")
        now = pc.if_else(touched, at(own["id"], record, own["key"]), pa.scalar(None, pa.int64()))
        found[name] = with_columns(table, profile_id=pc.coalesce(now, table["profile_id"]))
    return found


def facts(before: Tables, people: pa.Table, joined: Joined, keys: Keys, source: str) -> Tables:
    """`profiles` and `told` after the load."""
    told = _told(before, joined, keys, late=_late(people, source))
    profiles = _with_split(_without_merged(before["profiles"], joined.settled), told, joined.settled)
    profiles = _profiles(profiles, people, source)
    return {"profiles": _with_other_names(profiles, joined.tables["evidence"], joined, keys), "told": told}


def _late(people: pa.Table, source: str) -> Any:
    """The records of whom newer things are known than these rows say."""
    if "is_late" not in people.column_names:
        return pa.array([], pa.string())
    late = people["source_key"].filter(people["is_late"])
    return flat(pc.binary_join_element_wise(pa.scalar(source), late, ":"))


def _told(before: Tables, joined: Joined, keys: Keys, *, late: Any) -> pa.Table:
    """What each record says, of those that share an id with another one; what it said last counts."""
    new = with_columns(joined.told, record=joined.told["name"])
    ids = [number for number, _ in joined.settled.merged.values()] + list(joined.settled.ids.values())
    own = keys.own("profile")
    shared = own.filter(pc.is_in(own["id"], value_set=pa.array(sorted(set(ids)), pa.int64())))
    # Of a record that was alone until now, its person's facts are what it says.
    single = _of_profiles(shared, before["profiles"], joined)
    wanted = pa.concat_arrays([flat(before["told"]["record"]), flat(shared["key"])])
    latest = new.filter(pc.is_in(new["record"], value_set=wanted))
    is_late = pc.is_in(latest["record"], value_set=late)
    known = [latest.filter(pc.invert(is_late)), before["told"], single, latest.filter(is_late)]
    parts = [conform(table, records.TOLD) for table in known]
    return first_of_each(pa.concat_tables(parts), ["record"]).sort_by("record")


def _of_profiles(shared: pa.Table, profiles: pa.Table, joined: Joined) -> pa.Table:
    """The facts of the persons who were one record before the load."""
    ids = pa.concat_arrays([flat(shared["id"]), pa.array(sorted(joined.settled.merged), pa.int64())])
    found = profiles.filter(pc.is_in(profiles["id"], value_set=ids))
    record = pc.binary_join_element_wise(found["source"], found["source_key"], ":")
    found = with_columns(found, record=record)
    return found.filter(pc.is_in(found["record"], value_set=flat(shared["key"])))


def _rows(profiles: pa.Table, ids: Iterable[int]) -> tuple[pa.Table, dict[int, dict[str, Any]]]:
    """The profiles without these, and these by their id."""
    mine = pc.is_in(profiles["id"], value_set=pa.array(sorted(ids), pa.int64()))
    return profiles.filter(pc.invert(mine)), {row["id"]: row for row in profiles.filter(mine).to_pylist()}


def _without_merged(profiles: pa.Table, settled: Settled) -> pa.Table:
    """Who became somebody else is that one; what only the former id was known to have, the other has now."""
    if not settled.merged:
        return profiles
    rest, rows = _rows(profiles, {*settled.merged, *(now for now, _ in settled.merged.values())})
    for former, (now, _) in sorted(settled.merged.items()):
        one = rows.setdefault(now, {"id": now})
        for name, value in rows.pop(former, {}).items():
            one[name] = value if one.get(name) is None else one[name]
    return pa.concat_tables([rest, pa.Table.from_pylist(list(rows.values()), schema=records.PROFILE)])


def _with_split(profiles: pa.Table, told: pa.Table, settled: Settled) -> pa.Table:
    """Whoever turned out to be two: each has the facts that its own records tell."""
    if not settled.split:
        return profiles
    ids = {number for former, new, _ in settled.split for number in (former, new)}
    named = {row["record"]: row for row in told.to_pylist()}
    rows: dict[int, dict[str, Any]] = {}
    for record, number in sorted(settled.ids.items(), key=lambda item: item[0]):
        if number in ids and record in named:
            source, _, key = record.partition(":")
            said = {name: named[record][name] for name in _FACTS}
            rows.setdefault(number, {"id": number, "source": source, "source_key": key, **said})
    rest, _ = _rows(profiles, rows)
    return pa.concat_tables([rest, pa.Table.from_pylist(list(rows.values()), schema=records.PROFILE)])


def _profiles(before: pa.Table, found: pa.Table, source: str) -> pa.Table:
    """Everybody ever seen. The source that told of a person first gives the name; others fill what it does not say."""
    told_first = at(before["source_key"], found["profile_id"], before["id"])
    owns = pc.fill_null(pc.equal(told_first, found["source_key"]), False)
    latest = first_of_each(_those_first(found, owns), ["profile_id"])
    new = with_columns(latest, id=latest["profile_id"], source=pa.repeat(source, latest.num_rows))
    former = all_at(before, before.column_names, new["id"], before["id"])
    owner, owner_key = former["source"], former["source_key"]
    theirs = pc.fill_null(pc.not_equal(owner, pa.scalar(source)), False)
    if "is_late" in new.column_names:
        theirs = pc.or_(theirs, new["is_late"])
    for name in _FACTS:
        known = former[name]
        said = pc.if_else(theirs, pc.coalesce(known, new[name]), pc.coalesce(new[name], known))
        new = with_columns(new, **{name: said})
    new = with_columns(
        new,
        source=pc.coalesce(owner, new["source"]),
        source_key=pc.if_else(theirs, owner_key, new["source_key"]),
        other_names=former["other_names"],
    )
    kept = _without(before, "id", flat(new["id"]))
    return pa.concat_tables([kept, conform(new, records.PROFILE)]).combine_chunks().sort_by("id")


def _those_first(table: pa.Table, are_first: Any) -> pa.Table:
    """The rows of which this is true before the others, both in their order."""
    if pc.all(are_first).as_py():
        return table
    return pa.concat_tables([table.filter(are_first), table.filter(pc.invert(are_first))])


def _with_other_names(profiles: pa.Table, evidence: pa.Table, joined: Joined, keys: Keys) -> pa.Table:
    """Beside the page and address shown, all others that any record of the person was ever told with."""
    own = keys.own("profile")
    told = _told_several(evidence, own)
    ids = at(own["id"], told["record"], own["key"])
    named = pa.table({"id": ids, "key": told["key"]})
    named = named.filter(pc.and_(pc.is_valid(ids), pc.invert(pc.starts_with(named["key"], "id:"))))
    counts = pc.value_counts(named["id"])
    more = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    named = first_of_each(named.filter(pc.is_in(named["id"], value_set=flat(more))), ["id", "key"])
    kind = pc.list_element(pc.split_pattern(named["key"], ":", max_splits=1), 0)
    counted = with_columns(named, kind=kind).group_by(["id", "kind"]).aggregate([("key", "count")])
    # One page and one address are those that are shown.
    several = pc.unique(counted["id"].filter(pc.greater(counted["key_count"], 1)))
    named = named.filter(pc.is_in(named["id"], value_set=flat(several)))
    listed = named.group_by("id", use_threads=False).aggregate([("key", "list")])
    return with_columns(profiles, other_names=at(listed["key_list"], profiles["id"], listed["id"]))


def _told_several(evidence: pa.Table, own: pa.Table) -> pa.Table:
    """All keys of whoever may have several: most are one record with one key, and have no other names."""
    records_ = flat(own["key"].take(pa.array(repeats.rows([own["id"]]))))
    mask = np.asarray(pc.is_in(evidence["record"], value_set=records_)).copy()
    mask[repeats.rows([evidence["record"]])] = True
    return evidence.filter(pa.array(mask))
