"""The readable reference: plain Python over plain rows. What it answers is what the rules mean."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from rollcall.universe import fields, reckoning, records, titles
from rollcall.universe.answers import Count, Coverage, Facets
from rollcall.universe.engine import NotAnswered
from rollcall.universe.filters import Among, Condition, Group
from rollcall.universe.folding import fold
from rollcall.universe.index.owned import Pairs
from rollcall.universe.queries import CompanyQuery, PeopleQuery, PersonaQuery
from rollcall.universe.titles.overrides import Overrides

Row = dict[str, Any]
_LEVELS = {name: rank for rank, name in enumerate(titles.SENIORITIES)}
_LONG_AGO = date.min


def open_version(folder: Path) -> "Memory":
    """Read the whole version into this process."""
    rows = {name: records.read(folder, name).to_pylist() for name in records.ASKED}
    return Memory(rows)


class Memory:
    """One version as lists and dictionaries of rows."""

    def __init__(self, rows: dict[str, list[Row]]) -> None:
        self._companies: dict[int, Row] = {row["id"]: row for row in rows["companies"]}
        self._profiles: dict[int, Row] = {row["id"]: row for row in rows["profiles"]}
        self._current: dict[int, list[Row]] = defaultdict(list)
        self._by_profile: dict[int, list[Row]] = defaultdict(list)
        self._spells: dict[tuple[int, int], list[Row]] = defaultdict(list)
        for row in rows["positions"]:
            self._by_profile[row["profile_id"]].append(row)
            self._spells[row["company_id"], row["profile_id"]].append(row)
            if row["ended_on"] is None:
                self._current[row["company_id"]].append(row)
        former = ((row["key"].removeprefix("domain:"), row["id"]) for row in rows["keys"] if _is_domain(row))
        present = ((row["domain"], row["id"]) for row in reversed(rows["companies"]) if row["domain"])
        self._domains: dict[str, int] = {**dict(former), **dict(present)}

    def companies(self, query: CompanyQuery) -> list[int]:
        rows = self._chosen(query)
        rows.sort(key=lambda row: int(row["id"]))
        if query.order_by == "random":
            rows.sort(key=lambda row: _shuffle(query.random_seed, row["id"]), reverse=query.descending)
        elif query.order_by == "id":
            rows.sort(key=lambda row: int(row["id"]), reverse=query.descending)
        else:
            column = f"folded_{query.order_by}" if query.order_by in fields.TEXT_FIELDS else query.order_by
            known = [row for row in rows if row[column] is not None]
            known.sort(key=lambda row: row[column], reverse=query.descending)
            rows = known + [row for row in rows if row[column] is None]
        return [int(row["id"]) for row in rows[: query.limit]]

    def count_companies(self, query: CompanyQuery) -> int:
        found = len(self._chosen(query))
        return found if query.limit is None else min(found, query.limit)

    def count_after_each(self, where: Group) -> list[int]:
        lines = [where.items[: i + 1] for i in range(len(where.items))]
        groups = [Group.model_construct(op=where.op, items=items) for items in lines]
        return [sum(_matches(group, row) for row in self._companies.values()) for group in groups]

    def company_rows(self, ids: Sequence[int]) -> pa.Table:
        rows = [self._companies[number] for number in ids if number in self._companies]
        return _table(rows, records.COMPANY)

    def domain_ids(self, domains: Sequence[str]) -> dict[str, int]:
        return {domain: self._domains[domain] for domain in domains if domain in self._domains}

    def people(self, query: PeopleQuery, hidden: Collection[int]) -> pa.Table:
        answer: list[Row] = []
        for company_rank, company_id in enumerate(dict.fromkeys(query.company_ids), start=1):
            staff = [
                _read(query.overrides, row)
                for row in self._current.get(company_id, [])
                if row["profile_id"] not in hidden
            ]
            best: dict[int, Row] = {}
            for bit, persona in enumerate(query.personas):
                for rank, row in enumerate(_wanted(persona, staff), start=1):
                    found = best.setdefault(
                        row["profile_id"],
                        {"company_id": company_id, "profile_id": row["profile_id"], "company_rank": company_rank,
                         "person_rank": rank, "persona_mask": 0},
                    )  # fmt: skip
                    found["person_rank"] = min(found["person_rank"], rank)
                    found["persona_mask"] |= 1 << bit
            answer += sorted(best.values(), key=lambda row: (row["person_rank"], row["profile_id"]))
        return _table(answer, records.PEOPLE)

    def count_people(self, query: PeopleQuery, hidden: Collection[int], owned: Pairs | None) -> Count:
        return reckoning.count(self.people(query, hidden), owned)

    def page_of_people(
        self, query: PeopleQuery, hidden: Collection[int], after: tuple[int, int, int] | None, limit: int
    ) -> pa.Table:
        return reckoning.page(self.people(query, hidden), after, limit)

    def people_facets(self, query: PeopleQuery, hidden: Collection[int], titles_max: int) -> Facets:
        rows = self.position_rows(self.people(query, hidden))
        return reckoning.facets(query.overrides.applied(rows), titles_max)

    def people_coverage(self, query: PeopleQuery, hidden: Collection[int], since: date) -> Coverage:
        return reckoning.coverage(self.position_rows(self.people(query, hidden)), since)

    def position_rows(self, pairs: pa.Table) -> pa.Table:
        return _table([self._position_row(*pair) for pair in _pairs(pairs)], records.POSITION_ROW)

    def current_elsewhere(self, pairs: pa.Table) -> pa.Table:
        found = (self._elsewhere(company_id, profile_id) for company_id, profile_id in _pairs(pairs))
        return _table([row for row in found if row], records.ELSEWHERE)

    def role_history(self, profile_id: int) -> pa.Table:
        rows = sorted(self._by_profile.get(profile_id, []), key=_newest)
        return _table([row | self._company_name(row["company_id"]) for row in rows], records.ROLE)

    def facets(self, field: str, prefix: str, limit: int) -> list[tuple[str, int]]:
        counts: Counter[str] = Counter()
        shown: dict[str, str] = {}
        for row in self._companies.values():
            folded = row[f"folded_{field}"]
            if folded is not None and folded.startswith(fold(prefix)):
                counts[folded] += 1
                shown[folded] = min(row[field], shown.get(folded, row[field]))
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return [(shown[folded], count) for folded, count in ordered[:limit]]

    def _chosen(self, query: CompanyQuery) -> list[Row]:
        """(where ∪ include) − exclude."""
        included, excluded = set(query.include_ids), set(query.exclude_ids)
        where = query.where
        return [
            row
            for number, row in self._companies.items()
            if number not in excluded
            and (query.everything or number in included or (where is not None and _matches(where, row)))
        ]

    def _position_row(self, company_id: int, profile_id: int) -> Row:
        spells = sorted(self._spells.get((company_id, profile_id), []), key=_newest)
        spell = spells[0] if spells else {}
        pair = {"profile_id": profile_id, "company_id": company_id}
        names = {k: v for k, v in self._profiles.get(profile_id, {}).items() if k not in ("id", "source")}
        return names | spell | pair | self._company_name(company_id)

    def _elsewhere(self, company_id: int, profile_id: int) -> Row | None:
        here = self._spells.get((company_id, profile_id), [])
        seen_here = max((row["last_seen_on"] for row in here), default=None)
        later = [
            row
            for row in self._by_profile.get(profile_id, [])
            if row["ended_on"] is None and row["company_id"] != company_id
            and seen_here is not None and row["first_seen_on"] >= seen_here
        ]  # fmt: skip
        if not later:
            return None
        now = min(
            later, key=lambda row: (-_day(row["first_seen_on"]), -_day(row["started_on"]), row["company_id"])
        )
        name = self._company_name(now["company_id"])
        return {
            "profile_id": profile_id, "company_id": company_id, "now_company_id": now["company_id"],
            "now_company_name": name["company_name"], "now_company_domain": name["company_domain"],
            "now_title": now["title"], "now_started_on": now["started_on"], "now_first_seen_on": now["first_seen_on"],
        }  # fmt: skip

    def _company_name(self, company_id: int) -> Row:
        company = self._companies.get(company_id, {})
        return {"company_name": company.get("name"), "company_domain": company.get("domain")}


def _matches(item: Condition | Group | Among, row: Row) -> bool:
    if isinstance(item, Group):
        tests = (_matches(child, row) for child in item.items)
        return all(tests) if item.op == "and" or not item.items else any(tests)
    if isinstance(item, Among):
        return (row["id"] in item.company_ids) is item.inside
    field = fields.COMPANY_FIELDS.get(item.field)
    if field is None:
        raise NotAnswered(field=item.field)
    op, negated = item.positive
    value = row[f"folded_{item.field}" if field.kind == "text" else item.field]
    met = value is not None and (op == "is_known" or _TESTS[op](value, item))
    return met is not negated


_TESTS: dict[str, Callable[[Any, Condition], bool]] = {
    "is": lambda value, line: value in line.texts,
    "is_any_of": lambda value, line: value in line.texts,
    "contains": lambda value, line: line.texts[0] in value,
    "starts_with": lambda value, line: value.startswith(line.texts[0]),
    "eq": lambda value, line: value == line.numbers[0],
    "lt": lambda value, line: value < line.numbers[0],
    "lte": lambda value, line: value <= line.numbers[0],
    "gt": lambda value, line: value > line.numbers[0],
    "gte": lambda value, line: value >= line.numbers[0],
    "between": lambda value, line: line.numbers[0] <= value <= line.numbers[1],
}


def _wanted(persona: PersonaQuery, staff: Iterable[Row]) -> list[Row]:
    """The people of one company whom this persona wants, best first, cut at its most per company."""
    phrases, out, countries = persona.phrases, persona.phrases_out, persona.folded_countries
    found = [
        row
        for row in staff
        if (not phrases or any(phrase in row["title_words"] for phrase in phrases))
        and not any(phrase in row["title_words"] for phrase in out)
        and (not persona.seniorities or row["seniority"] in persona.seniorities)
        and (not persona.departments or row["department"] in persona.departments)
        and (not countries or row["folded_country"] in countries)
    ]
    found.sort(key=lambda row: _rank(persona.order, row, phrases))
    return found[: persona.per_company]


def _read(overrides: Overrides, row: Row) -> Row:
    """The row as whoever asks reads its title."""
    said = overrides.of(row["title_words"])
    if said is None:
        return row
    level, department = said.seniority or row["seniority"], said.department or row["department"]
    return {**row, "seniority": level, "department": department}


def _rank(order: str, row: Row, phrases: list[str]) -> tuple[int, ...]:
    level = _LEVELS[row["seniority"]]
    relevance = int(bool(phrases) and row["title_words"] not in phrases)
    tenure = _day(row["first_seen_on"])
    seen = -_day(row["last_seen_on"])
    ranks = {
        "seniority": (level, relevance, tenure, seen),
        "relevance": (relevance, level, tenure, seen),
        "tenure": (tenure, level, relevance, seen),
        "last_seen": (seen, level, relevance, tenure),
    }
    return (*ranks[order], row["profile_id"])


def _newest(row: Row) -> tuple[int, ...]:
    """Current first, then the newest ended; the newest started of those."""
    ended = row["ended_on"]
    return (ended is not None, -_day(ended or _LONG_AGO), -_day(row["started_on"]), row["company_id"])


def _shuffle(seed: int, number: int) -> str:
    return hashlib.md5(f"{seed}:{number}".encode(), usedforsecurity=False).hexdigest()


def _day(day: date) -> int:
    return day.toordinal()


def _is_domain(row: Row) -> bool:
    return bool(row["kind"] == "company" and row["key"].startswith("domain:"))


def _pairs(pairs: pa.Table) -> list[tuple[int, int]]:
    return list(zip(pairs["company_id"].to_pylist(), pairs["profile_id"].to_pylist(), strict=True))


def _table(rows: list[Row], schema: pa.Schema) -> pa.Table:
    return pa.table(
        {field.name: pa.array([row.get(field.name) for row in rows], field.type) for field in schema}
    )
