"""Numbers, dates and names as people read them: 1,284 · −146 · 31 Dec 2026 · Today, 09:41."""

import zlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

MINUS = "−"
NOTHING = "–"
HUES = 12
_SMALL = {"and", "of", "the", "da", "de", "do"}


def num(value: Any) -> str:
    """1284 → 1,284; a negative one gets a real minus sign; nothing known is a dash."""
    if value is None or value == "":
        return NOTHING
    return f"{value:,}".replace("-", MINUS) if isinstance(value, int | float | Decimal) else str(value)


def signed(value: int) -> str:
    """How a balance changed: +4, −146, 0."""
    return f"+{value:,}" if value > 0 else num(value)


def compact(value: int) -> str:
    """For the axis of a chart: 30k, 2.5m."""
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if abs(value) >= size:
            return f"{value / size:.1f}".rstrip("0").rstrip(".").replace("-", MINUS) + letter
    return num(value)


def count(value: int, nouns: str) -> str:
    """`count(2, "company,companies")` → 2 companies; with one word the plural takes an s."""
    one, _, many = nouns.partition(",")
    return f"{num(value)} {one if value == 1 else many or one + 's'}"


def share(some: int, whole: int) -> str:
    """`share(1, 3)` → 33 %; of a little that is not nothing, and of nearly all, that is said."""
    if not whole:
        return NOTHING
    percent = 100 * some / whole
    if 0 < percent < 1:
        return "< 1 %"
    return "> 99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def place(folded: str) -> str:
    """A country as it is compared, with capitals: united states → United States."""
    return " ".join(word if word in _SMALL else word[:1].upper() + word[1:] for word in folded.split())


def day(value: date | None) -> str:
    """31 Dec 2026; an instant is shown as the day it was where the user is."""
    local = _local_day(value)
    return f"{local.day} {local:%b %Y}" if local else NOTHING


def short_day(value: date | None, *, today: date) -> str:
    """31 Dec in the year that it is now, else with the year."""
    local = _local_day(value)
    if local is None:
        return NOTHING
    return f"{local.day} {local:%b}" if local.year == today.year else day(local)


def moment(value: datetime | None, *, now: datetime) -> str:
    """Today, 09:41 · Yesterday, 16:20 · 20 Nov, 14:02 · 20 Nov 2025, 14:02."""
    if value is None:
        return NOTHING
    today, local = timezone.localtime(now).date(), timezone.localtime(value)
    names = {0: "Today", 1: "Yesterday"}
    return f"{names.get((today - local.date()).days) or short_day(local, today=today)}, {local:%H:%M}"


def ago(value: date | None, *, now: datetime) -> str:
    """5 minutes ago · 3 hours ago · Yesterday · 4 days ago · 20 Nov; of a date only the days count."""
    if value is None:
        return NOTHING
    today = timezone.localtime(now).date()
    days = (today - (_local_day(value) or today)).days
    if days == 0 and isinstance(value, datetime):
        minutes = int((now - value).total_seconds() // 60)
        if minutes < 1:
            return "Just now"
        return f"{count(minutes, 'minute')} ago" if minutes < 60 else f"{count(minutes // 60, 'hour')} ago"
    if 0 <= days < 2:
        return ("Today", "Yesterday")[days]
    return f"{days} days ago" if 0 < days < 7 else short_day(value, today=today)


def utc(value: datetime) -> str:
    """For the tooltip of a local time: 2026-11-22 09:41 UTC."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def initials(name: str) -> str:
    """Nadia Fischer → NF; one word gives one letter."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def hue(key: str) -> int:
    """The colour class of an avatar: the same name has the same colour everywhere and always."""
    return zlib.crc32(key.casefold().encode()) % HUES


def _local_day(value: date | None) -> date | None:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value
