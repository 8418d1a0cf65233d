"""Gives each row of a roster the id of its person: by what the source calls them, by strong keys, then by likeness.

What the roster tells is laid beside what was known; only people about whom that says something new are settled again
(`standing`), all others keep their id without being looked at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import records
from rollcall.universe.columns import at, first_of_each, flat, with_columns
from rollcall.universe.identity import news, resemblance, standing
from rollcall.universe.identity.people import keys as people_keys
from rollcall.universe.identity.people import persons
from rollcall.universe.identity.standing import BY_HAND, BY_KEY, BY_LIKENESS, Link, Record, Settled
from rollcall.universe.matching import Keys, source_key

Tables = dict[str, pa.Table]
SAME, DIFFERENT, DOUBTFUL = "same", "different", "doubtful"
# Of a key that so many records share, each is compared with the oldest only.
_SHARED_MAX = 20
_SHOWN = {"profile": "the profile page", "email": "the email address"}


@dataclass(frozen=True)
class Decided:
    """What an operator said about two records."""

    left: str
    right: str
    verdict: str
    why: str


@dataclass
class Joined:
    """The id of each row of the roster; the tables that changed; which ids are others now."""

    ids: Any
    tables: Tables
    told: pa.Table
    settled: Settled = field(default_factory=Settled)
    compared: int = 0
    doubtful: int = 0


def rows_of(*, roster: pa.Table, source: str) -> pa.Table:
    """Each person of `roster` (ROSTER with our company_id and the own_id that is known) once at each company, as seen
    last, those first; `name` is the record's."""
    rows = first_of_each(roster.sort_by([("last_seen", "descending")]), ["person_id", "company_id"])
    return with_columns(
        rows,
        name=flat(source_key(source, rows["person_id"])),
        source=pa.repeat(source, rows.num_rows),
        source_key=rows["person_id"],
    )


def strong_of(*, rows: pa.Table) -> pa.Table:
    """The strong keys that the records are told with, beside their names, as rows of EVIDENCE."""
    told = first_of_each(rows, ["person_id"])
    rows = told.select(["source", "source_key", "profile_url", "email"])
    rows = with_columns(rows, record=pa.array(np.arange(told.num_rows)))
    strong = people_keys.strong_keys(records=rows, kinds=("profile", "email"))
    return pa.table(
        {"record": flat(told["name"]).take(flat(strong["record"])), "key": strong["key"]},
        schema=records.EVIDENCE,
    )


def fresh_of(*, strong: pa.Table, known: pa.Table) -> pa.Table:
    """Of the strong keys those that the records are told with for the first time."""
    is_known = pc.is_in(_edge(strong), value_set=flat(_edge(known)))
    return first_of_each(strong.filter(pc.invert(is_known)), ["record", "key"])


def join(
    *,
    rows: pa.Table,
    maybe: pa.Table,
    fresh: pa.Table,
    roster: pa.Table,
    source: str,
    before: Tables,
    keys: Keys,
    decided: Sequence[Decided] = (),
    reopened: Sequence[int] = (),
    version: int,
) -> Joined:
    """Who each row of `roster` is. `keys` learns the new ids and follows the changed.

    `rows`, `fresh`: see `rows_of`, `fresh_of`; `maybe`: the rows that may have news; `reopened`: companies that this
    load found to be one with another.
    """
    told, own = first_of_each(rows, ["person_id"]), keys.own("profile")
    evidence = pa.concat_tables([before["evidence"], fresh]).combine_chunks()
    matches = _by_keys(fresh, evidence, told, before, own, version)
    matches, compared = _with_likenesses(matches, maybe, before, own, reopened, version)
    every = pa.concat_tables([before["matches"], matches])
    settled = _settled(every, matches, told, own, keys, decided)
    keys.rename("profile", settled.ids)
    names = source_key(source, roster["person_id"])
    now = pa.array(list(settled.ids.values()), pa.int64())
    known = pc.coalesce(at(now, names, pa.array(list(settled.ids), pa.string())), roster["own_id"])
    ids = keys.identify("profile", names, known=known)
    tables = {
        "evidence": _with_anchors(evidence, settled, own),
        "matches": every,
        "redirects": _redirects(before["redirects"], evidence, settled, own, version),
    }
    doubtful = matches.filter(pc.equal(matches["verdict"], DOUBTFUL)).num_rows
    return Joined(ids, tables, told, settled, compared, doubtful)


def _edge(table: pa.Table) -> Any:
    return pc.binary_join_element_wise(table["record"], table["key"], "\x1f")


