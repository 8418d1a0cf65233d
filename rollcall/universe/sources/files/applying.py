"""One batch of somebody's file, by the mapping: rows in our shape, and rows that cannot be used."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import phones
from rollcall.universe.columns import conform, mapped
from rollcall.universe.folding import fold
from rollcall.universe.sources.files import values
from rollcall.universe.sources.files.hosts import company_domain
from rollcall.universe.sources.files.mapping import Mapping, Origin
from rollcall.universe.sources.files.origins import Texts
from rollcall.universe.sources.files.verdicts import Verdicts
from rollcall.universe.sources.source import COMPANIES, NAME_KEY, ROSTER

_FACTS = [field for field in COMPANIES if field.name not in ("company_id", "observed_on")]
# Facts about the company stand beside the person under names of their own.
PREFIX = "company."
STAGED = pa.schema(
    [("file", pa.int32()), ("row", pa.int64()), *ROSTER, *((PREFIX + f.name, f.type) for f in _FACTS)]
)
_TEXT_MAX = 1_000
_NAMES = ("full_name", "first_name", "last_name")
_DAYS = ("last_seen", "since", "first_seen", "until")
_NUMBERS = ("employees", "founded_year")
_MONTH_ONLY = r"^\d{4}([-/]\d{1,2})?$"
_GARBLED = "[ÂÃ][\u0080-\u00bf\u0192\u0160\u0161\u0178\u017d\u017e\u201a-\u203a\u20ac\u2122]"


@dataclass(frozen=True)
class Applied:
    """What came of a batch."""

    accepted: pa.Table
    rejected: pa.Table
    blank: int
    warnings: Counter[str]


def apply(table: pa.Table, rows: Any, *, mapping: Mapping, as_of: date, file: int) -> Applied:
    """`table` has the file's columns as text, `rows` the numbers of its rows."""
    return _Batch(table, mapping, as_of).result(rows, file)


