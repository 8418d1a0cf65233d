"""Three sources that tell of one world in their own ways: a register, a network of profiles, companies' own pages."""

import random
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from rollcall.universe.columns import conform
from rollcall.universe.sources.source import COMPANIES, ROSTER
from tests.campaigns.histories import words, writing
from tests.campaigns.histories.world import Company, Person, World

FIRST_MONTH = date(2024, 1, 28)
Row = dict[str, Any]


def day_of(month: int) -> date:
    """The day in a month on which all sources speak."""
    return date(FIRST_MONTH.year + month // 12, month % 12 + 1, FIRST_MONTH.day)


@dataclass
class Snapshot:
    """A `Source`. `whose` and `where` are the truth: the person of each key, the company of each key."""

    name: str
    as_of: date
    facts: list[Row]
    people: list[Row]
    is_complete: bool
    whose: dict[str, int]
    where: dict[str, int]
    collapsed_duplicates: int = 0

    def companies(self) -> pa.Table:
        return conform(pa.Table.from_pylist(self.facts, schema=COMPANIES), COMPANIES)

    def roster(self) -> pa.Table:
        return conform(pa.Table.from_pylist(self.people, schema=ROSTER), ROSTER)


@dataclass
class Teller(ABC):
    """What all of them share. `ways` says how each person's name was written: for the study of errors."""

    world: World
    seed: int
    ways: dict[str, str] = field(default_factory=dict)
    name = ""
    is_complete = True

    def tell(self) -> Snapshot:
        """The present month."""
        rows: list[Row] = []
        whose: dict[str, int] = {}
        for person in self.world.people:
            for row in self.rows_of(person):
                whose[row["person_id"]] = person.number
                rows.append(row)
        told = {row["company_id"] for row in rows}
        companies = [company for company in self.world.companies if self.speaks_of(company)]
        facts = [
            row
            for company in companies
            for row in self.facts_of(company)
            if row["company_id"] in told or row.get("merged_into")
        ]
        known = {row["company_id"] for row in facts}
        where = {
            self.key(company): self.world.living(company.number)
            for company in companies
            if self.key(company) in known
        }
        dice = random.Random(f"{self.seed}:{self.name}:{self.world.month}")
        rows += dice.sample(rows, len(rows) // 100)
        dice.shuffle(rows)
        return Snapshot(self.name, day_of(self.world.month), facts, rows, self.is_complete, whose, where)

    def rows_of(self, person: Person) -> Iterator[Row]:
        for company, title in person.jobs.items():
            if self.covers(company):
                yield self.row(person, company, title)

    def row(self, person: Person, company: int, title: int, *, month: int | None = None) -> Row:
        dice = self.dice(person)
        key = self.person_key(person, company)
        written, self.ways[f"{self.name}:{key}"] = self.written(person, dice)
        at = self.world.companies[company]
        seen = day_of(self.world.month if month is None else month)
        ways = words.TITLES[title]
        return {
            "person_id": key, "company_id": self.key(at), "title": ways[dice.randrange(len(ways))],
            "last_seen": seen, **written,
        }  # fmt: skip

    def dice(self, person: Person) -> random.Random:
        """The same in every month: a source writes a name in one way until it changes."""
        return random.Random(f"{self.seed}:{self.name}:{person.number}:{person.last}")

    def covers(self, company: int) -> bool:
        return self.speaks_of(self.world.companies[company])

    def speaks_of(self, company: Company) -> bool:
        return True

    def key(self, company: Company) -> str:
        return f"{self.name[0]}{company.number}"

    def person_key(self, person: Person, company: int) -> str:
        return f"{self.name[0]}{person.number}"

    @abstractmethod
    def written(self, person: Person, dice: random.Random) -> tuple[Row, str]:
        """What the source says of a person besides where they are, and the way in which it writes the name."""

    @abstractmethod
    def facts_of(self, company: Company) -> Iterator[Row]:
        """What the source says of a company; nothing where it does not know it."""


class Register(Teller):
    """Full rosters of seven companies in ten. Names as filed, no pages, no mailboxes; rebrands and mergers are told."""

    name = "register"

    def speaks_of(self, company: Company) -> bool:
        return company.number % 10 < 7

    def written(self, person: Person, dice: random.Random) -> tuple[Row, str]:
        filed = writing.filed(person)
        return {"full_name": filed}, "filed"

    def facts_of(self, company: Company) -> Iterator[Row]:
        said = {
            "company_id": self.key(company), "name": company.name.upper(), "domain": company.domain,
            "country": company.country, "industry": company.industry, "aliases": company.others,
            "former_domain": company.former,
        }  # fmt: skip
        if company.taken_over_by is not None:
            said["merged_into"] = f"r{self.world.living(company.number)}"
        yield said


class Network(Teller):
    """Single records with pages, some of them late; companies often without a domain. Ends are told."""

    name = "network"
    is_complete = False

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self.told: dict[int, list[Row]] = {}

    def rows_of(self, person: Person) -> Iterator[Row]:
        dice = self.dice(person)
        if dice.random() < 0.25:
            return
        late = random.Random(f"{self.seed}:late:{person.number}:{self.world.month}").random() < 0.2
        if not late or person.number not in self.told:
            self.told[person.number] = list(self._fresh(person))
        yield from self.told[person.number]

    def _fresh(self, person: Person) -> Iterator[Row]:
        for company, title in person.jobs.items():
            yield self.row(person, company, title)
        for company, title, month in person.past[-2:]:
            if company not in person.jobs and self.world.month - month < 4:
                row = self.row(person, company, title, month=month)
                yield row | {"until": day_of(month) - timedelta(days=10), "last_seen": None}

    def row(self, person: Person, company: int, title: int, *, month: int | None = None) -> Row:
        row = super().row(person, company, title, month=month)
        return row | {"city": person.city, "country": self.world.companies[company].country}

    def written(self, person: Person, dice: random.Random) -> tuple[Row, str]:
        full, way = writing.freely(person, dice)
        return {
            "full_name": full,
            "profile_url": writing.page(person.slug, dice),
            "email": writing.mailbox(person.mailbox, dice, 0.3),
        }, way

    def facts_of(self, company: Company) -> Iterator[Row]:
        dice = random.Random(f"{self.seed}:{company.number}:{company.core}")
        at = self.world.companies[self.world.living(company.number)]
        has_domain = dice.random() < 0.5
        address = dice.choice([at.domain, *at.others])
        yield {
            "company_id": self.key(company), "name": writing.company(at.core, at.form, dice),
            "domain": dice.choice(("https://www.{}/about", "{}", "www.{}")).format(address) if has_domain else None,
            "country": at.country if has_domain or dice.random() < 0.8 else None, "city": at.city,
            "industry": at.industry if dice.random() < 0.5 else None,
        }  # fmt: skip


class Pages(Teller):
    """Full rosters of half of the companies, from their own pages: mailboxes, some pages, keys that follow the name."""

    name = "pages"

    def speaks_of(self, company: Company) -> bool:
        return company.number % 10 >= 5 and company.taken_over_by is None

    def person_key(self, person: Person, company: int) -> str:
        return f"p{person.number}-{company}-{writing.plain(person.last)}"

    def written(self, person: Person, dice: random.Random) -> tuple[Row, str]:
        full, way = writing.freely(person, dice)
        mailbox = "info@mail.example" if dice.random() < 0.04 else writing.mailbox(person.mailbox, dice, 0.6)
        slug = person.slug if dice.random() < 0.4 else ""
        return {"full_name": full, "profile_url": writing.page(slug, dice), "email": mailbox}, way

    def facts_of(self, company: Company) -> Iterator[Row]:
        host = random.Random(f"{self.seed}:{company.number}").choice(("", "", "careers.", "shop."))
        yield {
            "company_id": self.key(company),
            "name": company.core,
            "domain": f"{host}{company.domain}",
            "country": company.country,
        }
