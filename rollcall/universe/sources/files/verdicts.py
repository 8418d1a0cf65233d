"""What is decided about the rows of a batch: which are refused and why, and what was left out of others."""

from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.sources.files.mapping import Mapping
from rollcall.universe.sources.files.reasons import STRICT

REJECTED = pa.schema(
    [
        ("file", pa.int32()),
        ("row", pa.int64()),
        ("code", pa.string()),
        ("column", pa.string()),
        ("value", pa.string()),
        # The row as it stands, where its cells cannot be told apart.
        ("raw", pa.string()),
        # Whose roster is not whole without the row: null if that cannot be known, empty if it names nobody.
        ("company", pa.string()),
    ]
)
_SHOWN = 80


class Verdicts:
    """Of each row the first reason counts."""

    def __init__(self, mapping: Mapping, count: int) -> None:
        self._strict = mapping.bad_values == "reject"
        self._count = count
        self._refused: dict[int, tuple[str, str, str]] = {}
        self.warnings = Counter[str]()

    def refuse(self, mask: Any, code: str, column: str, shown: Any = None) -> None:
        """Rows where `mask` holds; `shown` has the values to show."""
        for at in pc.indices_nonzero(pc.fill_null(mask, False)).to_pylist():
            value = "" if shown is None else str(shown[at].as_py() or "")[:_SHOWN]
            self._refused.setdefault(at, (code, column, value))

    def without(self, mask: Any, code: str, column: str, shown: Any) -> None:
        """A value that may be empty is left out where `mask` holds; or the row refused, if the mapping wants that."""
        if self._strict:
            self.refuse(mask, STRICT[code], column, shown)
        else:
            self.warn(mask, code)

    def warn(self, mask: Any, code: str) -> None:
        count = pc.sum(pc.fill_null(mask, False)).as_py()
        if count:
            self.warnings[code] += int(count)

    @property
    def accepted(self) -> Any:
        """True for the rows that are kept."""
        if not self._refused:
            return pa.array([True] * self._count, pa.bool_())
        return pa.array([at not in self._refused for at in range(self._count)], pa.bool_())

    def rejected(self, rows: Any, file: int, *, companies: Any, nobody: Any, ignore: Any) -> pa.Table:
        """The refused rows in the shape of `REJECTED`.

        Args:
            companies: of each row the company, as far as it can be told.
            nobody: rows that name no person.
            ignore: rows that are left out.
        """
        ignored = set(pc.indices_nonzero(ignore).to_pylist())
        return table(
            [
                (
                    file,
                    rows[at].as_py(),
                    code,
                    column,
                    value,
                    "",
                    "" if nobody[at].as_py() else companies[at].as_py(),
                )
                for at, (code, column, value) in sorted(self._refused.items())
                if at not in ignored
            ]
        )


def table(rows: list[tuple[int, int, str, str, str, str, str | None]]) -> pa.Table:
    """Rejected rows in the shape of `REJECTED`."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in REJECTED)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, REJECTED, strict=True)]
    return pa.table(arrays, schema=REJECTED)
