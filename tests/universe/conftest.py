"""A made-up universe of 60 companies and 300 people over three months, opened by each engine."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from rollcall.universe import engines, ingest, versions
from rollcall.universe.engine import Engine
from rollcall.universe.ingest import LoadReport
from rollcall.universe.providers import registry
from tests.universe import provider_examples, spark
from tests.universe.fake_provider import KEY, Clock
from tests.universe.rosters import DAY, Handmade

Load = Callable[..., LoadReport]
MONTHS = (date(2025, 11, 30), date(2025, 12, 31), DAY)
NAMES = ("Acme", "acme holdings", "ÄCME", "ＡＣＭＥ", "Straße", "STRASSE", "Bolt", "Zebra", "ı", "İ")
SECTORS = (None, "Energy", "ENERGY", "Materials", "Health Care", "Ünïted")
TITLES = (
    "CEO", "Chief Executive Officer", "CFO", "EVP & CFO", "VP Finance", "Vice President, Sales", "Sales Manager",
    "Publicity Manager", "City Manager", "General Counsel", "Head of IT", "Engineer", "Intern", "—", "Director",
)  # fmt: skip


@pytest.fixture
def load(db: None, now: datetime) -> Load:
    """Load a source, or people by hand."""

    def do(source: Any = None, **kwargs: Any) -> LoadReport:
        return ingest.load(source=source or Handmade(**kwargs), now=now)

    return do


@pytest.fixture
def random_universe(load: Load) -> int:
    """The number of a version with every kind of spell: current, ended, retitled, moved, returned."""
    dice = random.Random(7)
    companies = [_company(dice, number) for number in range(60)]
    at = {f"p{number}": _places(dice, companies) for number in range(300)}
    for day in MONTHS:
        rows = [_row(dice, who, where, day) for who, places in at.items() for where in places]
        load(people=rows, as_of=day, facts=companies)
        for who in dice.sample(sorted(at), 80):
            at[who] = _places(dice, companies)
    number = versions.current()
    assert number == len(MONTHS)
    return number


@pytest.fixture(params=engines.NAMES)
def engine(request: pytest.FixtureRequest, random_universe: int) -> Engine:
    if request.param == "spark":
        request.getfixturevalue("spark_here")
    return engines.opener(request.param)(versions.path(random_universe))


@pytest.fixture
def spark_here(on_postgres: bool) -> None:
    """Skips, saying why, where Spark cannot run."""
    if on_postgres:
        pytest.skip("what Spark reads does not depend on the database")
    if why := spark.absent():
        pytest.skip(why)


@pytest.fixture
def clock(now: datetime) -> Clock:
    """Moved by hand, or by whoever would sleep."""
    return Clock(now)


@pytest.fixture
def fakes_answer(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Providers on this computer may be asked, and everybody's key is there."""
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    for about in (*(known.about for known in registry.list_()), *provider_examples.EXAMPLES):
        monkeypatch.setenv(f"ROLLCALL_PROVIDER_{about.name.upper()}_KEY", KEY)


@pytest.fixture
def both(random_universe: int) -> tuple[Engine, Engine]:
    """The readable reference and the default engine over the same version."""
    folder = versions.path(random_universe)
    return engines.opener("memory")(folder), engines.opener("duckdb")(folder)


def _company(dice: random.Random, number: int) -> dict[str, Any]:
    return {
        "company_id": f"c{number}",
        "domain": dice.choice([None, f"c{number}.example", f"WWW.c{number}.example"]),
        "name": dice.choice(NAMES),
        "sector": dice.choice(SECTORS),
        "industry": dice.choice([None, "Oil", "Gold"]),
        "country": dice.choice([None, "France", "FRANCE", "España"]),
        "city": dice.choice([None, "Lyon", "Madrid"]),
        "employees": dice.choice([None, 0, 5, 10, 4_000, 2**40]),
        "founded_year": dice.choice([None, 1900, 1999]),
    }


def _places(dice: random.Random, companies: list[dict[str, Any]]) -> list[str]:
    return [company["company_id"] for company in dice.sample(companies, dice.choice([0, 1, 1, 1, 2]))]


def _row(dice: random.Random, who: str, where: str, day: date) -> dict[str, Any]:
    seen = day - timedelta(days=dice.randrange(40))
    return {
        "person_id": who,
        "company_id": where,
        "title": dice.choice(TITLES),
        "last_seen": seen,
        "since": dice.choice([None, seen - timedelta(days=dice.randrange(60))]),
        "full_name": who.title(),
        "email": f"{who}@mail.example" if who.endswith(("1", "4")) else None,
        "profile_url": f"https://people.example/{who}" if who.endswith(("4", "7")) else None,
        "country": dice.choice([None, None, "France", "Deutschland"]),
    }
