"""Every provider, and every way of paging, keeps to one contract: each record once, each page bought once."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rollcall.universe import providers
from rollcall.universe.providers import registry, walking
from rollcall.universe.providers.description import Endpoint, Provider
from tests.universe import provider_examples, provider_samples
from tests.universe.fake_provider import KEY, REFUSALS, SOLD, Clock, Fake, chaos, listening

QUERY = {"title": "cfo"}
PAIRS = provider_examples.every()
PAGED = [pair for pair in PAIRS if pair[1].paging.kind != "none"]
Serve = Callable[..., AbstractContextManager[Fake]]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fakes_answer")]


def served(pair: tuple[Provider, Endpoint], count: int, **more: Any) -> Fake:
    about, endpoint = pair
    sample = (
        about.name if Path(provider_samples.__path__[0], f"{about.name}.py").exists() else "people_data_labs"
    )
    return Fake(about, endpoint, provider_samples.records(sample, endpoint.tells, count), **more)


def ask(fake: Fake, pages: int | None = 1000, cost: Decimal | None = None) -> walking.Ask:
    return walking.Ask(fake.known, fake.endpoint, QUERY, walking.Caps(pages, cost))


def search(fake: Fake, clock: Clock, **caps: Any) -> walking.Report:
    return providers.search(ask=ask(fake, **caps), times=clock.times, dice=random.Random(1))


def fetched(fake: Fake) -> list[str]:
    """The ids of all records that are kept on disk, as often as they come."""
    from rollcall.universe.providers import ledger

    walk = ledger.find_walk(known=fake.known, endpoint=fake.endpoint, canonical=ask(fake).canonical)
    assert walk is not None
    pages = walking.stored_pages(walk=walk, known=fake.known, endpoint=fake.endpoint)
    return [record["id"] for _, page in pages for record in page.records]


def everybody(fake: Fake) -> list[str]:
    return [record["id"] for record in fake.records]


def test_every_provider_has_samples() -> None:
    """Whoever adds a provider adds a module of samples: then this whole suite runs for it."""
    folder = Path(provider_samples.__path__[0])
    assert [k.about.name for k in registry.list_() if not (folder / f"{k.about.name}.py").exists()] == []


@pytest.mark.parametrize("pair", PAIRS, ids=provider_examples.named)
def test_it_works(pair: tuple[Provider, Endpoint], clock: Clock) -> None:
    for count in [1] if pair[1].is_single else [0, 1, 6, 7, 8, 14, 40]:
        with listening(served(pair, count)) as fake:
            report = search(fake, clock)
            assert (report.state, report.why, report.records) == ("whole", "", count)
            assert fetched(fake) == everybody(fake)
            assert sum(fake.sold.values()) == len(fake.asked) - (
                count == 0 and fake.endpoint.paging.kind == "token"
            )
            assert len(fake.asked) == fake.pages_needed == report.bought_now
            assert report.cost == fake.charged and report.maybe_bought_calls == 0
            _anew()


@pytest.mark.parametrize("pair", PAIRS, ids=provider_examples.named)
def test_what_is_bought_is_never_asked_again_while_it_is_fresh(
    pair: tuple[Provider, Endpoint], clock: Clock
) -> None:
    with listening(served(pair, 1 if pair[1].is_single else 20)) as fake:
        first = search(fake, clock)
        asked = len(fake.asked)
        clock.sleep(fake.endpoint.fresh_seconds - 60)
        again = search(fake, clock)
        assert len(fake.asked) == asked and again.bought_now == 0
        assert (again.walk, again.records, again.cost) == (first.walk, first.records, first.cost)
        clock.sleep(120)
        assert search(fake, clock).walk != first.walk
        assert len(fake.asked) == 2 * asked


@pytest.mark.parametrize("pair", PAIRS, ids=provider_examples.named)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_under_chaos_each_page_is_bought_once(
    pair: tuple[Provider, Endpoint], clock: Clock, seed: int
) -> None:
    """With a provider that knows a key again, nothing is charged twice, whatever happens on the way."""
    count = 1 if pair[1].is_single else 25
    with listening(served(pair, count, misbehave=chaos(seed, 0.4))) as fake:
        report = until_whole(fake, clock)
        assert fetched(fake) == everybody(fake)
        assert set(fake.sold.values()) == {1} and len(fake.sold) == fake.pages_needed
        assert fake.charged <= report.cost
        assert report.maybe_bought_calls <= len(fake.asked) - fake.pages_needed


@pytest.mark.parametrize("pair", PAGED, ids=provider_examples.named)
def test_what_was_maybe_bought_twice_is_told(pair: tuple[Provider, Endpoint], clock: Clock) -> None:
    """A provider that does not know a key again charges twice; the report covers all that it may charge."""
    fake = served(pair, 25, misbehave=chaos(4, 0.5, SOLD), knows_keys=False)
    with listening(fake):
        report = until_whole(fake, clock)
        assert report.cost <= fake.charged <= report.cost + report.maybe_cost
        assert sum(fake.sold.values()) <= fake.pages_needed + report.maybe_bought_calls
        assert report.maybe_bought_calls > 0


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_is_tried_again_and_costs_nothing(clock: Clock, kind: str) -> None:
    with listening(served(PAGED[0], 20, misbehave=lambda n: kind if n % 2 else "")) as fake:
        report = search(fake, clock)
        assert (report.state, report.records, report.maybe_bought_calls) == ("whole", 20, 0)
        assert report.attempts_now == 5 and report.cost == 20 and clock.slept > 0


@pytest.mark.parametrize("kind", SOLD)
def test_a_provider_that_always_does_this_is_left_soon(clock: Clock, kind: str) -> None:
    """Memory, time and attempts are bounded, and it says what is wrong."""
    with listening(served(PAGED[0], 20, misbehave=lambda n: kind)) as fake:
        report = search(fake, clock)
        assert (report.state, report.pages, report.cost) == ("open", 0, 0)
        assert report.why and 1 <= report.maybe_bought_calls <= 4


@pytest.mark.parametrize(
    ("status", "told"),
    [("401", "key"), ("402", "no credits left"), ("403", "key"), ("400", "calls"), ("302", "302")],
)
def test_what_will_not_get_better_is_not_tried_again(clock: Clock, status: str, told: str) -> None:
    """And the key is not in what is kept of it, although the provider repeats it."""
    from rollcall.universe.models import ProviderAttempt

    with listening(served(PAGED[0], 20, misbehave=lambda n: status if n == 1 else "")) as fake:
        report = search(fake, clock)
        assert (report.state, report.pages, report.attempts_now) == ("open", 1, 2) and told in report.why
        assert report.maybe_bought_calls == 0
        problem = ProviderAttempt.objects.get(status_code=int(status)).problem
        assert KEY not in problem and "(key)" in problem
        assert search(fake, clock).state == "whole"
        assert len(fake.asked) == fake.pages_needed + 1


@pytest.mark.parametrize("pair", PAGED, ids=provider_examples.named)
def test_a_cap_of_pages_is_kept_and_can_be_raised(pair: tuple[Provider, Endpoint], clock: Clock) -> None:
    with listening(served(pair, 25)) as fake:
        report = search(fake, clock, pages=2)
        assert (report.state, report.pages, len(fake.asked)) == (
            "open",
            2,
            2,
        ) and "cap of 2 pages" in report.why
        assert search(fake, clock, pages=2).bought_now == 0
        assert search(fake, clock, pages=9).state == "whole"
        assert fetched(fake) == everybody(fake) and len(fake.asked) == fake.pages_needed


@pytest.mark.parametrize("pair", PAGED, ids=provider_examples.named)
@pytest.mark.parametrize("knows_keys", [True, False])
def test_a_cap_of_cost_is_kept_whatever_happens(
    pair: tuple[Provider, Endpoint], clock: Clock, knows_keys: bool
) -> None:
    """Also when answers are lost: what was maybe bought counts in full."""
    for cap in (Decimal(0), Decimal("0.5"), Decimal(3), Decimal(11), Decimal(18)):
        fake = served(pair, 25, misbehave=chaos(int(cap * 2), 0.4, SOLD), knows_keys=knows_keys)
        with listening(fake):
            for _ in range(4):
                report = search(fake, clock, pages=None, cost=cap)
                assert fake.charged <= cap and report.cost + report.maybe_cost <= cap
            if cap < 1 and fake.endpoint.cost.per_record:
                assert fake.asked == []
            _anew()


def test_where_pages_may_shrink_the_cap_is_used_to_the_last_credit(clock: Clock) -> None:
    with listening(served(PAGED[0], 25)) as fake:
        assert search(fake, clock, pages=None, cost=Decimal(10)).records == 10
        assert fake.charged == 10
        assert search(fake, clock, pages=None, cost=Decimal(25)).records == 25
        assert fetched(fake) == everybody(fake) and fake.charged == 25


def test_without_a_cap_nothing_is_asked(clock: Clock) -> None:
    with listening(served(PAGED[0], 25)) as fake:
        for caps in ((None, None), (-1, None), (None, Decimal(-1))):
            with pytest.raises(walking.CapNeeded):
                search(fake, clock, pages=caps[0], cost=caps[1])
        assert search(fake, clock, pages=0).pages == 0
        assert fake.asked == []


def test_the_quote_is_never_below_what_it_costs(clock: Clock) -> None:
    for pair in PAIRS:
        with listening(served(pair, 1 if pair[1].is_single else 25)) as fake:
            told = providers.quote(ask=ask(fake, pages=3), now=clock.now())
            assert fake.asked == []
            report = search(fake, clock, pages=3)
            assert told.cost_more_at_most is not None and report.cost <= told.cost_more_at_most
            left = providers.quote(ask=ask(fake, pages=3), now=clock.now())
            assert (left.pages_bought, left.pages_more_at_most) == (report.pages, 0)
            assert left.cost_so_far == report.cost and left.cost_more_at_most == 0


def until_whole(fake: Fake, clock: Clock) -> walking.Report:
    for _ in range(40):
        report = search(fake, clock)
        if report.state == "whole":
            return report
    raise AssertionError(f"not whole after 40 runs: {report.why}")


def _anew() -> None:
    """The next part of a test begins with no walk."""
    from rollcall.universe.models import ProviderWalk

    ProviderWalk.objects.update(fresh_until=datetime(2000, 1, 1, tzinfo=UTC))
