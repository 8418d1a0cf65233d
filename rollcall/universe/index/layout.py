"""The files of an index: one plain column each, little-endian, in the order of the rows; and where they are."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Column = npt.NDArray[Any]
# Raised by one whenever a file is added, renamed or read differently: older indexes are built anew.
FORMAT = 4
_DAY = np.dtype("<i4")
HASH = np.dtype("<u8")
# One row is a person who is at a company now. Titles, levels, departments and countries are numbers of a list.
# `facts` is a hash of what a contact shows of the position.
COLUMNS: dict[str, np.dtype[Any]] = {
    "profile_id": np.dtype("<i8"),
    "title": np.dtype("<i4"),
    "seniority": np.dtype("u1"),
    "department": np.dtype("u1"),
    "country": np.dtype("<i4"),
    "started_on": _DAY,
    "first_seen_on": _DAY,
    "last_seen_on": _DAY,
    "facts": HASH,
}
# One row is a spell that has ended, in the folder of that name.
ENDED = "ended"
ENDED_COLUMNS = {name: COLUMNS[name] for name in COLUMNS if name not in ("country", "first_seen_on")} | {
    "ended_on": _DAY
}
# Row number of the first person of each company, by company id; one more at the end.
STARTS = np.dtype("<i8")
LISTS = ("titles", "words", "seniorities", "departments", "countries")
# By table, the files by id: a hash of what a contact shows of the person or company (0 is an id that nobody has), and
# what is known of the person beside the name, a bit each.
FACTS: dict[str, dict[str, np.dtype[Any]]] = {
    "profiles": {"profile_facts": HASH, "profile_known": np.dtype("u1")},
    "companies": {"company_facts": HASH},
}
EMAIL, PAGE, PHONE = 1, 2, 4
# By profile id, the row (from 1) of a current position; 0 for nobody. Further ones of the same person beside it.
ROW_OF_PROFILE = np.dtype("<u4")
FURTHER_ROWS = np.dtype("<i8")


@dataclass(frozen=True)
class Spells:
    """Positions sorted by company, then profile."""

    columns: dict[str, Column]
    starts: Column


@dataclass(frozen=True)
class Opened:
    """An index as it lies on the disk; the operating system reads what is touched and keeps what is touched often.

    `built` tells it from others that were or will be in the same folder. `memory`: what the modules that answer from it
    opened or resolved on it, by their own keys.
    """

    folder: Path
    columns: dict[str, Column]
    starts: Column
    lists: dict[str, pa.StringArray]
    word_starts: Column
    word_titles: Column
    ended: Spells
    row_of_profile: Column
    further_profiles: Column
    further_rows: Column
    facts: dict[str, Column]
    built: str = ""
    memory: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def current(self) -> Spells:
        return Spells(self.columns, self.starts)


def open_(folder: Path) -> Opened:
    """Map the index into memory; nothing but its short lists is read."""
    stat = (folder / "index.json").stat()
    meta = json.loads((folder / "index.json").read_text())
    current = _spells(folder, COLUMNS, meta["rows"], meta["companies"])
    return Opened(
        folder=folder,
        columns=current.columns,
        starts=current.starts,
        lists={name: _read_list(folder / f"{name}.arrow") for name in LISTS},
        word_starts=_mapped(folder / "word_starts", STARTS, meta["words"] + 1),
        word_titles=_mapped(folder / "word_titles", np.dtype("<i4"), meta["word_titles"]),
        ended=_spells(folder / ENDED, ENDED_COLUMNS, meta["ended_rows"], meta["companies"]),
        row_of_profile=_mapped(folder / "row_of_profile", ROW_OF_PROFILE, meta["profiles"]),
        further_profiles=_mapped(folder / "further_profiles", FURTHER_ROWS, meta["further"]),
        further_rows=_mapped(folder / "further_rows", FURTHER_ROWS, meta["further"]),
        facts={
            name: _mapped(folder / name, dtype, meta[f"{table}_size"])
            for table, files in FACTS.items()
            for name, dtype in files.items()
        },
        built=f"{stat.st_ino}-{stat.st_mtime_ns}",
    )


def column(folder: Path, name: str, rows: int) -> Column:
    """A column of the current positions, as a plain array: each slice of a memory map costs a call in Python."""
    return np.asarray(_mapped(folder / name, COLUMNS[name], rows))


def write_list(path: Path, values: pa.StringArray) -> None:
    """A list of texts, as an Arrow file that is mapped and not read."""
    table = pa.table({"value": values})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _spells(folder: Path, dtypes: dict[str, np.dtype[Any]], rows: int, companies: int) -> Spells:
    columns = {name: _mapped(folder / name, dtype, rows) for name, dtype in dtypes.items()}
    return Spells(columns, _mapped(folder / "starts", STARTS, companies + 2))


def _read_list(path: Path) -> pa.StringArray:
    column = pa.ipc.open_file(pa.memory_map(str(path))).read_all()["value"]
    return column.chunk(0) if column.num_chunks == 1 else pa.array(column.to_pylist(), pa.large_string())


def _mapped(path: Path, dtype: np.dtype[Any], length: int) -> Column:
    if not length:
        return np.empty(0, dtype)
    return np.memmap(path, dtype=dtype, mode="r", shape=(length,))