def _by_keys(
    fresh: pa.Table, evidence: pa.Table, told: pa.Table, before: Tables, own: pa.Table, version: int
) -> pa.Table:
    """A match for each two records that share a key, if one of them is told with it for the first time."""
    counted = pc.value_counts(evidence["key"].filter(pc.is_in(evidence["key"], value_set=flat(fresh["key"]))))
    shared = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
    if not len(shared):
        return records.MATCH.empty_table()
    edges = evidence.filter(pc.is_in(evidence["key"], value_set=shared))
    holders: dict[str, list[str]] = {}
    for name, key in sorted(zip(edges["record"].to_pylist(), edges["key"].to_pylist(), strict=True)):
        holders.setdefault(key, []).append(name)
    new = set(zip(fresh["record"].to_pylist(), fresh["key"].to_pylist(), strict=True))
    facts = _facts(sorted({name for names in holders.values() for name in names}), told, before, own)
    shared_keys = {
        (left, right, key)
        for key, names in holders.items()
        for left, right in _couples(names)
        if (left, key) in new or (right, key) in new
    }
    against = resemblance.contradictions(facts=facts, shared=sorted(shared_keys))
    rows = [_match_by_key(*shared, against.get(shared), version) for shared in sorted(shared_keys)]
    return pa.Table.from_pylist([row for row in rows if row], schema=records.MATCH)


def _couples(names: list[str]) -> Iterator[tuple[str, str]]:
    for place, left in enumerate(names):
        for right in names[place + 1 :]:
            yield left, right
        if len(names) > _SHARED_MAX:
            return


def _match_by_key(
    left: str, right: str, key: str, against: str | None, version: int
) -> dict[str, Any] | None:
    """The same person, unless something says otherwise. None: a family shares a mailbox, nobody has to look at that."""
    kind, _, value = key.partition(":")
    if against is not None and kind == "email" and persons.is_certain(against):
        return None
    shown = f"{_SHOWN[kind]} {value}"
    why = f"Both have {shown}" if against is None else f"Both have {shown}, but {against}"
    return {
        "left": left, "right": right, "probability": 1.0 if against is None else 0.5,
        "verdict": SAME if against is None else DOUBTFUL, "by_key": True, "why": why, "version": version,
    }  # fmt: skip


def _facts(names: list[str], told: pa.Table, before: Tables, own: pa.Table) -> dict[str, dict[str, Any]]:
    """What is told of each of these records: by the roster, else kept apart, else by the person they are."""
    wanted = pa.array(names, pa.string())
    facts: dict[str, dict[str, Any]] = {}
    ids = at(own["id"], wanted, own["key"])
    profiles = before["profiles"].filter(pc.is_in(before["profiles"]["id"], value_set=flat(ids)))
    by_id = {row["id"]: row for row in profiles.to_pylist()}
    for name, number in zip(names, ids.to_pylist(), strict=True):
        facts[name] = by_id.get(number, {})
    for table, column in ((before["told"], "record"), (told, "name")):
        rows = table.filter(pc.is_in(table[column], value_set=wanted))
        for row in rows.select([column, *records.TOLD.names[1:]]).to_pylist():
            facts[row.pop(column)] = row
    return facts


def _with_likenesses(
    matches: pa.Table,
    rows: pa.Table,
    before: Tables,
    own: pa.Table,
    reopened: Sequence[int],
    version: int,
) -> tuple[pa.Table, int]:
    """Of whom the roster says something new is compared with those who might be the same."""
    same = matches.filter(pc.equal(matches["verdict"], SAME))
    asked = news.of(rows=rows, same=same, before=before, own=own)
    found, compared = resemblance.find(asked=asked, before=before, own=own, reopened=reopened)
    if not found.num_rows:
        return matches, compared
    found = with_columns(
        found,
        by_key=pa.array([False] * found.num_rows, pa.bool_()),
        version=pa.array([version] * found.num_rows, pa.int64()),
    )
    found = found.select(records.MATCH.names).cast(records.MATCH)
    every = pa.concat_tables([before["matches"], matches])
    said = pc.is_in(_decision(found), value_set=flat(pc.unique(_decision(every))))
    return pa.concat_tables([matches, found.filter(pc.invert(said))]), compared


def _decision(matches: pa.Table) -> Any:
    return pc.binary_join_element_wise(matches["left"], matches["right"], matches["verdict"], "\x1f")


