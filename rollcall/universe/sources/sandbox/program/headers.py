"""Names of columns that can be told apart, whatever the header says."""

from collections.abc import Sequence

from rollcall.universe.sources.sandbox.limits import Limits
from rollcall.universe.sources.sandbox.program.refused import Refused

_LONGEST = 200


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
