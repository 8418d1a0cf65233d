"""What the values of a column look like: the share of them that could be an address, a day, a count, a title."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from rollcall.universe import phones, titles
from rollcall.universe.sources.files import values
from rollcall.universe.sources.files.hosts import company_domain

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_PROFILE = re.compile(
    r"(?i)(https?://)?([\w-]+\.)?(linkedin\.com/(in|pub|sales|profile)|xing\.com/profile)\b\S*"
)
_HOST = re.compile(r"(?i)(https?://)?[\w-]+(\.[\w-]+)*\.[a-z]{2,}(/\S*)?")
_NAME = re.compile(r"[^\W\d_][^@/:;|]*")
_COMMA = re.compile(r"[^,]+,\s*[^,]+")
_FORMATS = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y, %I:%M %p", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y年%m月%d日",
)  # fmt: skip


def share(sample: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, sample)) / len(sample) if sample else 0.0


def fits(field: str, sample: Sequence[str]) -> float | None:
    """How much of the sample could be of this field; None when its values have no look of their own."""
    name = field.split(".")[1]
    if not sample:
        return None
    if name in ("last_seen", "since", "first_seen", "until"):
        return max(share(sample, _is_day), 1.0 if formats(sample) else 0.0)
    tests: dict[str, Callable[[str], bool]] = {
        "email": is_email, "domain": _is_domain, "former_domain": _is_domain, "profile_url": _is_page,
        "phone": _is_phone, "employees": _is_number, "founded_year": _is_year, "full_name": _is_name,
        "first_name": _is_name, "last_name": _is_name, "title": _is_words, "name": _is_words,
    }  # fmt: skip
    if name in tests:
        return share(sample, tests[name])
    if name in ("person_id", "company_id"):
        return share(sample, lambda text: " " not in text.strip() and not is_email(text))
    if name in ("country", "region", "city", "sector", "industry"):
        return share(sample, lambda text: not is_email(text) and "/" not in text[:8] and not text.isdigit())
    return None


def is_profile(text: str) -> bool:
    return bool(_PROFILE.fullmatch(text.strip()))


def is_email(text: str) -> bool:
    return bool(_EMAIL.fullmatch(text.strip()))


def is_title(text: str) -> bool:
    """Whether our reader of titles finds a rank or a department in it."""
    reading = titles.read(text[:200])
    return reading.seniority not in ("", "unknown", "other", None) and reading.department not in (
        "",
        "unknown",
        "other",
        None,
    )


def is_last_first(sample: Sequence[str]) -> bool:
    return share(sample, lambda text: bool(_COMMA.fullmatch(text))) > 0.8


def formats(sample: Sequence[str]) -> list[str]:
    """Every way of writing days in which all of the sample is one; several mean that it cannot be known."""
    if not sample or all(_is_day(text) for text in sample):
        return []
    return [form for form in _FORMATS if all(_parses(text.strip(), form) for text in sample)]


def kind(sample: Sequence[str]) -> str:
    """A word for people: what the values are."""
    tests = (("email", is_email), ("profile address", is_profile), ("date", _is_day), ("number", _is_number),
             ("web address", _is_domain))  # fmt: skip
    if not sample:
        return "empty"
    return next(
        (name for name, test in tests if share(sample, test) > 0.8), "date" if formats(sample) else "text"
    )


def _is_day(text: str) -> bool:
    return not (text.isdigit() and len(text) != 8) and values.day(text.strip(), (), False) is not None


def _is_number(text: str) -> bool:
    return values.number(text) is not None


def _is_year(text: str) -> bool:
    number = values.number(text)
    return number is not None and 1_000 < number < 2_200


def _is_domain(text: str) -> bool:
    return not is_email(text) and bool(_HOST.fullmatch(text.strip())) and company_domain(text) is not None


def _is_page(text: str) -> bool:
    return "/" in text and bool(_HOST.fullmatch(text.strip()))


def _is_phone(text: str) -> bool:
    # Without its country any number of seven digits or more will do; extensions need some country.
    return any(phones.number(text.strip()[:60], country) for country in (None, "US"))


def _is_name(text: str) -> bool:
    return len(text) <= 80 and bool(_NAME.fullmatch(text.strip()))


def _is_words(text: str) -> bool:
    return any(mark.isalpha() for mark in text) and not is_email(text) and "://" not in text


@lru_cache(maxsize=4_096)
def _parses(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return False
    return True
