"""What of a former index is still true: the rows of the files that both versions have, whatever they are called."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rollcall.universe.index import layout
from rollcall.universe.index.layout import Column, Opened, Spells

# A title that nobody has any more keeps its number as long as numbers are kept: past this the index is built anew.
_GROWTH_MAX = 2


@dataclass(frozen=True)
class Kept:
    """The rows of a file that the former index has: how many, from which on there, and from which on here."""

    current: int
    ended: int
    was_current: int
    was_ended: int
    first_current: int = 0
    first_ended: int = 0


@dataclass(frozen=True)
class Former:
    """An index of another version; by the stamp of a file its positions, and the ids of its people or companies."""

    index: Opened | None = None
    meta: dict[str, Any] = field(default_factory=dict)
    positions: dict[tuple[int, ...], Kept] = field(default_factory=dict)
    ids: dict[str, dict[tuple[int, ...], range]] = field(default_factory=dict)


NOTHING = Former()


def of(folder: Path | None) -> Former:
    """The index in `folder`; `NOTHING` if there is none, or none of the present format, or it has grown too old."""
    try:
        meta = json.loads((folder / "index.json").read_text()) if folder else {}
        if meta.get("format") != layout.FORMAT or meta["titles"] > _GROWTH_MAX * meta["titles_at_first"]:
            return NOTHING
        assert folder
        index = layout.open_(folder)
    except (FileNotFoundError, ValueError):
        # Removed while it was read, or cut short by a power failure.
        return NOTHING
    return Former(
        index,
        meta,
        {tuple(stamp): Kept(*numbers) for stamp, numbers in meta["positions"]},
        {table: {tuple(stamp): range(*ids) for stamp, ids in meta[f"{table}_ids"]} for table in layout.FACTS},
    )


def stamp(path: Path) -> tuple[int, ...]:
    """What tells a file from others without reading it; a second name of the same file has the same."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ino


def staff(spells: Spells, first: int, count: int) -> tuple[int, Column]:
    """Of these rows the first company, and how many each has from it on."""
    if not count:
        return 0, np.zeros(0, np.int64)
    starts = np.asarray(spells.starts)
    low, high = np.searchsorted(starts, (first, first + count - 1), side="right") - 1
    return int(low), np.diff(np.clip(starts[low : high + 2], first, first + count))
