"""Merges a roster into the positions: who stayed, who joined, who left, whose title changed.

A position is one spell: one title at one company. A title that is only spelled differently ("CEO", "Chief
Executive Officer") goes on as the same spell under its newest spelling.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import records, repeats, titles
from rollcall.universe.columns import (
    at,
    conform,
    first_of_each,
    flat,
    mapped,
    mapped_apart,
    pair,
    places,
    with_columns,
)
from rollcall.universe.folding import fold

_DAYS = ("started_on", "first_seen_on", "last_seen_on")
# What is asked of the row that a row goes on with.
_COMPARED = ["title", "title_words", *_DAYS]
_NO_DAY = pa.scalar(None, pa.date32())


@dataclass(frozen=True)
class Merged:
    """The positions after the load, and what changed."""

    positions: pa.Table
    joined: int
    left: int
    title_changed: int
    respelled: int


def merge(*, before: pa.Table, roster: pa.Table, covered: Any, source: str, as_of: date) -> Merged:
    """The positions after `roster` (with our company_id and profile_id) has been read, as each source tells them.

    What a source says is followed by its own name for the person, so that it can call one person by two; if it changes
    that name, by ours.

    `covered`: the companies that the roster names in full; of the others nothing is known.
    """
    mine = pc.and_(pc.is_null(before["ended_on"]), pc.equal(before["source"], source))
    current, others = before.filter(mine), before.filter(pc.invert(mine))
    over = pc.fill_null(pc.less_equal(roster["until"], pa.scalar(as_of)), False)
    seen = as_spells(roster.filter(pc.invert(over)), before, source, as_of)
    told_over = as_spells(roster.filter(over), before, source, as_of)
    then = _former(seen, current)
    stayed = pc.is_valid(then)
    former = current.select(_COMPARED).take(then)
    same_title = pc.and_(stayed, _same_title(seen, former))
    changed = pc.and_(stayed, pc.invert(same_title))

    now = _going_on(seen, former, same_title)
    replaced = _replaced(current.take(then.filter(changed)), seen.filter(changed), as_of)
    rest = current.filter(pc.invert(_among(current, then)))
    newest_first = told_over.sort_by([("ended_on", "descending")])
    last_day = at(newest_first["ended_on"], stay(rest), stay(newest_first))
    ended = pc.fill_null(pc.greater_equal(last_day, rest["started_on"]), False)
    gone = pc.and_(pc.invert(ended), pc.is_in(rest["company_id"], value_set=covered))
    untouched = rest.filter(pc.invert(pc.or_(ended, gone)))
    left = _ended(rest.filter(gone), rest.filter(gone)["last_seen_on"], as_of)
    said_over = _ended(rest.filter(ended), last_day.filter(ended), as_of)
    past = _past(told_over, pa.concat_tables([others, replaced, left, said_over]), source)

    every = pa.concat_tables([others, untouched, now, replaced, left, said_over, past])
    respelled = pc.and_(same_title, pc.not_equal(_text(seen["title"]), _text(former["title"])))
    return Merged(
        positions=every,
        joined=seen.num_rows - _count(stayed),
        left=left.num_rows + said_over.num_rows,
        title_changed=replaced.num_rows,
        respelled=_count(respelled),
    )


def in_order(positions: pa.Table) -> pa.Table:
    """The positions as a version keeps them."""
    order = ("company_id", "profile_id", "started_on", "ended_on", "source", "source_key", "title")
    return positions.sort_by([(name, "ascending") for name in order])


def _former(seen: pa.Table, current: pa.Table) -> Any:
    """For each row seen, the place in `current` of what its source said of it before; null if it is news."""
    by_record = _by_record(seen, current)
    # Under another name of the source: only what no row of the roster goes on with under its own.
    news = np.flatnonzero(np.asarray(pc.is_null(by_record)))
    free = np.flatnonzero(~np.asarray(_among(current, by_record)))
    at_free = flat(places(pair(seen).take(pa.array(news)), pair(current).take(pa.array(free))))
    by_pair = pa.array(free.astype(np.int32)).take(at_free)
    # Of several rows that mean one place the first goes on with it.
    first = first_of_each(pa.table({"place": by_pair, "row": pa.array(news.astype(np.int32))}), ["place"])
    found = np.asarray(pc.fill_null(by_record, -1)).copy()
    found[np.asarray(first["row"])] = np.asarray(pc.fill_null(first["place"], -1))
    return pa.array(found, mask=found < 0)


def _by_record(seen: pa.Table, current: pa.Table) -> Any:
    """For each row seen, the first place in `current` of the same company and the source's same name of the person."""
    told_once = np.ones(current.num_rows, bool)
    told_once[repeats.rows([current["company_id"], current["source_key"]])] = False
    found = flat(places(pair(seen), pair(current)))
    is_called_so = pc.equal(flat(current["source_key"]).take(found), flat(seen["source_key"]))
    # Most are the person that they were, and no other row is called so.
    is_same = pc.fill_null(pc.and_(is_called_so, pa.array(told_once).take(found)), False)
    rest = np.flatnonzero(~np.asarray(is_same))
    numbers = np.asarray(pc.fill_null(found, -1)).copy()
    numbers[rest] = np.asarray(pc.fill_null(_by_name(seen.take(pa.array(rest)), current), -1))
    return pa.array(numbers, mask=numbers < 0)


def _by_name(seen: pa.Table, current: pa.Table) -> Any:
    """The same for any rows."""
    called = flat(pc.unique(seen["source_key"]))
    near = np.flatnonzero(np.asarray(pc.is_in(current["source_key"], value_set=called)))
    here = current.select(["company_id", "source_key"]).take(pa.array(near))
    known = _spoken(here, pc.index_in(here["source_key"], value_set=called))
    asked = _spoken(seen, pc.index_in(seen["source_key"], value_set=called))
    return pa.array(near.astype(np.int32)).take(flat(pc.index_in(asked, value_set=flat(known))))


