"""The mapping file: which columns of somebody's file mean what here, and on what terms its facts are held."""

import hashlib
import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from rollcall.core.errors import Invalid, NotFound
from rollcall.universe.sources import naming
from rollcall.universe.sources.files import writing
from rollcall.universe.sources.sandbox.reading import Options

_FILE_BYTES = 2**20
_SHOWN = 5
Column = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class MappingMissing(NotFound):
    """There is no mapping file {path}. Write one with `rollcall-server sources mapping FILE > mapping.toml`."""


class MappingUnreadable(Invalid):
    """The mapping cannot be read: {reason}. Write it as TOML or JSON."""


class MappingWrong(Invalid):
    """The mapping cannot be used: {problems}"""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Origin(_Strict):
    """Where a value comes from: a column, the first filled of several, several joined, or a constant.

    In the file a text stands for one column and a list for several.
    """

    columns: tuple[Column, ...] = Field(default=(), max_length=20)
    value: Annotated[str, StringConstraints(max_length=1_000)] | None = None
    # Between several columns, if all of them belong together; otherwise the first filled one counts.
    join: Annotated[str, StringConstraints(max_length=10)] | None = None
    # Cut at this, and take the part of this number: 0 is the first, -1 the last.
    split: Annotated[str, StringConstraints(min_length=1, max_length=10)] | None = None
    part: int | None = Field(default=None, ge=-20, le=20)
    # How days are written (as for strptime), for files that do not write 2026-01-31.
    formats: tuple[Annotated[str, StringConstraints(min_length=2, max_length=40)], ...] = Field(
        default=(), max_length=5
    )
    case: Literal["lower", "upper"] | None = None
    # "Lee, Ann" is Ann Lee.
    last_name_first: bool = False
    # What some values mean; an empty meaning leaves the cell empty.
    values: dict[str, str] = Field(default_factory=dict, max_length=1_000)

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"columns": (given,)}
        if isinstance(given, list):
            return {"columns": tuple(given)}
        if isinstance(given, dict):
            given = dict(given)
            for one, many in (("column", "columns"), ("format", "formats")):
                if one in given and many not in given:
                    given[many] = (given.pop(one),)
        return given

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if bool(self.columns) == (self.value is not None):
            raise ValueError("say either from which column it comes, or the value of all rows")
        if self.part is not None and self.split is None:
            raise ValueError("a part needs the split that makes it")
        return self


class People(_Strict):
    """What is known of a person, and of the position at the company."""

    person_id: Origin | None = None
    full_name: Origin | None = None
    first_name: Origin | None = None
    last_name: Origin | None = None
    title: Origin | None = None
    email: Origin | None = None
    phone: Origin | None = None
    profile_url: Origin | None = None
    last_seen: Origin | None = None
    since: Origin | None = None
    first_seen: Origin | None = None
    until: Origin | None = None
    country: Origin | None = None
    region: Origin | None = None
    city: Origin | None = None


class Company(_Strict):
    """What is known of the company."""

    company_id: Origin | None = None
    name: Origin | None = None
    domain: Origin | None = None
    ticker: Origin | None = None
    sector: Origin | None = None
    industry: Origin | None = None
    country: Origin | None = None
    region: Origin | None = None
    city: Origin | None = None
    employees: Origin | None = None
    founded_year: Origin | None = None
    aliases: Origin | None = None
    former_domain: Origin | None = None
    merged_into: Origin | None = None


class File(_Strict):
    """How the file is written, where that cannot be found out."""

    encoding: Annotated[str, StringConstraints(to_lower=True, max_length=40)] | None = None
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    sheet: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    header_row: int | None = Field(default=None, ge=1, le=1_000)

    def options(self) -> Options:
        return Options(**self.model_dump())


