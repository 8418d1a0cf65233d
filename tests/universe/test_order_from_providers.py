"""An operator orders people at a provider; workers buy within the cap, wait, go on, load, and buy nothing twice."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from rollcall.core import jobs
from rollcall.core.errors import RollcallError
from rollcall.universe import publication, versions
from rollcall.universe.models import ProviderOrder, ProviderPace
from rollcall.universe.providers import carrying, connections, keys, ledger, orders
from rollcall.universe.providers.walking import CapNeeded, Caps
from rollcall.workspaces.access import Actor, NotAnOperator
from rollcall.workspaces.models import AuditEntry
from tests.universe.fake_provider import KEY, Clock, Fake
from tests.universe.ordering import NAME, OPERATOR, QUERY, cap, place, serving, work, work_on
from tests.universe.provider_examples import SIZE

pytestmark = pytest.mark.django_db
PAGES = 4


@pytest.fixture(autouse=True)
def _here(settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    carrying._progress.clear()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    with serving(monkeypatch) as here:
        yield here


def test_it_works(fake: Fake, clock: Clock) -> None:
    """Everybody is bought once and loaded as single records, with the lawful basis on every fact."""
    clock.at = timezone.now()
    order = place(clock, fake.known)
    assert fake.asked == [] and order.state == "buying"
    assert carrying.carry_on(now=clock.now()) == 1
    done = work_on(clock, order)
    assert (done.state, done.problem, done.version) == ("done", "", 1)
    assert len(fake.asked) == PAGES and set(fake.sold.values()) == {1}
    told = orders.standing(done)
    assert (told.pages, told.records, told.spent.answered, told.spent.maybe) == (PAGES, 25, 25, 0)
    assert versions.get(1).profiles == 25
    assert versions.get(1).manifest["terms"][NAME] == {
        "licence": fake.about.licence, "lawful_basis": "legitimate interests", "is_complete": False, "content": "",
    }  # fmt: skip
    assert AuditEntry.objects.get(action="provider.order").target == f"buy_{order.pk}"
    assert carrying.carry_on(now=clock.now()) == 0


def test_the_worker_knows_it_in_a_lane_of_its_own() -> None:
    """A provider that drips holds up neither searches nor letters."""
    assert jobs.LANES["providers.orders"] == jobs.BUYING


def test_a_form_sent_twice_is_one_order(fake: Fake, clock: Clock) -> None:
    assert place(clock, fake.known, key="form:1") == place(clock, fake.known, key="form:1")


def test_the_same_search_ordered_again_costs_nothing_while_it_is_fresh(fake: Fake, clock: Clock) -> None:
    work_on(clock, place(clock, fake.known))
    again = work_on(clock, place(clock, fake.known))
    assert again.state == "done" and len(fake.asked) == PAGES
    clock.sleep(fake.endpoint.fresh_seconds)
    work_on(clock, place(clock, fake.known))
    assert len(fake.asked) == 2 * PAGES


@pytest.mark.parametrize(
    ("caps", "pages", "cost"), [(Caps(pages=2), 2, 14), (cap("10"), 2, 10), (cap("0"), 0, 0)]
)
def test_a_cap_ends_it_and_what_was_bought_is_loaded(
    fake: Fake, clock: Clock, caps: Caps, pages: int, cost: int
) -> None:
    done = work_on(clock, place(clock, fake.known, caps=caps))
    assert (done.state, len(fake.asked), fake.charged) == ("done", pages, cost)
    assert "cap of" in done.problem and (done.version == 1) == bool(cost)


def test_a_slow_limit_gives_the_order_back_and_nobody_sleeps(
    fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two a minute: the worker does something else in between, and reads no page again for it."""
    monkeypatch.setenv("ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_PER_MINUTE", "2")
    fake.allows, fake.now = (2, 60), lambda: clock.at
    done = work_on(clock, place(clock, fake.known))
    assert done.state == "done" and fake.refused_for_speed == 0 and len(fake.asked) == PAGES
    assert clock.slept <= carrying.PATIENCE_SECONDS * PAGES


def test_stopping_stops_before_the_next_page_and_going_on_goes_on(
    fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, plan = place(clock, fake.known), ledger.plan

    def stopped_meanwhile(**given: Any) -> Any:
        if given["number"] == 2:
            orders.stop(order_id=order.pk, actor=OPERATOR, now=clock.now())
        return plan(**given)

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "plan", stopped_meanwhile)
        work(clock)
    order.refresh_from_db()
    assert (order.state, len(fake.asked), orders.standing(order).pages) == ("stopped", 2, 2)
    orders.go_on(order_id=order.pk, actor=OPERATOR, now=clock.now())
    assert work_on(clock, order).state == "done" and len(fake.asked) == PAGES