def _spoken(rows: pa.Table, numbers: Any) -> Any:
    """One number for a company and what the source calls the person, of which there is a number."""
    return pc.add(pc.multiply(rows["company_id"], 2**32), numbers.cast(pa.int64()))


def _among(table: pa.Table, places: Any) -> Any:
    """Of each row of a table whether it is at one of these places."""
    found = np.zeros(table.num_rows, bool)
    found[np.asarray(flat(places).drop_null())] = True
    return pa.array(found)


def _past(told_over: pa.Table, known: pa.Table, source: str) -> pa.Table:
    """Positions that were over when they were first told, and that are not known from an earlier telling."""
    if not told_over.num_rows:
        return told_over
    mine = known.filter(pc.equal(known["source"], source))
    new = told_over.filter(
        pc.invert(pc.is_in(stay(told_over, "ended_on"), value_set=flat(stay(mine, "ended_on"))))
    )
    # Nobody noticed: it was told as something of the past.
    return with_columns(new, noticed_on=new["ended_on"])


def stay(rows: pa.Table, *more: str) -> Any:
    """One text for the company, what the source calls the person, and the title."""
    title = pc.if_else(pc.equal(rows["title_words"], ""), _text(rows["title"]), rows["title_words"])
    parts = [rows[name].cast(pa.string()) for name in ("company_id", "source_key", *more)]
    return pc.binary_join_element_wise(*parts, title, "\x1f")


def read_titles(positions: pa.Table) -> pa.Table:
    """The positions with the words, seniority and department that the present rules read in their titles."""
    words, seniority, department = mapped_apart(_text(positions["title"]), _read, 3)
    return with_columns(positions, title_words=words, seniority=seniority, department=department)


def _with_titles(spells: pa.Table, known: pa.Table) -> pa.Table:
    """The spells with what their titles say. Most titles are known already, and need not be read again."""
    places = flat(pc.index_in(_text(spells["title"]), value_set=flat(_text(known["title"]))))
    is_new = pc.is_null(places)
    new = read_titles(spells.filter(is_new))
    return with_columns(
        spells,
        **{
            name: pc.replace_with_mask(flat(known[name]).take(places), is_new, flat(new[name]))
            for name in _READ
        },
    )


_READ = ("title_words", "seniority", "department")


def _read(title: str) -> tuple[str, str, str]:
    reading = titles.read(title)
    return titles.words(title), reading.seniority, reading.department


def as_spells(roster: pa.Table, before: pa.Table, source: str, as_of: date) -> pa.Table:
    """Each row of the roster as the spell it would be if nothing had been known before."""
    if not roster.num_rows:
        return records.POSITION_STORED.empty_table()
    over = pc.less_equal(roster["until"], pa.scalar(as_of))
    ended = pc.if_else(over, roster["until"], _NO_DAY)
    last_seen = pc.coalesce(ended, roster["last_seen"], pa.scalar(as_of))
    started = pc.min_element_wise(pc.coalesce(roster["since"], last_seen), last_seen)
    earlier = before.select(["company_id", "profile_id", "first_seen_on"])
    known = (
        pa.table({"pair": pair(earlier), "day": earlier["first_seen_on"]})
        .group_by("pair")
        .aggregate([("day", "min")])
    )
    first = pc.min_element_wise(
        started, roster["first_seen"], at(known["day_min"], pair(roster), known["pair"])
    )
    spell = with_columns(
        roster,
        started_on=started,
        ended_on=ended,
        first_seen_on=first,
        last_seen_on=last_seen,
        source=pa.repeat(source, roster.num_rows),
        folded_country=mapped(roster["country"], fold),
    )
    return _with_titles(conform(spell, records.POSITION_STORED), before)


def _same_title(seen: pa.Table, former: pa.Table) -> Any:
    """The same words, however written; titles of which no word is left are compared as they stand."""
    as_written = pc.equal(_text(seen["title"]), _text(former["title"]))
    worded = pc.and_(
        pc.equal(seen["title_words"], former["title_words"]), pc.not_equal(seen["title_words"], "")
    )
    return pc.fill_null(pc.or_(as_written, worded), False)


def _going_on(seen: pa.Table, former: pa.Table, are_same: Any) -> pa.Table:
    """What is seen, where it is the same spell as before with the days of both."""
    was = {name: pc.if_else(are_same, former[name], _NO_DAY) for name in _DAYS}
    return with_columns(
        seen,
        started_on=pc.min_element_wise(seen["started_on"], was["started_on"]),
        first_seen_on=pc.min_element_wise(seen["first_seen_on"], was["first_seen_on"]),
        last_seen_on=pc.max_element_wise(seen["last_seen_on"], was["last_seen_on"]),
    )


def _replaced(former: pa.Table, seen: pa.Table, as_of: date) -> pa.Table:
    """The old title was last known on the day it was last seen, or when the new one began if that was before."""
    last = pc.min_element_wise(former["last_seen_on"], seen["started_on"])
    return _ended(former, pc.max_element_wise(last, former["started_on"]), as_of)


def _ended(spells: pa.Table, last_day: Any, as_of: date) -> pa.Table:
    noticed = pa.repeat(pa.scalar(as_of, pa.date32()), spells.num_rows)
    return with_columns(spells, ended_on=last_day, last_seen_on=last_day, noticed_on=noticed)


def _text(column: Any) -> Any:
    return pc.fill_null(column, "")


def _count(mask: Any) -> int:
    return int(pc.sum(mask).as_py() or 0)