class Mapping(_Strict):
    """All of it."""

    source: str
    # A roster names everybody at its companies, so that absence means "left"; records say nothing by absence.
    kind: Literal["roster", "records", "companies"]
    licence: Line
    lawful_basis: Line
    as_of: date | None = None
    # A value that cannot be read in a column that may be empty: left out with a warning, or the row refused.
    bad_values: Literal["leave_out", "reject"] = "leave_out"
    file: File = File()
    people: People = People()
    company: Company

    @model_validator(mode="after")
    def _is_enough(self) -> Self:
        people, company = self.people, self.company
        if self.kind == "companies":
            if [name for name, origin in people if origin is not None and name != "last_seen"]:
                raise ValueError("[people] of a file of companies has nothing but last_seen")
        elif not people.full_name and not (people.first_name or people.last_name):
            raise ValueError("[people] needs full_name, or first_name and last_name")
        elif not people.title:
            raise ValueError("[people] needs title")
        if not (company.company_id or company.domain or company.name):
            raise ValueError("[company] needs company_id, domain or name")
        return self

    def columns(self) -> list[str]:
        """Every column that it reads, once."""
        origins = (origin for _, origin in self.origins())
        return list(dict.fromkeys(column for origin in origins for column in origin.columns))

    def origins(self) -> list[tuple[str, Origin]]:
        """`[("people.title", …), …]`, only those that are given."""
        rooms = (("people", self.people), ("company", self.company))
        return [
            (f"{room}.{name}", origin)
            for room, model in rooms
            for name, origin in model
            if origin is not None
        ]

    def plain(self) -> dict[str, Any]:
        """Plain values that `make` takes again, with a column alone where that says it all."""
        given = self.model_dump(mode="json", exclude_defaults=True)
        for room in ("people", "company"):
            for name, origin in given.get(room, {}).items():
                if list(origin) == ["columns"]:
                    columns = origin["columns"]
                    given[room][name] = columns[0] if len(columns) == 1 else columns
        return given

    def toml(self) -> str:
        """As a file, for the command line or the next time."""
        given = self.plain() | ({"as_of": self.as_of} if self.as_of else {})
        order = (
            "source",
            "kind",
            "licence",
            "lawful_basis",
            "as_of",
            "bad_values",
            "file",
            "people",
            "company",
        )
        return writing.whole({name: given[name] for name in order if name in given})

    def fingerprint(self) -> str:
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def make(**given: Any) -> Mapping:
    """A mapping out of plain values, as the file holds them.

    Raises:
        MappingWrong: something is missing, unknown or contradicts itself.
        naming.BadSourceName: the source cannot be called so.
    """
    try:
        mapping = Mapping.model_validate(given)
    except ValidationError as error:
        raise MappingWrong(problems=_problems(error)) from None
    naming.check(mapping.source)
    return mapping


def told(**given: Any) -> Options:
    """How a file is written, as somebody says before there is a mapping.

    Raises:
        MappingWrong: it cannot be meant.
    """
    try:
        return File.model_validate(given).options()
    except ValidationError as error:
        raise MappingWrong(problems=_problems(error)) from None


def read(path: Path | str) -> Mapping:
    """The mapping in a TOML or JSON file.

    Raises:
        MappingMissing, MappingUnreadable, MappingWrong.
    """
    file = Path(path)
    if not file.is_file():
        raise MappingMissing(path=str(path))
    if file.stat().st_size > _FILE_BYTES:
        raise MappingUnreadable(reason="it is larger than 1 MB")
    return parse(file.read_bytes())


def parse(text: bytes | str) -> Mapping:
    """As `read`, for somebody who has the text."""
    try:
        plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        given = json.loads(plain) if plain.lstrip().startswith("{") else tomllib.loads(plain)
    except (ValueError, RecursionError) as error:
        raise MappingUnreadable(reason=" ".join(str(error).split())[:300]) from None
    return make(**{str(name): value for name, value in given.items()})


def _problems(error: ValidationError) -> str:
    told = []
    for problem in error.errors()[:_SHOWN]:
        place = ".".join(str(part) for part in problem["loc"])
        what = "there is no such entry" if problem["type"] == "extra_forbidden" else problem["msg"]
        told.append(f"{place}: {what}" if place else what)
    return "; ".join(text.replace("Value error, ", "") for text in told) + "."
