"""Single records that come late: they add to the past, and change nothing that their source has said since."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import records, spells
from rollcall.universe.columns import at, conform, first_of_each, flat, with_columns

_NEVER = np.iinfo(np.int32).max
_SPOKEN = ("company_id", "source_key")


@dataclass(frozen=True)
class Sorted:
    """Rows of a roster: those that are news, and those whose source said something newer of the same position."""

    timely: pa.Table
    late: pa.Table


def observed(roster: pa.Table, as_of: date) -> Any:
    """When each row was seen to be so. Of a position that is over, `last_seen` may be its last day: that is no
    observation of the end."""
    until, seen = roster["until"], roster["last_seen"]
    is_end = pc.fill_null(pc.less_equal(seen, until), False)
    day = pa.scalar(as_of, pa.date32())
    return pc.coalesce(pc.if_else(is_end, day, seen), day)


def marked(roster: pa.Table, spoken: pa.Table, *, source: str, as_of: date) -> pa.Table:
    """The roster with `is_late`: what its source said of this record since, at whichever company, is newer."""
    newest = _newest(spoken.filter(pc.equal(spoken["source"], source)), ["source_key"])
    known = at(newest["day"], roster["source_key"], newest["source_key"])
    return with_columns(roster, is_late=_before(observed(roster, as_of), known))


def apart(roster: pa.Table, spoken: pa.Table, *, source: str, as_of: date) -> Sorted:
    """By what the source said of the same record at the same company."""
    mine = spoken.filter(pc.equal(spoken["source"], source))
    newest = _newest(mine, list(_SPOKEN))
    known = at(newest["day"], _key(roster), _key(newest))
    late = _before(observed(roster, as_of), known)
    return Sorted(roster.filter(pc.invert(late)), roster.filter(late))


def placed(positions: pa.Table, late: pa.Table, *, source: str) -> pa.Table:
    """The positions with what late rows (as spells, each as if it stood alone) add to them.

    What stands in a spell that is known makes that begin earlier; the rest becomes positions of the past.
    """
    if not late.num_rows:
        return positions
    is_mine = pc.equal(positions["source"], source)
    mine, others = positions.filter(is_mine), positions.filter(pc.invert(is_mine))
    late = _as_past(late, mine)
    places = _spell_of(late, mine)
    found = flat(pc.is_valid(places))
    mine = _begun(mine, places.filter(found), late.filter(found))
    current = pc.index_in(_key(late), value_set=flat(_key_of_current(mine)))
    mine = _first_seen(mine, current, late)
    return pa.concat_tables([others, mine, _once(late.filter(pc.invert(found)))]).combine_chunks()


def _newest(spoken: pa.Table, keys: list[str]) -> pa.Table:
    """Of each record the last day of which its source has said anything; an end counts from when it was noticed."""
    day = pc.coalesce(pc.max_element_wise(spoken["ended_on"], spoken["noticed_on"]), spoken["last_seen_on"])
    days = with_columns(spoken.select(keys), day=day).group_by(keys).aggregate([("day", "max")])
    return days.rename_columns(["day" if name == "day_max" else name for name in days.column_names])


def _before(day: Any, known: Any) -> Any:
    return pc.fill_null(pc.less(day, known), False)


def _key(rows: pa.Table) -> Any:
    parts = [rows[name].cast(pa.string()) for name in _SPOKEN]
    return flat(pc.binary_join_element_wise(*parts, "\x1f"))


def _key_of_current(mine: pa.Table) -> Any:
    return pc.if_else(pc.is_null(mine["ended_on"]), _key(mine), pa.scalar(None, pa.string()))


def _as_past(late: pa.Table, mine: pa.Table) -> pa.Table:
    """Each ends on the day it was last seen, or when the present title began if that was before."""
    current = mine.filter(pc.is_null(mine["ended_on"]))
    began = at(current["started_on"], _key(late), _key(current))
    ended = pc.min_element_wise(late["last_seen_on"], began)
    ended = pc.coalesce(late["ended_on"], pc.max_element_wise(ended, late["started_on"]))
    return with_columns(late, ended_on=ended, noticed_on=ended)


def _spell_of(late: pa.Table, mine: pa.Table) -> Any:
    """The place in `mine` of the first spell of the same title that ends no earlier; null where there is none."""
    known, wanted = flat(spells.stay(mine)), flat(spells.stay(late))
    names = pc.unique(known)
    codes = pc.index_in(known, value_set=names).to_numpy(zero_copy_only=False).astype(np.int64)
    sought = pc.fill_null(pc.index_in(wanted, value_set=names), -1).to_numpy().astype(np.int64)
    ends = codes * 2**32 + _days(mine["ended_on"], _NEVER)
    order = np.argsort(ends, kind="stable")
    at_least = np.searchsorted(ends[order], sought * 2**32 + _days(late["last_seen_on"], _NEVER))
    at_least = np.minimum(at_least, len(order) - 1)
    places = order[at_least] if len(order) else np.zeros(len(sought), np.int64)
    right = (sought >= 0) & (codes[places] == sought if len(order) else False)
    return pa.array(places, pa.int64(), mask=~right)


def _begun(mine: pa.Table, places: Any, late: pa.Table) -> pa.Table:
    started = _days(mine["started_on"], _NEVER)
    np.minimum.at(started, places.to_numpy(), _days(late["started_on"], _NEVER))
    mine = with_columns(mine, started_on=_dates(started))
    return _first_seen(mine, places, late)


def _first_seen(mine: pa.Table, places: Any, late: pa.Table) -> pa.Table:
    known = flat(pc.is_valid(places))
    first = _days(mine["first_seen_on"], _NEVER)
    seen = _days(late["first_seen_on"].filter(known), _NEVER)
    np.minimum.at(first, places.filter(known).to_numpy(), seen)
    return with_columns(mine, first_seen_on=_dates(first))


def _once(late: pa.Table) -> pa.Table:
    """Several late rows of one title are one spell, from its first day to its last."""
    stay = spells.stay(late)
    days = (
        with_columns(late.select(["started_on", "ended_on", "first_seen_on"]), stay=stay)
        .group_by("stay")
        .aggregate([("started_on", "min"), ("ended_on", "max"), ("first_seen_on", "min")])
    )
    newest = with_columns(late, stay=stay).sort_by([("ended_on", "descending")])
    one = first_of_each(newest, ["stay"])
    started, ended, first = (
        at(days[name], one["stay"], days["stay"])
        for name in ("started_on_min", "ended_on_max", "first_seen_on_min")
    )
    one = with_columns(
        one, started_on=started, ended_on=ended, last_seen_on=ended, noticed_on=ended, first_seen_on=first
    )
    return conform(one, records.POSITION_STORED)


def _days(column: Any, missing: int) -> Any:
    whole = pc.fill_null(flat(column).cast(pa.int32()), missing)
    return whole.to_numpy(zero_copy_only=False).astype(np.int64)


def _dates(days: Any) -> Any:
    return pa.array(days, pa.int64(), mask=days == _NEVER).cast(pa.int32()).cast(pa.date32())
