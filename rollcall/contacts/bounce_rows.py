"""Reported bounces as they come: rows of a file or a request, cleaned, and whether it was a hard one."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date

from rollcall.core import csv_files
from rollcall.core.errors import Invalid

ROWS_MAX, BYTES_MAX, TEXT_MAX = 100_000, 12 * 2**20, 500
HARD, SOFT, UNCLEAR = "hard", "soft", "unclear"
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BASIC = re.compile(r"(?<![\d.])([45])\d\d(?![\d.])")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_HARD_WORDS = {"hard", "hardbounce", "permanent", "permanentfailure", "hardfail"}
_SOFT_WORDS = {"soft", "softbounce", "transient", "temporary", "temporaryfailure", "softfail"}
# What columns are called, in our own exports and elsewhere; compared without case and signs.
_COLUMNS = {
    "contact_id": ("contactid", "contact", "id", "rollcallid"),
    "profile_url": ("profileurl", "profile", "linkedin", "linkedinurl"),
    "full_name": ("fullname", "name"),
    "first_name": ("firstname", "givenname"),
    "last_name": ("lastname", "surname", "familyname"),
    "company": ("companydomain", "domain", "website", "company", "companyname", "account"),
    "email": ("email", "emailaddress", "recipient", "address"),
    "kind": ("bouncetype", "type", "kind", "bounce"),
    "status": ("bouncecode", "code", "status", "statuscode", "smtpcode", "smtpstatus"),
    "reason": ("reason", "bouncereason", "diagnostic", "diagnosticcode", "message", "error"),
    "bounced_on": ("bouncedon", "bouncedat", "date", "bouncedate", "timestamp"),
}


class FileTooLarge(Invalid):
    """The file is larger than {megabytes} MB or has more than {rows_max} rows. Split it into several."""


class UnreadableFile(Invalid):
    """The file cannot be read as CSV: {reason}. Save it as CSV in UTF-8 and send it again; nothing was changed."""


class NoColumns(Invalid):
    """No column of the file says whom a bounce is about. Name one of them Contact id, Profile URL, or two of them Name
    and Company domain. The first line must have the names of the columns."""


@dataclass(frozen=True)
class Row:
    """One reported bounce: whom it is about, by any of the ways to say so, and what the mail server answered."""

    contact_id: str = ""
    profile_url: str = ""
    full_name: str = ""
    company: str = ""
    email: str = ""
    kind: str = ""
    status: str = ""
    reason: str = ""
    bounced_on: str = ""

    @property
    def says_who(self) -> bool:
        return bool(self.contact_id or self.profile_url or self.full_name or self.email)

    @property
    def hardness(self) -> str:
        """Hard is what the code says (5.x.x), or else the word; a code goes before a word that contradicts it."""
        level = self._level(self.status) or _of_word(self.kind) or _of_word(self.status)
        return level or self._level(self.kind) or self._level(self.reason) or UNCLEAR

    @property
    def code(self) -> str:
        """`5.1.1`, or `550` where no other is given; of the text nothing is kept, it may hold an address."""
        texts = (self.status, self.kind, self.reason)
        found = [
            match for pattern in (_ENHANCED, _BASIC) for text in texts if (match := pattern.search(text))
        ]
        return found[0].group(0) if found else ""

    @property
    def day(self) -> date | None:
        found = _DAY.search(self.bounced_on)
        try:
            return date.fromisoformat(found.group(0)) if found else None
        except ValueError:
            return None

    @staticmethod
    def _level(text: str) -> str:
        found = _ENHANCED.search(text) or _BASIC.search(text)
        return "" if found is None else HARD if found.group(1) == "5" else SOFT


def made(**values: str | None) -> Row:
    """A row of these values as anybody may send them."""
    return Row(**{name: _clean(value or "") for name, value in values.items()})


def read(*, data: bytes) -> list[Row]:
    """The rows of a CSV file, in any of the usual encodings and with any of the usual separators.

    Raises:
        FileTooLarge, UnreadableFile, NoColumns
    """
    if len(data) > BYTES_MAX:
        raise FileTooLarge(megabytes=BYTES_MAX // 2**20, rows_max=f"{ROWS_MAX:,}")
    lines = csv_files.rows(data)
    try:
        header = next(lines, [])
        places = _places(header)
        found = []
        for line in lines:
            if any(cell.strip() for cell in line):
                found.append(_row(line, places))
            if len(found) > ROWS_MAX:
                raise FileTooLarge(megabytes=BYTES_MAX // 2**20, rows_max=f"{ROWS_MAX:,}")
    except csv.Error as error:
        raise UnreadableFile(reason=str(error)[:120]) from None
    return found


def _row(line: list[str], places: dict[str, int]) -> Row:
    values = {name: _clean(line[place]) for name, place in places.items() if place < len(line)}
    parts = [values.pop("first_name", ""), values.pop("last_name", "")]
    values["full_name"] = values.get("full_name") or " ".join(part for part in parts if part)
    return Row(**values)


def _places(header: list[str]) -> dict[str, int]:
    """Which column holds what: for each, the first of its names that the header has."""
    named: dict[str, int] = {}
    for place, cell in enumerate(header):
        named.setdefault(re.sub(r"[^a-z0-9]", "", _clean(cell).casefold()), place)
    found = {
        ours: next(named[name] for name in names if name in named)
        for ours, names in _COLUMNS.items()
        if any(name in named for name in names)
    }
    says_name = "full_name" in found or "last_name" in found
    if not (
        {"contact_id", "profile_url"} & found.keys() or (says_name and {"company", "email"} & found.keys())
    ):
        raise NoColumns()
    return found


def _clean(cell: str) -> str:
    return csv_files.cleaned(cell)[:TEXT_MAX]


def _of_word(text: str) -> str:
    word = re.sub(r"[^a-z]", "", text.casefold())
    return HARD if word in _HARD_WORDS else SOFT if word in _SOFT_WORDS else ""


def texts(row: Row) -> Iterator[str]:
    """All that a row says, in a fixed order: what makes two reports the same."""
    for field in fields(row):
        yield getattr(row, field.name)
