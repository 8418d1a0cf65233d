"""Puts names and values together: of each of our fields the column that fits best, and how sure that is."""

from collections.abc import Mapping as Rows
from collections.abc import Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel

from rollcall.universe.sources.files import mapping as mappings
from rollcall.universe.sources.files import writing
from rollcall.universe.sources.files.mapping import Mapping
from rollcall.universe.sources.files.suggesting import evidence, words

_SURE, _FALLBACK = 0.45, 0.6
_SEVERAL = ("people.email", "company.domain")
_DAYS = ("people.last_seen", "people.since", "people.first_seen", "people.until")


class Guess(BaseModel):
    """One of our fields and the column it probably is in; `is_used` if it is in the suggested mapping."""

    field: str
    column: str
    confidence: float
    reason: str
    is_used: bool = True


class Suggestion(BaseModel):
    """A mapping but for what only its owner knows: whose it is, of what kind, on what terms."""

    people: dict[str, Any]
    company: dict[str, Any]
    guesses: list[Guess]
    unused: list[str]
    missing: list[str]

    def mapping(
        self, *, source: str, kind: str, licence: str, lawful_basis: str, as_of: date | None = None
    ) -> Mapping:
        """The mapping, complete.

        Raises:
            mapping.MappingWrong: something that is needed was not found in the file.
        """
        return mappings.make(
            source=source, kind=kind, licence=licence, lawful_basis=lawful_basis, as_of=as_of, people=self.people,
            company=self.company,
        )  # fmt: skip

    def toml(self, *, file: dict[str, Any] | None = None) -> str:
        """The mapping as a file to be completed, with what is unsure as remarks. `file`: what had to be told."""
        doubtful = [guess for guess in self.guesses if not guess.is_used]
        return writing.draft(
            file={name: value for name, value in (file or {}).items() if value is not None},
            people=self.people,
            company=self.company,
            remarks={guess.field: guess.reason for guess in self.guesses if guess.is_used},
            unused=self.unused,
            doubtful=[f"{guess.field} = {guess.column!r}? {guess.reason}" for guess in doubtful],
            missing=self.missing,
        )


def suggest(columns: Sequence[str], sample: Sequence[Rows[str, str | None]]) -> Suggestion:
    """What the columns probably are, judged by their names and by some rows."""
    shown = {name: [text for row in sample if (text := (row.get(name) or "").strip())] for name in columns}
    guesses = sorted(
        (guess for name in columns for guess in _of_column(name, shown[name])),
        key=lambda one: -one.confidence,
    )
    taken: dict[str, str] = {}
    chosen: dict[str, list[Guess]] = {}
    doubtful: list[Guess] = []
    for guess in guesses:
        same = chosen.get(guess.field)
        if guess.column in taken or (same and not (guess.field in _SEVERAL and guess.confidence > _FALLBACK)):
            continue
        if guess.confidence < _SURE:
            doubtful.append(guess.model_copy(update={"is_used": False}))
            continue
        taken[guess.column] = guess.field
        chosen.setdefault(guess.field, []).append(guess)
    _without_echo(chosen)
    rooms: dict[str, dict[str, Any]] = {"people": {}, "company": {}}
    for field, found in chosen.items():
        room, name = field.split(".")
        rooms[room][name] = _origin(field, found, shown)
    used = [guess for found in chosen.values() for guess in found]
    doubtful = [one for one in doubtful if one.column not in taken and one.field not in chosen]
    return Suggestion(
        people=rooms["people"], company=rooms["company"], guesses=[*used, *doubtful],
        unused=[name for name in columns if name not in {guess.column for guess in used}],
        missing=_missing(rooms["people"], rooms["company"]),
    )  # fmt: skip


def _of_column(name: str, sample: list[str]) -> list[Guess]:
    found: dict[str, Guess] = {}
    for field, likely, why in words.meant(name):
        fits = evidence.fits(field, sample)
        if fits is None:
            sure, said = likely * 0.8, f"{why}; it has no values to look at"
        else:
            sure, said = likely * (0.3 + 0.7 * fits), f"{why}; {fits:.0%} of its values fit"
        ways = evidence.formats(sample) if field in _DAYS else []
        if len(ways) > 1:
            sure, said = 0.3, f"{why}, but its days can be read as {' or '.join(ways)}"
        if fits is not None and fits < 0.4:
            sure = min(sure, 0.2)
        found[field] = Guess(field=field, column=name, confidence=round(sure, 2), reason=said)
    for field, test, worth, what in (
        ("people.profile_url", evidence.is_profile, 0.9, "profile addresses"),
        ("people.email", evidence.is_email, 0.7, "email addresses"),
        ("people.title", evidence.is_title, 0.55, "job titles"),
    ):
        fits = 0.0 if words.is_of_others(name) else evidence.share(sample, test)
        if fits > 0.6 and (field not in found or found[field].confidence < worth * fits):
            said = f"{fits:.0%} of its values are {what}"
            found[field] = Guess(field=field, column=name, confidence=round(worth * fits, 2), reason=said)
    return list(found.values())


def _origin(field: str, found: list[Guess], shown: dict[str, list[str]]) -> Any:
    names = [guess.column for guess in found]
    sample = shown[names[0]]
    if field in _DAYS and (ways := evidence.formats(sample)):
        return {"column": names[0], "format": ways[0]}
    if field == "people.full_name" and evidence.is_last_first(sample):
        return {"column": names[0], "last_name_first": True}
    return names[0] if len(names) == 1 else names


def _without_echo(chosen: dict[str, list[Guess]]) -> None:
    """A lone "Name" beside "First Name" is the last name in some languages, and the company's in none of ours."""
    has_whole = "people.full_name" in chosen
    if has_whole and "people.first_name" in chosen and "people.last_name" not in chosen:
        guess = chosen["people.full_name"][0]
        if words.plain(guess.column) in ("name", "naam", "navn", "namn"):
            del chosen["people.full_name"]
            reason = f"“{guess.column}” beside a first name is the last name"
            chosen["people.last_name"] = [
                guess.model_copy(update={"field": "people.last_name", "reason": reason})
            ]


def _missing(people: dict[str, Any], company: dict[str, Any]) -> list[str]:
    needed = []
    if not {"full_name", "first_name", "last_name"} & set(people):
        needed.append("people.full_name")
    if "title" not in people:
        needed.append("people.title")
    if not {"company_id", "domain", "name"} & set(company):
        needed.append("company.domain")
    return needed