class _Batch:
    def __init__(self, table: pa.Table, mapping: Mapping, as_of: date) -> None:
        self._texts, self._as_of, self._count = Texts(table), as_of, table.num_rows
        self._verdicts = Verdicts(mapping, table.num_rows)
        self._mapping = mapping
        self._has_people = mapping.kind != "companies"
        self._columns: dict[str, Any] = {}

    def result(self, rows: Any, file: int) -> Applied:
        self._people()
        self._company()
        self._phone()
        blank = self._blank()
        self._dates()
        self._person_id()
        verdicts, columns = self._verdicts, self._columns
        columns["file"], columns["row"] = pa.array([file] * self._count, pa.int32()), rows
        nobody = pc.and_(pc.is_null(columns["full_name"]), pc.is_null(columns["title"]))
        keep = pc.and_(verdicts.accepted, pc.invert(blank))
        accepted = conform(pa.table(columns), STAGED).filter(keep)
        return Applied(
            accepted,
            verdicts.rejected(rows, file, companies=columns["company_id"], nobody=nobody, ignore=blank),
            pc.sum(blank).as_py() or 0,
            verdicts.warnings,
        )

    def _blank(self) -> Any:
        """Rows in which every column that is read is empty: the ends of spreadsheets."""
        columns = self._columns
        blank = pc.and_(pc.is_null(columns["full_name"]), pc.is_null(columns["title"]))
        if not pc.any(blank).as_py():
            return blank
        for name in self._mapping.columns():
            blank = pc.and_(blank, pc.is_null(self._texts.of(Origin(columns=(name,)))))
        return blank

    def _text(self, room: str, name: str, *, is_name: bool = False) -> Any:
        """The texts of one of our fields; null everywhere if the mapping does not have it."""
        origin = getattr(getattr(self._mapping, room), name)
        if origin is None:
            return pa.nulls(self._count, pa.string())
        text = self._texts.of(origin, is_name=is_name)
        column = _called(origin)
        if (pc.max(pc.binary_length(text)).as_py() or 0) > _TEXT_MAX:
            self._verdicts.refuse(pc.greater(pc.utf8_length(text), _TEXT_MAX), "value_too_long", column, text)
        nul = pc.match_substring(text, "\0")
        if pc.any(nul).as_py():
            self._verdicts.refuse(nul, "nul_character", column, text)
        return text

    def _people(self) -> None:
        columns, verdicts = self._columns, self._verdicts
        for name in _NAMES:
            columns[name] = self._text("people", name, is_name=True)
        parts = values.joined([columns["first_name"], columns["last_name"]], " ")
        columns["full_name"] = pc.coalesce(columns["full_name"], parts)
        for name in ("title", "country", "region", "city", "person_id"):
            columns[name] = self._text("people", name)
        origin = self._mapping.people
        if self._has_people:
            called = _called(origin.full_name or origin.last_name or origin.first_name)
            verdicts.refuse(pc.is_null(columns["full_name"]), "no_name", called)
            verdicts.refuse(pc.is_null(columns["title"]), "no_title", _called(origin.title))
        verdicts.warn(pc.match_substring_regex(columns["full_name"], _GARBLED), "garbled")
        for name, read, code in (
            ("email", values.emails, "left_out_email"),
            ("profile_url", values.addresses, "left_out_url"),
        ):
            self._read("people", name, read, code)

    def _phone(self) -> None:
        """A number without its country's is one of the person's country or, if that is not told, of the company's."""
        country = pc.coalesce(self._columns["country"], self._columns[PREFIX + "country"])
        self._read("people", "phone", lambda text: phones.phones(text, country), "left_out_phone")

    def _read(self, room: str, name: str, read: Callable[[Any], Any], code: str) -> None:
        """The values that can be read; what cannot is left out, or its row is refused."""
        text = self._text(room, name)
        self._columns[name] = read(text)
        wrong = pc.and_(pc.is_valid(text), pc.is_null(self._columns[name]))
        self._verdicts.without(wrong, code, _called(getattr(getattr(self._mapping, room), name)), text)

    def _company(self) -> None:
        facts: dict[str, Any] = {}
        for field in _FACTS:
            if field.name in _NUMBERS:
                facts[field.name] = self._number(field.name)
            elif field.name == "aliases":
                facts[field.name] = self._aliases()
            else:
                facts[field.name] = self._text("company", field.name)
        told, known = facts["domain"], self._text("company", "company_id")
        facts["domain"] = domain = mapped(told, company_domain)
        facts["former_domain"] = mapped(facts["former_domain"], company_domain)
        by_name = pc.binary_join_element_wise(pa.scalar(NAME_KEY), mapped(facts["name"], fold), "")
        company_id = pc.coalesce(known, domain, by_name)
        wrong, nobody = pc.and_(pc.is_valid(told), pc.is_null(domain)), pc.is_null(company_id)
        column = _called(self._mapping.company.domain)
        self._verdicts.refuse(pc.and_(wrong, nobody), "bad_domain", column, told)
        self._verdicts.without(pc.and_(wrong, pc.invert(nobody)), "left_out_domain", column, told)
        self._verdicts.refuse(nobody, "no_company", column)
        self._columns["company_id"] = company_id
        self._columns.update({PREFIX + name: fact for name, fact in facts.items()})

    def _number(self, name: str) -> Any:
        text = self._text("company", name)
        number = values.numbers(text)
        wrong = pc.and_(pc.is_valid(text), pc.is_null(number))
        self._verdicts.without(wrong, "left_out_number", _called(getattr(self._mapping.company, name)), text)
        return number

    def _aliases(self) -> Any:
        origin = self._mapping.company.aliases
        if origin is None:
            return pa.nulls(self._count, pa.list_(pa.string()))
        each = [
            [text for text in found if len(text) <= _TEXT_MAX and "\0" not in text]
            for found in self._texts.each(origin)
        ]
        return pa.array([found or None for found in each], pa.list_(pa.string()))

    def _dates(self) -> None:
        columns, people = self._columns, self._mapping.people
        today = pa.scalar(self._as_of, pa.date32())
        for name in _DAYS:
            origin, text = getattr(people, name), self._text("people", name)
            formats = origin.formats if origin else ()
            day = values.days(text, formats, at_end=name in ("last_seen", "until"))
            self._verdicts.refuse(
                pc.and_(pc.is_valid(text), pc.is_null(day)), "bad_date", _called(origin), text
            )
            if name == "last_seen" and day.null_count < self._count:
                # The end of a month that is not over is today.
                month = pc.fill_null(pc.match_substring_regex(text, _MONTH_ONLY), False)
                day = pc.if_else(pc.and_(month, pc.greater(day, today)), today, day)
            columns[name] = day
        limit = pc.coalesce(columns["last_seen"], today)
        self._after("last_seen", today)
        self._after("until", today)
        for name in ("since", "first_seen"):
            self._after(name, limit)
            self._after(name, columns["until"])

    def _after(self, name: str, limit: Any) -> None:
        day, origin = self._columns[name], getattr(self._mapping.people, name)
        if origin is not None:
            self._verdicts.refuse(pc.greater(day, limit), "dates_disagree", _called(origin), day)

    def _person_id(self) -> None:
        """Where the file has no id of its own, the strongest of what it has stands for it."""
        columns = self._columns
        told = columns["person_id"]
        if not self._has_people:
            return
        page = pc.binary_join_element_wise(pa.scalar("url"), values.same_page(columns["profile_url"]), ":")
        email = pc.binary_join_element_wise(pa.scalar("email"), pc.utf8_lower(columns["email"]), ":")
        strong = pc.coalesce(told, page, email)
        self._verdicts.warn(pc.and_(pc.is_null(told), pc.is_valid(strong)), "no_person_id")
        weak = pc.is_null(strong)
        if pc.any(weak).as_py():
            self._verdicts.warn(weak, "name_only")
            name = mapped(columns["full_name"], fold)
            strong = pc.coalesce(strong, pc.binary_join_element_wise(name, columns["company_id"], " @ "))
        columns["person_id"] = strong


def _called(origin: Origin | None) -> str:
    return " / ".join(origin.columns) if origin else ""
