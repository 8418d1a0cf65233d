"""A record as it came, read with suspicion: every field may be missing, of another type, or not fit to keep."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import Any

from rollcall.core.errors import Invalid

TEXT_MAX = 500
PARTS_MAX = 1_000
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:[T ].*)?")
_FIRST_YEAR = 1900
# What turns the direction of writing round, so that a name reads as another; and what has no width at all. Joiners
# stay: Persian and Hindi names need them.
_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


class RecordRefused(Invalid):
    """This record cannot be used: {reason}."""


class Told:
    """One record. Fields are named by paths such as `company.location.country`.

    A field that cannot be used is left out and noted in `problems` as (path, reason); only what `needed` reads
    refuses the whole record.
    """

    def __init__(self, value: Any, problems: list[tuple[str, str]] | None = None, above: str = "") -> None:
        if not isinstance(value, dict):
            raise RecordRefused(reason=f"it is {_kind(value)}, not an object")
        self._value, self._above = value, above
        self.problems: list[tuple[str, str]] = [] if problems is None else problems

    def needed(self, path: str, most: int = TEXT_MAX) -> str:
        """
        Raises:
            RecordRefused: there is no text that can be used.
        """
        before = len(self.problems)
        found = self.text(path, most)
        if found is None:
            why = self.problems[before][1] if len(self.problems) > before else "is missing"
            raise RecordRefused(reason=f"{self._above}{path} {why}")
        return found

    def text(self, path: str, most: int = TEXT_MAX, *, is_masked: bool = False) -> str | None:
        """Text without blanks around it. `is_masked`: true or false stand for a text that is not shown."""
        value = self._at(path)
        if value is None or (is_masked and isinstance(value, bool)):
            return None
        if not isinstance(value, str):
            self._leave(path, f"is {_kind(value)}, not text")
            return None
        value = _UNSEEN.sub("", value)
        # A surrogate by itself has no UTF-8; NUL and its like have no place in a name.
        if any(unicodedata.category(mark) in ("Cc", "Cs") for mark in value.strip()):
            self._leave(path, "holds characters that no text may have")
            return None
        found = " ".join(value.split())
        if len(found) > most:
            self._leave(path, f"is longer than {most} characters")
            return None
        return found or None

    def number(self, path: str, *, least: int = 0, most: int = 2**53) -> int | None:
        value = self._at(path)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self._leave(path, f"is {_kind(value)}, not a whole number")
            return None
        if least <= value <= most:
            return value
        self._leave(path, f"is not within {least} and {most}")
        return None

    def day(self, path: str, *, is_end: bool = False) -> date | None:
        """A date, of which day and month may be missing: then it is the first of them, or for an end the last."""
        text = self.text(path, 40)
        if text is None:
            return None
        found = _DAY.fullmatch(text)
        try:
            if not found:
                raise ValueError
            year, month, day = (int(part) if part else None for part in found.groups())
            month = month or (12 if is_end else 1)
            day = day or (monthrange(year or 0, month)[1] if is_end else 1)
            made = date(year or 0, month, day)
        except ValueError:
            self._leave(path, "is no date")
            return None
        if made.year >= _FIRST_YEAR:
            return made
        self._leave(path, "is too long ago")
        return None

    def has(self, name: str) -> bool:
        """Whether the record has a field of this name, if only as null."""
        return name in self._value

    def is_true(self, path: str) -> bool:
        return self._at(path) is True

    def part(self, path: str) -> "Told":
        """The object at the path; an empty one where there is none."""
        value = self._at(path)
        if value is not None and not isinstance(value, dict):
            self._leave(path, f"is {_kind(value)}, not an object")
            value = None
        return Told(value or {}, self.problems, f"{self._above}{path}.")

    def parts(self, path: str) -> Iterator["Told"]:
        """The objects of the list at the path."""
        for place, value in self._items(path):
            if isinstance(value, dict):
                yield Told(value, self.problems, f"{self._above}{place}.")
            elif value is not None:
                self._leave(place, f"is {_kind(value)}, not an object")

    def texts(self, path: str) -> list[str]:
        """The texts of the list at the path."""
        found = []
        for place, value in self._items(path):
            text = Told({"it": value}, [], place).text("it")
            if text:
                found.append(text)
            elif value is not None and value != "":
                self._leave(place, "is not fit to keep")
        return found

    def _items(self, path: str) -> Iterator[tuple[str, Any]]:
        value = self._at(path)
        if value is None:
            return
        if not isinstance(value, list):
            self._leave(path, f"is {_kind(value)}, not a list")
            return
        if len(value) > PARTS_MAX:
            self._leave(path, f"has more than {PARTS_MAX} items, of which the first were read")
        for number, item in enumerate(value[:PARTS_MAX]):
            yield f"{path}.{number}", item

    def _at(self, path: str) -> Any:
        value: Any = self._value
        for name in path.split("."):
            if value is None:
                return None
            if not isinstance(value, dict):
                self._leave(path, f"is inside of {_kind(value)}")
                return None
            value = value.get(name)
        return value

    def _leave(self, path: str, reason: str) -> None:
        self.problems.append((f"{self._above}{path}", reason))


def _kind(value: Any) -> str:
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "nothing")
