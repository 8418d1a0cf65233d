"""Companies and people that the universe knows are looked up in bulk: nobody twice, and misses are remembered."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from rollcall.universe import erasure, ingest, versions
from rollcall.universe import search as universe
from rollcall.universe.models import ProviderLookup
from rollcall.universe.providers import bulk, carrying, orders
from rollcall.universe.providers.description import Endpoint, Provider
from rollcall.universe.providers.walking import Caps
from tests.universe import provider_samples
from tests.universe.fake_provider import SOLD, Clock, Fake, chaos
from tests.universe.ordering import NAME, OPERATOR, cap, place, serving, work_on
from tests.universe.provider_examples import SIZE, lookups
from tests.universe.rosters import Handmade, person

pytestmark = pytest.mark.django_db
COUNT = 20
FOUND = 15


@pytest.fixture(autouse=True)
def _here(settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    carrying._progress.clear()


@pytest.fixture
def companies(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Fake]:
    """The universe knows 20 companies with a domain, of which the provider knows 15."""
    known = [
        {"company_id": f"c{number}", "domain": f"acme{number}.com", "name": f"Acme {number}"}
        for number in range(COUNT)
    ]
    people = [person(f"p{number}", f"c{number}", "CEO") for number in range(COUNT)]
    ingest.load(source=Handmade(facts=known, people=people), now=clock.now())
    with serving(monkeypatch, "company_bulk", 0) as fake:
        for number, record in enumerate(provider_samples.records(NAME, "companies", FOUND)):
            fake.directory[f"acme{number}.com"] = record | {
                "website": f"acme{number}.com",
                "industry": "aviation",
            }
        yield fake


def ask(clock: Clock, fake: Fake, **changes: Any) -> Any:
    told = {"endpoint": fake.endpoint, "query": {}, "is_to_load": False} | changes
    return place(clock, fake.known, **told)


def test_it_works(companies: Fake, clock: Clock) -> None:
    """What they say of companies that are known is in the universe then; nobody is added, nobody leaves."""
    done = work_on(clock, ask(clock, companies, is_to_load=True))
    assert (done.state, done.problem, done.found, done.missed) == ("done", "", FOUND, COUNT - FOUND)
    assert len(companies.asked) == -(-COUNT // SIZE) and companies.charged == FOUND
    assert orders.standing(done).spent.answered == FOUND
    assert (done.version, versions.get(2).companies, versions.get(2).profiles) == (2, COUNT, COUNT)
    rows = universe.company_rows(version=2, ids=list(range(1, COUNT + 1))).to_pylist()
    assert sum(row["industry"] == "aviation" for row in rows) == FOUND


def test_nobody_is_looked_up_twice_and_misses_are_remembered_for_a_while(
    companies: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_on(clock, ask(clock, companies))
    asked = len(companies.asked)
    assert work_on(clock, ask(clock, companies)).state == "done" and len(companies.asked) == asked
    clock.sleep(companies.endpoint.fresh_seconds + 60)
    again = work_on(clock, ask(clock, companies))
    assert (again.found, again.missed) == (FOUND, 0), "what was found is old by now, what was missed is not"
    monkeypatch.setenv("ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_MISS_DAYS", "1")
    ProviderLookup.objects.all().delete()
    work_on(clock, ask(clock, companies))
    clock.sleep(86_400 + 60)
    assert work_on(clock, ask(clock, companies)).missed == COUNT - FOUND


@pytest.mark.parametrize("amount", ["0", "3", "9"])
def test_a_cap_of_cost_is_kept_and_used(companies: Fake, clock: Clock, amount: str) -> None:
    done = work_on(clock, ask(clock, companies, caps=cap(amount)))
    assert done.state == "done" and companies.charged == int(amount) and "cap" in done.problem


def test_a_cap_of_calls_is_kept(companies: Fake, clock: Clock) -> None:
    done = work_on(clock, ask(clock, companies, caps=Caps(pages=2)))
    assert len(companies.asked) == 2 and done.found + done.missed == 2 * SIZE


def test_named_ones_may_be_unknown_here_and_are_asked_once(companies: Fake, clock: Clock) -> None:
    told = ["https://www.ACME3.com/about", "acme3.com", "nobody.example.com"]
    order = place(
        clock, companies.known, endpoint=companies.endpoint, query={"subjects": told}, is_to_load=False
    )
    done = work_on(clock, order)
    assert (done.found, done.missed, len(companies.asked)) == (1, 1, 1)


@pytest.mark.parametrize("pair", lookups(), ids=lambda pair: f"{pair[0].name}-{pair[1].name}")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_under_chaos_everybody_is_paid_once(
    pair: tuple[Provider, Endpoint], seed: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each way to look up in bulk of each provider that ships, as long as it knows a key again."""
    assert pair[1].bulk is not None
    by_domain = pair[1].bulk.by == "domain"
    names = [f"acme{n}.com" if by_domain else f"linkedin.com/in/some-body-{n}" for n in range(COUNT)]
    with serving(monkeypatch, pair[1].name, 0) as fake:
        records = provider_samples.records(NAME, fake.endpoint.tells, FOUND)
        fake.directory = dict(zip(names, records, strict=False))
        fake.misbehave = chaos(seed, 0.3)
        order = place(clock, fake.known, endpoint=fake.endpoint, query={"subjects": names}, is_to_load=False)
        for _ in range(40):
            order = work_on(clock, order)
            if order.state == "done":
                break
            orders.go_on(order_id=order.pk, actor=OPERATOR, now=clock.now())
        assert (order.state, order.found, order.missed) == ("done", FOUND, COUNT - FOUND)
        assert (
            set(fake.sold.values()) == {1} and fake.charged == FOUND == orders.standing(order).spent.answered
        )


