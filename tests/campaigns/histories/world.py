"""What truly happens: people join, leave, come back, marry, are promoted; companies rebrand and are taken over."""

import random
from dataclasses import dataclass, field

from tests.campaigns.histories import words


@dataclass
class Company:
    """`core` is what its name is without legal form and "Group"; `took_over_by` is where its people are now."""

    number: int
    core: str
    form: str
    country: str
    city: str
    industry: str
    domain: str
    others: list[str] = field(default_factory=list)
    former: str | None = None
    formerly: str | None = None
    taken_over_by: int | None = None

    @property
    def name(self) -> str:
        return f"{self.core} {self.form}".strip()


@dataclass
class Person:
    """Jobs are by company: the place of the title in `words.TITLES`. `twin` is somebody of exactly this name."""

    number: int
    first: str
    middle: str
    last: str
    sex: str
    city: str
    born_as: str = ""
    generation: str = ""
    credential: str = ""
    slug: str = ""
    former_slug: str = ""
    mailbox: str = ""
    jobs: dict[int, int] = field(default_factory=dict)
    past: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass
class Event:
    """What a refresh of an owned contact should tell, and in which month."""

    kind: str
    person: int
    company: int
    month: int


class World:
    """`month` is the number of the present one; `events` is what has happened so far."""

    def __init__(self, *, people: int, seed: int) -> None:
        self.dice = random.Random(seed)
        self.month = 0
        self.events: list[Event] = []
        self.companies = [self._company(number) for number in range(max(12, people // 12))]
        self._name_alike()
        self.people = [self._person(number) for number in range(people)]
        self._homonyms()

    def living(self, company: int) -> int:
        """Where the people of a company are that was taken over."""
        while (later := self.companies[company].taken_over_by) is not None:
            company = later
        return company

    def go_on(self) -> None:
        """A month passes."""
        self.month += 1
        for person in list(self.people):
            self._live(person)
        for _ in range(max(1, len(self.people) // 100)):
            self.people.append(self._person(len(self.people)))
        if self.month % 2 == 0:
            self._rebrand(self.dice.choice(self._independent()))
        if self.month % 3 == 0 and len(self._independent()) > 6:
            self._take_over(*self.dice.sample(self._independent(), 2))

    def _live(self, person: Person) -> None:
        was_out = not person.jobs
        for company in list(person.jobs):
            fate = self.dice.random()
            if fate < 0.03:
                self._leave(person, company)
            elif fate < 0.055:
                self._retitle(person, company)
        if was_out and person.past and self.dice.random() < 0.1:
            former = self.living(person.past[-1][0])
            self._join(person, former)
        if person.sex == "f" and not person.born_as and self.dice.random() < 0.006:
            person.born_as, person.last = person.last, self.dice.choice(words.LASTS)
        if person.slug and not person.former_slug and self.dice.random() < 0.005:
            person.former_slug, person.slug = person.slug, f"{person.slug}-new"

    def _leave(self, person: Person, company: int) -> None:
        person.past.append((company, person.jobs.pop(company), self.month))
        moves = self.dice.random() < 0.5
        if moves:
            there = self.dice.choice(self._independent()).number
            moves = there not in person.jobs and there != company and not self._was_at(person, there)
            if moves:
                self._join(person, there, told=False)
                person.mailbox = person.mailbox and f"{person.mailbox.partition('@')[0]}@mail-{there}.com"
        self.events.append(Event("moved" if moves else "left", person.number, company, self.month))

    def _join(self, person: Person, company: int, *, told: bool = True) -> None:
        if told and self._was_at(person, company):
            self.events.append(Event("returned", person.number, company, self.month))
        person.jobs[company] = self.dice.randrange(len(words.TITLES))

    def _was_at(self, person: Person, company: int) -> bool:
        return any(self.living(former) == company for former, _, _ in person.past)

    def _retitle(self, person: Person, company: int) -> None:
        was = person.jobs[company]
        person.jobs[company] = self.dice.choice([n for n in range(len(words.TITLES)) if n != was])
        self.events.append(Event("retitled", person.number, company, self.month))

    def _rebrand(self, company: Company) -> None:
        company.formerly, company.former = company.name, company.domain
        company.core = self._core()
        company.domain = _label(company.core) + ".com"

    def _take_over(self, buyer: Company, bought: Company) -> None:
        bought.taken_over_by = buyer.number
        for person in self.people:
            if bought.number in person.jobs:
                title = person.jobs.pop(bought.number)
                person.jobs.setdefault(buyer.number, title)
            person.past = [(self.living(at), title, month) for at, title, month in person.past]

    def _independent(self) -> list[Company]:
        return [company for company in self.companies if company.taken_over_by is None]

    def _core(self) -> str:
        return f"{self.dice.choice(words.COINED)}{self.dice.choice(words.ENDINGS)} {self.dice.choice(words.TRADES)}"

    def _company(self, number: int) -> Company:
        core, (country, city, form) = self._core(), self.dice.choice(words.PLACES)
        if self.dice.random() < 0.25:
            core = f"{self.dice.choice(words.COMMON)} {self.dice.choice(words.TRADES)}"
        label = _label(core) + str(number)
        others = (
            [f"{label}.{self.dice.choice(('de', 'co.uk', 'fr', 'io'))}"] if self.dice.random() < 0.3 else []
        )
        industry = self.dice.choice(words.INDUSTRIES)
        return Company(number, core, form, country, city, industry, f"{label}.com", others)

    def _name_alike(self) -> None:
        """Companies of nearly one name that are two: abroad, a group's parts, a holding."""
        for one, other in zip(self.companies[0:4], self.companies[4:8], strict=True):
            other.core = one.core
        self.companies[4].country, self.companies[4].city, self.companies[4].form = "Japan", "Osaka", "Inc."
        self.companies[5].core += " France"
        self.companies[6].core += " Capital"
        self.companies[7].core = f"North {self.companies[7].core}"

    def _person(self, number: int) -> Person:
        sex = self.dice.choice("fm")
        first = self.dice.choice(words.FIRSTS[sex])
        last = words.LASTS[min(int(self.dice.expovariate(1 / 60)), len(words.LASTS) - 1)]
        company = self.dice.choice(self._independent())
        person = Person(number, first, self.dice.choice(words.MIDDLES), last, sex, company.city)
        if self.dice.random() < 0.05:
            person.credential = self.dice.choice(("PhD", "MBA", "CPA", "MD"))
        if self.dice.random() < 0.7:
            person.slug = _label(f"{first}-{last}-{number}")
        if self.dice.random() < 0.6:
            person.mailbox = f"{_label(first)}.{_label(last)}{number}@mail-{company.number}.com"
        person.jobs[company.number] = self.dice.randrange(len(words.TITLES))
        if self.dice.random() < 0.05:
            person.jobs[self.dice.choice(self._independent()).number] = words.DIRECTOR
        return person

    def _homonyms(self) -> None:
        """Fathers and sons at one company, two of one name at one company, and at two."""
        for place in range(0, len(self.people) - 4, 25):
            one, son, namesake, elsewhere = self.people[place : place + 4]
            for other in (son, namesake, elsewhere):
                other.first, other.last, other.sex, other.born_as = one.first, one.last, one.sex, ""
                other.slug = other.slug and _label(f"{one.first}-{one.last}-{other.number}")
                other.mailbox = other.mailbox and f"{_label(one.first)}{other.number}@mail.example"
            here, title = next(iter(one.jobs.items()))
            if place % 2:
                one.generation, son.generation, son.middle = "Sr", "Jr", one.middle
                son.jobs = {here: (title + 3) % len(words.TITLES)}
            namesake.jobs = {here: (title + 7) % len(words.TITLES)}
            namesake.city = "Reno"


def _label(text: str) -> str:
    return "".join(c for c in words.plain(text).lower() if c.isalnum() or c == "-")
