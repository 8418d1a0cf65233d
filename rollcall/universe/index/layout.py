"""The files of an index: one plain column each, little-endian, in the order of the rows; and where they are."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Column = npt.NDArray[Any]
# Raised by one whenever a file is added, renamed or read differently: older indexes are built anew.
FORMAT = 1
# One row is a person who is at a company now. Titles, levels, departments and countries are numbers of a list.
COLUMNS: dict[str, np.dtype[Any]] = {
    "profile_id": np.dtype("<i8"),
    "title": np.dtype("<i4"),
    "seniority": np.dtype("u1"),
    "department": np.dtype("u1"),
    "country": np.dtype("<i4"),
    "first_seen_on": np.dtype("<i4"),
    "last_seen_on": np.dtype("<i4"),
}
# Row number of the first person of each company, by company id; one more at the end.
STARTS = np.dtype("<i8")
LISTS = ("titles", "words", "seniorities", "departments", "countries")


@dataclass(frozen=True)
class Opened:
    """An index as it lies on the disk; the operating system reads what is touched and keeps what is touched often."""

    columns: dict[str, Column]
    starts: Column
    lists: dict[str, pa.StringArray]
    word_starts: Column
    word_titles: Column


def open_(folder: Path) -> Opened:
    """Map the index into memory; nothing but its short lists is read."""
    meta = json.loads((folder / "index.json").read_text())
    columns = {name: _mapped(folder / name, dtype, meta["rows"]) for name, dtype in COLUMNS.items()}
    return Opened(
        columns=columns,
        starts=_mapped(folder / "starts", STARTS, meta["companies"] + 2),
        lists={name: _read_list(folder / f"{name}.arrow") for name in LISTS},
        word_starts=_mapped(folder / "word_starts", STARTS, meta["words"] + 1),
        word_titles=_mapped(folder / "word_titles", np.dtype("<i4"), meta["word_titles"]),
    )


def write_list(path: Path, values: pa.StringArray) -> None:
    """A list of texts, as an Arrow file that is mapped and not read."""
    table = pa.table({"value": values})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _read_list(path: Path) -> pa.StringArray:
    column = pa.ipc.open_file(pa.memory_map(str(path))).read_all()["value"]
    return column.chunk(0) if column.num_chunks == 1 else pa.array(column.to_pylist(), pa.large_string())


def _mapped(path: Path, dtype: np.dtype[Any], length: int) -> Column:
    if not length:
        return np.empty(0, dtype)
    return np.memmap(path, dtype=dtype, mode="r", shape=(length,))
