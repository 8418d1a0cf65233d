"""What becomes of a company that turned out to be another one: everything follows to the id that survives."""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import records
from rollcall.universe.columns import at, conform, first_of_each, flat, with_columns
from rollcall.universe.fields import TEXT_FIELDS
from rollcall.universe.identity.companies.identifying import follow

Merged = Mapping[int, tuple[int, str]]
_KEPT_APART = ("id", "source", "source_key", "observed_on")


def tables(
    before: Mapping[str, pa.Table], merged: Merged, *, as_of: date, version: int
) -> dict[str, pa.Table]:
    """The tables of a version with `merged` companies under the id that survives, and redirects that say so."""
    found = dict(before)
    if not merged:
        return found
    for name, table in before.items():
        if "company_id" in table.column_names:
            found[name] = follow(table, "company_id", merged)
    found |= _one_current(found["positions"], found["shadows"], merged, as_of)
    found["companies"] = _companies(before["companies"], merged)
    found["redirects"] = redirects(before["redirects"], merged, version=version)
    return found


def redirects(before: pa.Table, merged: Merged, *, version: int) -> pa.Table:
    """With a line for each; who was led to a company that is another one now is led there at once."""
    mine = pc.equal(before["kind"], "company")
    led = pc.if_else(mine, follow(before.select(["to_id"]), "to_id", merged)["to_id"], before["to_id"])
    new = pa.table(
        {
            "kind": pa.array(["company"] * len(merged), pa.string()),
            "from_id": pa.array(list(merged), pa.int64()),
            "to_id": pa.array([survivor for survivor, _ in merged.values()], pa.int64()),
            "why": pa.array([f"The same company: {why}" for _, why in merged.values()], pa.string()),
            "version": pa.array([version] * len(merged), pa.int64()),
        },
        schema=records.REDIRECT,
    )
    return pa.concat_tables([with_columns(before, to_id=led), new]).combine_chunks()


def _companies(before: pa.Table, merged: Merged) -> pa.Table:
    """Without the merged ones; what only they were known to be goes to the company that survives."""
    former = pa.array(sorted(merged), pa.int64())
    gone = before.filter(pc.is_in(before["id"], value_set=former))
    kept = before.filter(pc.invert(pc.is_in(before["id"], value_set=former)))
    heirs = follow(gone, "id", merged)
    names = [name for name in records.COMPANY.names if name not in _KEPT_APART]
    names += [f"folded_{name}" for name in TEXT_FIELDS if name not in _KEPT_APART]
    for name in names:
        kept = with_columns(kept, **{name: pc.coalesce(kept[name], at(heirs[name], kept["id"], heirs["id"]))})
    # Somebody may survive who was not known before this load.
    orphans = heirs.filter(pc.invert(pc.is_in(heirs["id"], value_set=flat(kept["id"]))))
    return conform(pa.concat_tables([kept, orphans]).combine_chunks().sort_by("id"), records.COMPANY_STORED)


def _one_current(positions: pa.Table, shadows: pa.Table, merged: Merged, as_of: date) -> dict[str, pa.Table]:
    """Of somebody whom one source had at both companies, the position seen last stays; the others ended with that day.

    What several sources say of one person is laid side by side later, as always (`overlaps`).
    """
    survivors = pa.array(sorted({survivor for survivor, _ in merged.values()}), pa.int64())
    shown = [
        pa.array([is_shown] * table.num_rows, pa.bool_())
        for table, is_shown in ((positions, True), (shadows, False))
    ]
    every = pa.concat_tables([positions, shadows]).combine_chunks()
    every = with_columns(every, shown=pa.concat_arrays(shown))
    touched = pc.and_(pc.is_null(every["ended_on"]), pc.is_in(every["company_id"], value_set=survivors))
    current = every.filter(touched).sort_by(
        [("last_seen_on", "descending"), ("shown", "descending"), ("started_on", "ascending")]
    )
    first = first_of_each(with_columns(current, n=pa.array(range(current.num_rows), pa.int64())), _TOLD_BY)
    is_first = pc.is_in(pa.array(range(current.num_rows), pa.int64()), value_set=flat(first["n"]))
    over = current.filter(pc.invert(is_first))
    noticed = pa.array([as_of] * over.num_rows, pa.date32())
    shown_over = pa.array([True] * over.num_rows, pa.bool_())
    over = with_columns(over, ended_on=over["last_seen_on"], noticed_on=noticed, shown=shown_over)
    parts = [every.filter(pc.invert(touched)), current.filter(is_first), over]
    after = pa.concat_tables(parts).combine_chunks()
    return {
        "positions": after.filter(after["shown"]).drop_columns(["shown"]),
        "shadows": after.filter(pc.invert(after["shown"])).drop_columns(["shown"]),
    }


_TOLD_BY = ["company_id", "source", "source_key"]