def _settled(
    every: pa.Table,
    matches: pa.Table,
    told: pa.Table,
    own: pa.Table,
    keys: Keys,
    decided: Sequence[Decided],
) -> Settled:
    """Who is one person and who is not, among those about whom something new was learned."""
    same = matches.filter(pc.equal(matches["verdict"], SAME))
    spoken = pa.array([name for one in decided for name in (one.left, one.right)], pa.string())
    known = {*own["key"].filter(pc.is_in(own["key"], value_set=spoken)).to_pylist()}
    said = [one for one in decided if one.left in known and one.right in known]
    names = {*same["left"].to_pylist(), *same["right"].to_pylist()}
    names |= {name for one in said for name in (one.left, one.right)}
    if not names:
        return Settled(next_id=keys.next_ids["profile"])
    touched = at(own["id"], pa.array(sorted(names), pa.string()), own["key"])
    mine = own.filter(pc.is_in(own["id"], value_set=flat(touched.drop_null())))
    people = {
        name: Record(name, number, age)
        for age, (name, number) in enumerate(
            zip(mine["key"].to_pylist(), mine["id"].to_pylist(), strict=True)
        )
    }
    new_age = len(people)
    for name in names - people.keys():
        people[name] = Record(name, None, new_age)
    links = [
        *_links(every, set(people)),
        *(Link(one.left, one.right, BY_HAND, one.why) for one in said if one.verdict == SAME),
    ]
    apart = [(one.left, one.right) for one in said if one.verdict == DIFFERENT]
    groups = standing.partition(records=people, links=links, apart=apart)
    settled = standing.settle(
        records=list(people.values()),
        groups=groups,
        whys=_whys(links, apart, said, people),
        next_id=keys.next_ids["profile"],
    )
    keys.next_ids["profile"] = settled.next_id
    return settled


def _links(every: pa.Table, names: set[str]) -> list[Link]:
    wanted = pa.array(sorted(names), pa.string())
    inside = pc.and_(pc.is_in(every["left"], value_set=wanted), pc.is_in(every["right"], value_set=wanted))
    rows = every.filter(pc.and_(inside, pc.equal(every["verdict"], SAME))).to_pylist()
    return [
        Link(
            row["left"],
            row["right"],
            BY_KEY if row["by_key"] else BY_LIKENESS,
            row["why"],
            row["probability"],
        )
        for row in rows
    ]


def _whys(
    links: list[Link], apart: list[tuple[str, str]], said: Sequence[Decided], people: dict[str, Record]
) -> dict[int, str]:
    """For each id that a link or a word of an operator is about, the reason that will be kept with it."""
    whys: dict[int, str] = {}
    for link in sorted(links, key=lambda link: (-link.rank, link.strength, link.left, link.right)):
        one, other = people[link.left].known_id, people[link.right].known_id
        if one is not None and other is not None and one != other:
            whys[max(one, other)] = link.why
    for decision in said:
        one, other = people[decision.left].known_id, people[decision.right].known_id
        if (decision.left, decision.right) in apart and one == other and one is not None:
            whys[one] = decision.why
    return whys


def _with_anchors(evidence: pa.Table, settled: Settled, own: pa.Table) -> pa.Table:
    """Beside the keys, for each id that ended the oldest record that it was: a later split leads there."""
    if not settled.merged:
        return evidence
    ended = pa.array(sorted(settled.merged), pa.int64())
    names = at(own["key"], ended, own["id"])
    marks = pa.array([_anchor(number) for number in ended.to_pylist()], pa.string())
    return pa.concat_tables([evidence, pa.table({"record": names, "key": marks}, schema=records.EVIDENCE)])


def _anchor(number: int) -> str:
    return f"id:{number}"


def _redirects(
    before: pa.Table, evidence: pa.Table, settled: Settled, own: pa.Table, version: int
) -> pa.Table:
    """Each id that ended, and the living one that it leads to: in one step, however often that one ended again."""
    if not settled.merged and not settled.split:
        return before
    rows = before.to_pylist()
    changed = {number for number, _ in settled.merged.items()} | {former for former, _, _ in settled.split}
    for row in rows:
        if row["kind"] != "profile" or row["to_id"] not in changed:
            continue
        anchors = evidence.filter(pc.equal(evidence["key"], _anchor(row["from_id"])))["record"].to_pylist()
        now = settled.ids.get(anchors[0]) if anchors else settled.merged.get(row["to_id"], (None,))[0]
        row["to_id"] = now if now is not None else row["to_id"]
    rows += [
        {"kind": "profile", "from_id": former, "to_id": now, "why": why, "version": version}
        for former, (now, why) in sorted(settled.merged.items())
    ]
    rows += [
        {"kind": "split", "from_id": former, "to_id": now, "why": why, "version": version}
        for former, now, why in settled.split
    ]
    return pa.Table.from_pylist(rows, schema=records.REDIRECT)
