"""What a source may be called, and the day that the name of a file tells."""

import re
from calendar import monthrange
from datetime import date

from rollcall.core.errors import Invalid

# Keys of companies by domain begin with it.
_RESERVED = "domain"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_DATED = re.compile(r"(?<!\d)(20\d\d)-(\d\d)(?:-(\d\d))?(?!\d)")


class BadSourceName(Invalid):
    """A source cannot be called {name!r}. Use small letters, digits and underscores, beginning with a letter."""


def check(name: str) -> None:
    """Refuse a name that could not be part of a key.

    Raises:
        BadSourceName: it has other characters, or is reserved.
    """
    if not _NAME.fullmatch(name) or name == _RESERVED:
        raise BadSourceName(name=name[:80])


def day_in(name: str) -> date | None:
    """`day_in("roster_2026-08.csv") == date(2026, 8, 31)`: a month means its last day."""
    found = _DATED.search(name)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        return date(year or 0, month or 0, day or monthrange(year or 0, month or 0)[1])
    except ValueError:
        return None
