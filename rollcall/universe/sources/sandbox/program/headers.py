"""Names of columns that can be told apart, whatever the header says."""

from collections.abc import Sequence

from rollcall.universe.sources.sandbox.limits import Limits
from rollcall.universe.sources.sandbox.program.refused import Refused

# So many rows are looked at for a header; a row so many times narrower than the table is none.
FIRST_ROWS, _TABLE_CELLS = 20, 3
_LONGEST = 200


def place(rows: Sequence[Sequence[object]]) -> int:
    """Which of the first rows is the header: the first that is filled and no title or note over the table."""
    filled = [sum(cell is not None and cell != "" for cell in cells) for cells in rows]
    for at, count in enumerate(filled):
        wider = max(filled[at + 1 :], default=0)
        if count and not (wider >= _TABLE_CELLS and count * _TABLE_CELLS <= wider):
            return at
    return 0


def tidy(cells: Sequence[object], limits: Limits) -> tuple[list[str], list[str]]:
    """(names, those that stood there twice): blanks are trimmed, a nameless column is `column 3`, a second `Email` is
    `Email (2)`."""
    if len(cells) > limits.columns:
        raise Refused("too_much", limit=f"{limits.columns} columns")
    names: list[str] = []
    repeated: list[str] = []
    for number, cell in enumerate(cells, start=1):
        plain = " ".join(str(cell if cell is not None else "").replace("\0", "").split())[:_LONGEST]
        name, count = plain or f"column {number}", 1
        while name in names:
            count += 1
            name = f"{plain or 'column'} ({count})"
        if count == 2 and plain:
            repeated.append(plain)
        names.append(name)
    return names, repeated
