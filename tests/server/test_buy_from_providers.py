"""The operator sees what it would cost, buys within a cap, goes on later, loads, and reads the call ledger."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rollcall.core import clock
from rollcall.universe import versions
from rollcall.universe.models import ProviderWalk
from rollcall.universe.providers import answers, carrying, registry
from tests.server.conftest import Program
from tests.universe import provider_samples
from tests.universe.fake_provider import KEY, Fake, listening

NAME = "people_data_labs"
QUERY = '{"query": {"term": {"job_company_website": "acme.com"}}}'


@pytest.fixture
def fake(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """People Data Labs on this computer, with 230 people: three pages."""
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    about = registry.get(NAME).about
    with listening(Fake(about, about.endpoints[0], provider_samples.records(NAME, "people", 230))) as here:
        monkeypatch.setenv("ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_URL", here.url)
        monkeypatch.setenv("ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_KEY", KEY)
        yield here


def test_it_works(program: Program, fake: Fake, tmp_path: Path) -> None:
    fake.records[3] = {"id": "=cmd()", "full_name": None}
    rejected = tmp_path / "rejected.csv"
    answer = program(
        "providers", "search", NAME, "--query", QUERY, "--max-pages", "9", "--load", "--rejected", str(rejected),
        "--lawful-basis", "legitimate interests", "--json",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    told = answer.json
    assert (told["state"], told["records"], told["cost"]) == ("whole", 230, "230")
    assert (told["pages"], told["refused_records"], told["loaded_as_version"]) == (3, 1, 1)
    assert versions.get(1).profiles == 229
    rows = list(csv.DictReader(io.StringIO(rejected.read_text())))
    assert (rows[0]["id"], rows[0]["reason"]) == ("'=cmd()", "full_name is missing")


def test_the_cost_is_told_before_anything_is_bought(program: Program, fake: Fake) -> None:
    words = ("providers", "search", NAME, "--query", QUERY)
    dry = program(*words, "--max-pages", "2", "--max-cost", "150", "--dry-run", "--json").json
    assert (dry["pages_more_at_most"], dry["cost_more_at_most"], dry["credit"]) == (2, "150", "credit")
    assert fake.asked == []
    told = program(*words, "--max-pages", "2")
    assert "nothing is bought yet; now at most 200 credits more" in told.err and told.code == 0
    again = program(*words, "--max-cost", "230")
    assert "2 pages are bought already; now at most 30 credits more" in again.err
    assert len(fake.asked) == 3 and fake.charged == 230


def test_without_a_cap_nothing_is_bought(program: Program, fake: Fake) -> None:
    answer = program("providers", "search", NAME, "--query", QUERY)
    assert answer.code == 2 and "at most" in answer.err and fake.asked == []


def test_what_stops_before_its_end_says_so_and_goes_on(program: Program, fake: Fake) -> None:
    fake.misbehave = lambda number: "402" if number == 1 else ""
    words = ("providers", "search", NAME, "--query", QUERY, "--max-pages", "9")
    answer = program(*words)
    assert answer.code == 7 and "no credits left" in answer.out and "goes on from here" in answer.err
    assert program(*words).code == 0 and len(fake.asked) == 4 and fake.charged == 230


def test_the_ledger_is_shown(program: Program, fake: Fake) -> None:
    assert program("providers", "calls").out.startswith("Nothing was asked")
    fake.misbehave = lambda number: "503" if number == 0 else ""
    program("providers", "search", NAME, "--query", QUERY, "--max-pages", "1")
    (walk,) = program("providers", "calls", "--json").json
    assert (walk["pages"], walk["cost"], walk["state"]) == (1, "100", "open")
    sent = program("providers", "calls", "--walk", str(walk["walk"]), "--json").json
    assert [(row["state"], row["status"]) for row in sent] == [("answered", 200), ("refused", 503)]
    assert KEY not in json.dumps(sent)


def test_the_providers_are_listed_and_checked(program: Program, fake: Fake) -> None:
    names = {
        (row["provider"], row["endpoint"], row["has_key"])
        for row in program("providers", "list", "--json").json
    }
    assert (NAME, "person_search", True) in names
    program("providers", "search", NAME, "--query", QUERY, "--max-pages", "9")
    answer = program("providers", "check", NAME, "--json")
    assert answer.code == 0 and (answer.json["answers_kept"], answer.json["key"]) == (3, "there")
    next(answers.home().rglob("*.gz")).unlink()
    assert program("providers", "check", NAME).code == 2


def test_a_key_is_stored_and_forgotten(program: Program, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_KEY")
    words = ("providers", "search", NAME, "--query", QUERY, "--max-pages", "9")
    answer = program(*words)
    assert answer.code == 6 and "providers key people_data_labs" in answer.err and fake.asked == []
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{KEY}\n"))
    stored = program("providers", "key", NAME)
    assert stored.code == 0 and KEY not in stored.out + stored.err
    assert program(*words).code == 0
    assert program("providers", "key", NAME, "--remove").code == 0
    assert program("providers", "check", NAME).code == 2


def test_old_answers_are_deleted_and_the_ledger_stays(program: Program, fake: Fake) -> None:
    words = ("providers", "search", NAME, "--query", QUERY, "--max-pages", "9")
    program(*words)
    assert program("providers", "clear", "--older-than", "0", "--json").json == {"searches": 0, "answers": 0}
    ProviderWalk.objects.update(fresh_until=clock.now() - timedelta(days=3))
    assert program("providers", "clear", "--older-than", "5", "--json").json["searches"] == 0
    assert program("providers", "clear", "--older-than", "2", "--json").json == {"searches": 1, "answers": 3}
    assert list(answers.home().rglob("*.gz")) == []
    assert program("providers", "calls", "--json").json[0]["cost"] == "230"
    program(*words)
    assert len(fake.asked) == 6


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nobody", "--query", QUERY], 3, "Known ones: people_data_labs"),
        ([NAME, "--query", QUERY, "--endpoint", "phone"], 3, "company_enrich"),
        ([NAME, "--query", "nowhere.json"], 2, "neither JSON nor a file"),
        ([NAME, "--query", "[1]"], 2, "no object"),
        ([NAME, "--query", '{"size": 3}'], 2, "said by Rollcall itself"),
        ([NAME, "--query", QUERY, "--max-cost", "cheap"], 2, "is no cost"),
        ([NAME, "--query", QUERY, "--max-cost", "nan"], 2, "is no cost"),
        ([NAME, "--query", QUERY, "--max-cost", "-3"], 2, "is no cost"),
    ],
)
def test_bad_input_is_told_and_nothing_is_bought(
    program: Program, fake: Fake, arguments: list[str], code: int, told: str
) -> None:
    cap = [] if "--max-cost" in arguments else ["--max-pages", "1"]
    answer = program("providers", "search", *arguments, *cap)
    assert answer.code == code and told in answer.err and fake.asked == []


def test_a_query_may_be_in_a_file(program: Program, fake: Fake, tmp_path: Path) -> None:
    file = tmp_path / "query.json"
    file.write_text(QUERY)
    assert program("providers", "search", NAME, "--query", str(file), "--max-pages", "1").code == 0
    assert fake.asked[0][1]["query"] == json.loads(QUERY)["query"]


def test_an_order_is_left_to_the_workers(program: Program, fake: Fake) -> None:
    """The same that the pages do, and a lookup in bulk goes no other way."""
    assert program("providers", "orders").out.startswith("Nothing was ordered")
    words = ("providers", "order", NAME, "--query", QUERY, "--max-cost", "300")
    refused = program(*words)
    assert refused.code == 2 and "lawful basis" in refused.err
    made = program(*words, "--lawful-basis", "legitimate interests", "--json")
    assert made.code == 0 and made.json["state"] == "buying"
    for _ in range(3):
        carrying.carry_on(now=clock.now())
    (row,) = program("providers", "orders", "--json").json
    assert (row["state"], row["cost"], row["version"], row["records"]) == ("done", "230", 1, 230)
    bulk = program(
        "providers",
        "search",
        NAME,
        "--endpoint",
        "company_bulk",
        "--query",
        '{"requests": []}',
        "--max-pages",
        "1",
    )
    assert bulk.code == 2 and "place an order" in bulk.err
