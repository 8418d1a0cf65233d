"""Cells that no spreadsheet takes for a formula, and that can be read back exactly."""

from datetime import UTC, date, datetime
from typing import Any

from rollcall.core.cells import RISKY


def text(value: Any) -> str:
    """The value as a cell: nothing for unknown, yes/no, ISO dates, UTC instants; an apostrophe before a formula.

    A value is what it was once one apostrophe is taken off a cell whose rest would be risky; so a value that
    itself begins with apostrophes before something risky gets one more.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    plain = str(value)
    return f"'{plain}" if RISKY.match(plain) else plain