def test_what_an_operator_must_look_at_halts_it(fake: Fake, clock: Clock) -> None:
    for status, told in (("402", "no credits left"), ("401", "key"), ("400", "400")):
        fake.misbehave = lambda number, status=status: status  # type: ignore[misc]
        order = work_on(clock, place(clock, fake.known, query=QUERY | {"status": status}))
        assert order.state == "halted" and told in order.problem and KEY not in order.problem
    fake.misbehave = lambda number: ""
    orders.go_on(order_id=order.pk, actor=OPERATOR, now=clock.now())
    assert work_on(clock, order).state == "done"


def test_a_provider_that_is_down_is_tried_ever_less_often_and_then_left(fake: Fake, clock: Clock) -> None:
    fake.misbehave = lambda number: "503"
    order = work_on(clock, place(clock, fake.known))
    rounds, attempts = len(carrying._PAUSES_MINUTES) + 1, fake.known.about.retries.attempts_max
    assert (order.state, len(fake.asked)) == ("halted", rounds * attempts)
    assert "did not answer as it should" in order.problem and fake.charged == 0
    fake.misbehave = lambda number: ""
    orders.go_on(order_id=order.pk, actor=OPERATOR, now=clock.now())
    assert work_on(clock, order).state == "done"


def test_f4_a_worker_killed_while_it_loads_holds_the_order_for_a_minute(
    fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is short; a thread renews it for as long as the worker lives (tests/core/test_heartbeat.py)."""
    seen: list[timedelta] = []
    real = carrying.ingest.load

    def load(**told: Any) -> Any:
        seen.append(ProviderOrder.objects.get().lease_until - clock.now())
        return real(**told)

    monkeypatch.setattr(carrying.ingest, "load", load)
    assert work_on(clock, place(clock, fake.known)).state == "done"
    assert seen and all(left <= timedelta(minutes=1) for left in seen)


def test_what_was_maybe_bought_is_not_tried_for_ever(fake: Fake, clock: Clock) -> None:
    """Each attempt may cost: after a few an operator decides, and a later piece of the order remembers them."""
    fake.knows_keys, fake.misbehave = False, lambda number: "garbage"
    order = work_on(clock, place(clock, fake.known))
    unsure_max = fake.known.about.retries.unsure_max
    assert (order.state, len(fake.asked)) == ("halted", unsure_max + 1)
    assert "may have cost something" in order.problem
    assert orders.standing(order).spent.maybe == fake.charged == (unsure_max + 1) * SIZE


def test_an_absurd_wait_is_a_day_at_most_and_an_operator_may_not_wait(fake: Fake, clock: Clock) -> None:
    fake.headers = {"Retry-After": "9" * 30}
    fake.misbehave = lambda number: "429"
    order = place(clock, fake.known)
    work(clock)
    order.refresh_from_db()
    assert order.state == "buying" and "lets nobody through before" in order.problem
    assert order.lease_until <= clock.at + timedelta(days=1, seconds=5) and clock.slept == 0
    fake.misbehave, fake.headers = lambda number: "", {}
    orders.go_on(order_id=order.pk, actor=OPERATOR, now=clock.now())
    assert ProviderPace.objects.get(endpoint="person_search").not_before is None
    assert work_on(clock, order, hours=1).state == "done"


def test_a_paused_connection_asks_nothing_and_goes_on_by_itself(fake: Fake, clock: Clock) -> None:
    order = place(clock, fake.known)
    connections.pause(known=fake.known, is_paused=True, actor=OPERATOR, now=clock.now())
    assert carrying.carry_on(now=clock.now()) == 0
    work(clock)
    order.refresh_from_db()
    assert (fake.asked, order.state) == ([], "buying") and "is paused" in order.problem
    connections.pause(known=fake.known, is_paused=False, actor=OPERATOR, now=clock.now())
    assert work_on(clock, order).state == "done"


def test_the_cap_of_a_month_holds_for_all_orders_together(fake: Fake, clock: Clock) -> None:
    connections.set_caps(
        known=fake.known, calls_max=None, cost_max=Decimal(16), actor=OPERATOR, now=clock.now()
    )
    order = work_on(clock, place(clock, fake.known))
    assert (order.state, fake.charged) == ("halted", 14) and "used up" in order.problem
    connections.set_caps(known=fake.known, calls_max=3, cost_max=None, actor=OPERATOR, now=clock.now())
    orders.go_on(order_id=order.pk, actor=OPERATOR, now=clock.now())
    assert work_on(clock, order).state == "halted" and len(fake.asked) == 3
    clock.at = (clock.at.replace(day=1) + timedelta(days=32)).replace(day=1)
    assert connections.used(NAME, now=clock.at) == connections.Used(0, Decimal(0))


def test_an_order_left_for_longer_than_its_answers_are_fresh_is_not_bought_again(
    fake: Fake, clock: Clock
) -> None:
    fake.misbehave = lambda number: "402" if number == 2 else ""
    order = work_on(clock, place(clock, fake.known))
    clock.sleep(fake.endpoint.fresh_seconds + 60)
    orders.go_on(order_id=order.pk, actor=OPERATOR, now=clock.now())
    order = work_on(clock, order)
    assert order.state == "halted" and "would buy it again" in order.problem and len(fake.asked) == 3
    assert orders.give_up(order_id=order.pk, actor=OPERATOR, now=clock.now()).query_sealed == ""


def test_a_worker_whose_lease_is_past_writes_nothing(fake: Fake, clock: Clock) -> None:
    order = place(clock, fake.known)
    slow = carrying.take(order_id=order.pk, now=clock.now())
    assert slow is not None and carrying.take(order_id=order.pk, now=clock.now()) is None
    clock.sleep(carrying.LEASE.total_seconds() + 1)
    assert work_on(clock, order).state == "done"
    with pytest.raises(carrying.OrderLost):
        carrying.write(slow, state="halted")
    carrying.work(slow, clock.times)
    order.refresh_from_db()
    assert order.state == "done" and len(fake.asked) == PAGES


def test_while_another_load_is_under_way_it_waits(fake: Fake, clock: Clock) -> None:
    order = place(clock, fake.known)
    with publication.one_at_a_time():
        for _ in range(3):
            work(clock)
            clock.sleep(60)
        order.refresh_from_db()
        assert order.state == "loading" and order.version is None
    assert work_on(clock, order).version == 1 and len(fake.asked) == PAGES


def test_what_nobody_foresaw_is_tried_again_and_then_left(
    fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**given: Any) -> None:
        raise RuntimeError("a secret of somebody")

    monkeypatch.setattr("rollcall.universe.ingest.load", broken)
    order = work_on(clock, place(clock, fake.known))
    assert order.state == "halted" and "RuntimeError" in order.problem and "secret" not in order.problem


def test_nothing_that_can_be_used_is_no_load(fake: Fake, clock: Clock) -> None:
    fake.records = [{"id": f"x{number}"} for number in range(9)]
    done = work_on(clock, place(clock, fake.known))
    assert (done.state, done.version) == ("done", None) and "nothing was loaded" in done.problem


def test_bad_orders_are_refused(fake: Fake, clock: Clock) -> None:
    for changes in (
        {"caps": Caps()}, {"query": {}}, {"query": {"size": 5}}, {"lawful_basis": " "}, {"lawful_basis": "x" * 501},
        {"actor": Actor(ref="usr_2", label="Bob")},
    ):  # fmt: skip
        with pytest.raises(RollcallError):
            place(clock, fake.known, **changes)
    with pytest.raises(CapNeeded):
        place(clock, fake.known, caps=Caps(pages=-1))
    assert ProviderOrder.objects.count() == 0


def test_without_a_key_nothing_is_ordered(fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_KEY")
    with pytest.raises(keys.KeyMissing):
        place(clock, fake.known)
    connections.set_key(known=fake.known, key=KEY, actor=OPERATOR, now=clock.now())
    order = place(clock, fake.known)
    connections.set_key(known=fake.known, key="", actor=OPERATOR, now=clock.now())
    assert work_on(clock, order).state == "halted" and fake.asked == []


def test_only_an_operator_changes_anything(fake: Fake, clock: Clock) -> None:
    order, bob = place(clock, fake.known), Actor(ref="usr_2", label="Bob", role="owner")
    for act in (orders.stop, orders.go_on, orders.give_up):
        with pytest.raises(NotAnOperator):
            act(order_id=order.pk, actor=bob, now=clock.now())
    with pytest.raises(NotAnOperator):
        connections.set_key(known=fake.known, key="x", actor=bob, now=clock.now())
    with pytest.raises(NotAnOperator):
        connections.pause(known=fake.known, is_paused=True, actor=bob, now=clock.now())


def test_an_order_about_a_person_is_sealed_and_then_forgotten(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(monkeypatch, "person_enrich", 1) as fake:
        query = {"name": "Jane Roe", "company": "Acme"}
        order = place(clock, fake.known, endpoint=fake.endpoint, query=query)
        assert "Jane" not in order.query_sealed and orders.query_of(order) == query
        done = work_on(clock, order)
        assert (done.state, done.query_sealed, done.version) == ("done", "", 1)
