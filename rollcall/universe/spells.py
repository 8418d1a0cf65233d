"""Merges a roster into the positions: who stayed, who joined, who left, whose title changed.

A position is one spell: one title at one company. A title that is only spelled differently ("CEO", "Chief
Executive Officer") goes on as the same spell under its newest spelling.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import records, titles
from rollcall.universe.columns import at, conform, mapped, mapped_apart, pair, with_columns
from rollcall.universe.folding import fold

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
    """The positions after `roster` (with our company_id and profile_id) has been read.

    `covered`: the companies that the roster names; of the others nothing is known.
    """
    mine = pc.and_(pc.is_null(before["ended_on"]), pc.equal(before["source"], source))
    current, others = before.filter(mine), before.filter(pc.invert(mine))
    seen = _seen(roster, before, source, as_of)
    former = current.take(pc.index_in(pair(seen), value_set=pair(current)))
    stayed = pc.is_valid(former["profile_id"])
    same_title = pc.and_(stayed, _same_title(seen, former))
    changed = pc.and_(stayed, pc.invert(same_title))

    going_on = _going_on(seen.filter(same_title), former.filter(same_title))
    started = seen.filter(pc.invert(same_title))
    replaced = _replaced(former.filter(changed), seen.filter(changed), as_of)
    absent = pc.invert(pc.is_in(pair(current), value_set=pair(seen)))
    gone = pc.and_(absent, pc.is_in(current["company_id"], value_set=covered))
    untouched = current.filter(pc.and_(absent, pc.invert(gone)))
    left = _ended(current.filter(gone), current.filter(gone)["last_seen_on"], as_of)

    every = pa.concat_tables([others, untouched, going_on, started, replaced, left]).combine_chunks()
    respelled = pc.and_(same_title, pc.not_equal(_text(seen["title"]), _text(former["title"])))
    return Merged(
        positions=every.sort_by(
            [(name, "ascending") for name in ("company_id", "profile_id", "started_on", "ended_on")]
        ),
        joined=seen.num_rows - _count(stayed),
        left=left.num_rows,
        title_changed=replaced.num_rows,
        respelled=_count(respelled),
    )


def read_titles(positions: pa.Table) -> pa.Table:
    """The positions with the words, seniority and department that the present rules read in their titles."""
    words, seniority, department = mapped_apart(_text(positions["title"]), _read, 3)
    return with_columns(positions, title_words=words, seniority=seniority, department=department)


def _read(title: str) -> tuple[str, str, str]:
    reading = titles.read(title)
    return titles.words(title), reading.seniority, reading.department


def _seen(roster: pa.Table, before: pa.Table, source: str, as_of: date) -> pa.Table:
    """Each row of the roster as the spell it would be if nothing had been known before."""
    last_seen = pc.coalesce(roster["last_seen"], pa.scalar(as_of))
    started = pc.coalesce(roster["since"], last_seen)
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
        ended_on=pa.nulls(roster.num_rows, pa.date32()),
        first_seen_on=first,
        last_seen_on=last_seen,
        source=pa.array([source] * roster.num_rows, pa.string()),
        folded_country=mapped(roster["country"], fold),
    )
    return read_titles(conform(spell, records.POSITION_STORED))


def _same_title(seen: pa.Table, former: pa.Table) -> Any:
    """The same words, however written; titles of which no word is left are compared as they stand."""
    as_written = pc.equal(_text(seen["title"]), _text(former["title"]))
    worded = pc.and_(
        pc.equal(seen["title_words"], former["title_words"]), pc.not_equal(seen["title_words"], "")
    )
    return pc.fill_null(pc.or_(as_written, worded), False)


def _going_on(seen: pa.Table, former: pa.Table) -> pa.Table:
    return with_columns(
        seen,
        started_on=pc.min_element_wise(seen["started_on"], former["started_on"]),
        first_seen_on=pc.min_element_wise(seen["first_seen_on"], former["first_seen_on"]),
        last_seen_on=pc.max_element_wise(seen["last_seen_on"], former["last_seen_on"]),
    )


def _replaced(former: pa.Table, seen: pa.Table, as_of: date) -> pa.Table:
    """The old title was last known on the day it was last seen, or when the new one began if that was before."""
    last = pc.min_element_wise(former["last_seen_on"], seen["started_on"])
    return _ended(former, pc.max_element_wise(last, former["started_on"]), as_of)


def _ended(spells: pa.Table, last_day: Any, as_of: date) -> pa.Table:
    noticed = pa.array([as_of] * spells.num_rows, pa.date32())
    return with_columns(spells, ended_on=last_day, last_seen_on=last_day, noticed_on=noticed)


def _text(column: Any) -> Any:
    return pc.fill_null(column, "")


def _count(mask: Any) -> int:
    return int(pc.sum(mask).as_py() or 0)