def test_a_provider_that_knows_no_key_again_never_passes_the_cap(companies: Fake, clock: Clock) -> None:
    companies.knows_keys, companies.misbehave = False, chaos(5, 0.5, SOLD)
    order = ask(clock, companies, caps=cap("12"))
    for _ in range(6):
        order = work_on(clock, order)
        if order.state == "done":
            break
        orders.go_on(order_id=order.pk, actor=OPERATOR, now=clock.now())
    assert companies.charged <= 12 and orders.standing(order).spent.most <= 12


def test_two_at_once_would_pay_twice_so_there_is_one(companies: Fake, clock: Clock) -> None:
    first = ask(clock, companies)
    with pytest.raises(orders.EnrichmentUnderWay):
        ask(clock, companies)
    orders.stop(order_id=first.pk, actor=OPERATOR, now=clock.now())
    with pytest.raises(orders.EnrichmentUnderWay):
        ask(clock, companies)
    orders.give_up(order_id=first.pk, actor=OPERATOR, now=clock.now())
    assert work_on(clock, ask(clock, companies)).state == "done"


def test_people_are_looked_up_by_their_page_and_nobody_erased_is(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X2: whoever was forgotten is not asked about either, and the ledger names nobody."""
    people = [person(f"p{n}", "c1", "CEO", profile_url=f"linkedin.com/in/some-body-{n}") for n in range(3)]
    ingest.load(source=Handmade(people=people), now=clock.now())
    erasure.forget(profile_id=2, now=clock.now())
    with serving(monkeypatch, "person_bulk", 0) as fake:
        order = place(clock, fake.known, endpoint=fake.endpoint, query={})
        done = work_on(clock, order)
        (asked,) = fake.asked
        assert [one["params"]["profile"] for one in asked[1]["requests"]] == [
            "linkedin.com/in/some-body-0", "linkedin.com/in/some-body-2",
        ]  # fmt: skip
        assert (done.state, done.missed, done.walk.query if done.walk else None) == ("done", 2, "")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answers: answers[::-1],
        lambda answers: [{**a, "metadata": None} for a in answers],
        lambda answers: [{**a, "metadata": {"place": True}} for a in answers],
        lambda answers: [*answers, {"status": 500}, {"status": []}, {}],
    ],
    ids=["turned round", "no echo", "odd echo", "more than was asked"],
)
def test_answers_find_their_places(companies: Fake, clock: Clock, spoil: Any) -> None:
    companies.bulk_hook = spoil
    done = work_on(clock, ask(clock, companies))
    assert (done.state, done.found, done.missed) == ("done", FOUND, COUNT - FOUND)


def test_answers_that_cannot_be_told_apart_count_as_paid(companies: Fake, clock: Clock) -> None:
    companies.bulk_hook = lambda answers: [{**a, "metadata": {"place": 10**9}} for a in answers]
    done = work_on(clock, ask(clock, companies))
    assert (done.found, done.missed) == (COUNT, 0)
    asked = len(companies.asked)
    assert work_on(clock, ask(clock, companies)).state == "done" and len(companies.asked) == asked


@pytest.mark.parametrize("answer", [{}, [7], {"responses": []}, [[]], None], ids=str)
def test_what_is_no_list_of_answers_is_told(companies: Fake, clock: Clock, answer: Any) -> None:
    companies.bulk_hook = lambda answers: answer
    order = work_on(clock, ask(clock, companies))
    assert order.state == "halted" and "list" in order.problem and order.found == 0


def test_who_was_not_answered_is_asked_again_another_time(companies: Fake, clock: Clock) -> None:
    companies.bulk_hook = lambda answers: [{**a, "status": 429} for a in answers]
    done = work_on(clock, ask(clock, companies))
    assert (done.state, done.found, done.missed) == ("done", 0, 0)
    assert ProviderLookup.objects.count() == 0


@pytest.mark.parametrize(
    "query",
    [{"subjects": []}, {"subjects": "acme.com"}, {"subjects": ["no domain"]}, {"subjects": [5]}, {"other": 1},
     {"subjects": ["x.com"] * 20_001}, {"subjects": ["127.0.0.1"]}, {"subjects": ["a" * 600 + ".com"]}],
    ids=range(8),
)  # fmt: skip
def test_bad_subjects_are_refused(companies: Fake, clock: Clock, query: dict[str, Any]) -> None:
    with pytest.raises(bulk.BadSubjects):
        place(clock, companies.known, endpoint=companies.endpoint, query=query)


def test_without_a_universe_there_is_nobody_to_ask_about(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, "company_bulk", 0) as fake:
        done = work_on(clock, place(clock, fake.known, endpoint=fake.endpoint, query={}))
        assert done.state == "done" and fake.asked == []


def test_long_lists_are_read_on_from_where_they_were(
    companies: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_ROWS_AT_ONCE", 3)
    monkeypatch.setattr(bulk, "_ROWS_MAX", 9)
    dice = random.Random(3)
    endpoint, cursor, seen = companies.endpoint, 0, list[str]()
    while True:
        batch = bulk.next_batch(
            known=companies.known, endpoint=endpoint, query={}, cursor=cursor, most=dice.randint(1, 6),
            now=clock.now(),
        )  # fmt: skip
        assert batch.cursor > cursor or batch.is_end
        seen, cursor = seen + batch.subjects, batch.cursor
        if batch.is_end:
            break
    assert seen == [f"acme{number}.com" for number in range(COUNT)]


def test_a_list_of_which_most_were_asked_about_is_looked_through_bit_by_bit(
    companies: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_ROWS_AT_ONCE", 2)
    monkeypatch.setattr(bulk, "_ROWS_MAX", 4)
    named = {"subjects": [f"acme{number}.com" for number in range(COUNT - 1)]}
    work_on(clock, ask(clock, companies, query=named))
    asked = len(companies.asked)
    done = work_on(clock, ask(clock, companies))
    assert (done.state, done.found + done.missed, len(companies.asked)) == ("done", 1, asked + 1)
