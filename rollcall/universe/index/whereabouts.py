"""Where a profile is now: from its id to its current rows, without sorting: nearly everybody has one row only."""

from pathlib import Path
from typing import Any

import numpy as np

from rollcall.universe.index import layout
from rollcall.universe.index.columns import Files
from rollcall.universe.index.layout import Column, Opened

_ROWS = 1 << 18


def write(folder: Path, current: Files, *, rows: int, profiles: int) -> dict[str, Any]:
    """Write the row of each profile; `profiles` is one more than the greatest id."""
    assert rows < 2**32 - 1, "more current positions than row numbers"
    profiles = profiles if rows else 0
    further: list[tuple[Column, Column]] = []
    # Written at random: faster in memory of its own, which has large pages, than in a mapped file.
    slots = np.zeros(profiles, layout.ROW_OF_PROFILE)
    for row in range(0, rows, _ROWS):
        further.append(_fill(slots, current.read("profile_id", row, min(_ROWS, rows - row)), row))
    (folder / "row_of_profile").write_bytes(slots.data)
    del slots
    ids = np.concatenate([np.empty(0, np.int64), *(ids for ids, _ in further)])
    places = np.concatenate([np.empty(0, np.int64), *(places for _, places in further)])
    order = np.lexsort((places, ids))
    ids[order].astype(layout.FURTHER_ROWS).tofile(folder / "further_profiles")
    places[order].astype(layout.FURTHER_ROWS).tofile(folder / "further_rows")
    return {"profiles": profiles, "further": len(ids)}


def rows_of(index: Opened, profiles: Column) -> tuple[Column, Column]:
    """All current rows of these profiles: for each row the place of its profile among those asked, and the row."""
    known = np.where((profiles >= 0) & (profiles < len(index.row_of_profile)), profiles, 0)
    first = np.zeros(len(profiles), np.int64)
    if len(index.row_of_profile):
        first = np.where(known == profiles, index.row_of_profile[known].astype(np.int64), 0)
    places = np.flatnonzero(first)
    low = np.searchsorted(index.further_profiles, profiles, "left")
    counts = np.searchsorted(index.further_profiles, profiles, "right") - low
    more = np.repeat(np.arange(len(profiles)), counts)
    offsets = np.arange(len(more)) - np.repeat(np.cumsum(counts) - counts, counts)
    further = index.further_rows[np.repeat(low, counts) + offsets]
    return np.concatenate([places, more]), np.concatenate([first[places] - 1, further])


def _fill(slots: Column, profiles: Column, row: int) -> tuple[Column, Column]:
    """Put these rows where nobody is yet; returns the profiles and rows that found their place taken."""
    rows = np.arange(row, row + len(profiles), dtype=np.int64)
    free = slots[profiles] == 0
    slots[profiles[free]] = (rows[free] + 1).astype(np.uint32)
    # Of two rows of one profile in this part, the one that was written last has the place.
    lost = slots[profiles] != (rows + 1).astype(np.uint32)
    return profiles[lost], rows[lost]
