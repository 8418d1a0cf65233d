"""Had already left when bought: learned by a refresh, given back by a sweep, once (C8)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rollcall.contacts import departures, merging, refresh, verify
from rollcall.contacts.models import Contact, Departure
from rollcall.core import jobs
from rollcall.core.faults import FaultInjected
from rollcall.credits import balances, refund_rules, refunds
from rollcall.credits import verify as proof
from rollcall.credits.models import Entry
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.contacts import world

pytestmark = pytest.mark.django_db
BOUGHT = date(2026, 7, 20)
LOADED = datetime(2026, 12, 1, tzinfo=UTC)  # no month here is of the future


@pytest.fixture
def bought(workspace: Workspace, actor: Actor, now: datetime) -> datetime:
    """Ann and Bea of June, bought on 20 July."""
    at = now.replace(month=7, day=20)
    world.load([world.ann(), world.bea()], now)
    world.buy(workspace, actor, at)
    return at


def refreshed(
    workspace: Workspace, now: datetime, people: list[dict[str, Any]], as_of: date = world.JULY
) -> None:
    version = world.load(people, LOADED, as_of=as_of)
    refresh.run(workspace=workspace, version=version, now=now)


def prove(workspace: Workspace) -> None:
    found = proof.verify(workspace=workspace, extra_checks=[verify.checks])
    assert found.ok, [check for check in found.checks if not check.ok]


def test_c8_it_works(workspace: Workspace, actor: Actor, bought: datetime) -> None:
    """C8, C9: last seen in June, bought in July, gone from the next month's data."""
    later = bought + timedelta(days=14)
    refreshed(workspace, later, [world.bea(seen=world.JULY)])
    waiting = Departure.objects.get()
    assert (waiting.left_on, waiting.decided_at, waiting.learned_at) == (world.JUNE, None, later)
    assert balances.quick(workspace=workspace) == (0, 0)
    assert departures.sweep(now=later) == 1 and departures.sweep(now=later) == 0
    done = Departure.objects.select_related("contact", "entry").get()
    assert (done.code, done.decided_at, balances.quick(workspace=workspace)) == ("given_back", later, (1, 0))
    assert done.entry is not None and done.contact.full_name == "Ann Doe"
    said = done.entry.context
    assert (said["cause"], said["why"]) == ("left_before", "Had left when bought")
    assert said["observed"] == "last seen there on 2026-06-30, before the charge"
    assert (said["left_on"], said["observed_at"]) == ("2026-06-30", later.isoformat())
    assert done.entry.actor == "system:contacts.departures"
    prove(workspace)


def test_c8_who_was_seen_after_the_charge_is_an_update(
    workspace: Workspace, actor: Actor, bought: datetime
) -> None:
    """C5: leaving after the purchase is news, and free; nothing comes back."""
    refreshed(workspace, bought, [world.ann(seen=world.JULY), world.bea(seen=world.JULY)])
    refreshed(workspace, bought + timedelta(days=40), [world.bea(seen=world.AUGUST)], world.AUGUST)
    assert Contact.objects.get(full_name="Ann Doe").left_on == world.JULY
    assert not Departure.objects.exists() and jobs.SWEEPS["contacts.departures"](now=bought) == 0


@pytest.mark.parametrize(
    ("last_seen", "counts"), [(date(2026, 7, 19), True), (BOUGHT, False), (date(2026, 7, 21), False)]
)
def test_c8_the_day_of_the_charge_itself_is_not_before(
    workspace: Workspace, actor: Actor, now: datetime, last_seen: date, counts: bool
) -> None:
    at = now.replace(month=7, day=20)
    world.load([world.ann(seen=last_seen), world.bea()], now, as_of=date(2026, 7, 25))
    world.buy(workspace, actor, at)
    refreshed(workspace, at, [world.bea(seen=world.JULY)], world.AUGUST)
    assert Departure.objects.exists() is counts


def test_c8_who_moved_had_left_too(workspace: Workspace, actor: Actor, bought: datetime) -> None:
    moved = world.ann(where="c2", seen=world.JULY, since=world.JULY, first_seen=world.JULY)
    refreshed(workspace, bought, [moved, world.bea(seen=world.JULY)])
    departures.sweep(now=bought)
    assert Departure.objects.get().code == "given_back"


def test_c8_late_workers_cost_nobody_a_credit(workspace: Workspace, actor: Actor, bought: datetime) -> None:
    """What counts is when it was learned; what comes back later is in the month in which it does."""
    refreshed(workspace, bought + timedelta(days=30), [world.bea(seen=world.JULY)])
    departures.sweep(now=bought + timedelta(days=300))
    assert Departure.objects.get().code == "given_back"


def test_c8_past_the_window_is_decided_once(
    workspace: Workspace, actor: Actor, bought: datetime, operator: User
) -> None:
    later = bought + timedelta(days=31)
    refreshed(workspace, later, [world.bea(seen=world.JULY)])
    departures.sweep(now=later)
    done = Departure.objects.get()
    assert (done.code, done.entry) == ("past_window", None) and done.why.startswith(
        "Past the window of 30 days"
    )
    refund_rules.set_(
        workspace=workspace, cause="left_before", is_on=True, window_days=90, cap_credits=None,
        actor=access.operator(operator), now=later,
    )  # fmt: skip
    assert departures.sweep(now=later) == 0, "a rule is for what is found from then on"


def test_c8_refunded_before(workspace: Workspace, actor: Actor, bought: datetime) -> None:
    ann = Contact.objects.get(full_name="Ann Doe")
    refunds.refund(
        workspace=workspace, profile_id=ann.profile_id, company_id=ann.company_id, key="r", why="", actor=actor,
        now=bought,
    )  # fmt: skip
    refreshed(workspace, bought, [world.bea(seen=world.JULY)])
    departures.sweep(now=bought)
    assert Departure.objects.get().code == "refunded_before"
    assert balances.quick(workspace=workspace) == (1, 0)


def test_returned_and_left_again_is_one_departure(
    workspace: Workspace, actor: Actor, bought: datetime
) -> None:
    refreshed(workspace, bought, [world.bea(seen=world.JULY)])
    refreshed(workspace, bought, [world.ann(seen=world.AUGUST), world.bea(seen=world.AUGUST)], world.AUGUST)
    refreshed(workspace, bought, [world.bea(seen=world.AUGUST)], date(2026, 9, 1))
    departures.sweep(now=bought)
    assert Departure.objects.count() == Entry.objects.filter(kind="refund").count() == 1


def test_of_merged_contacts_the_credit_that_is_left(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    at = now.replace(month=7, day=20)
    twin = world.person("zoe", "c1", "Director of Sales", world.JUNE, **world.HERE)
    world.load([world.ann(), twin], now)
    people = world.everyone(1)
    world.buy(workspace, actor, at, key="one", people=people.slice(0, 1))
    world.buy(workspace, actor, at, key="two", people=people.slice(1, 1))
    one, other = Contact.objects.order_by("pk")
    merging.merge(
        workspace=workspace, winner_id=other.pk, loser_id=one.pk, reason="", actor=access.system("x"), now=at
    )
    refreshed(workspace, at, [world.bea(seen=world.JULY)])
    departures.sweep(now=at)
    assert Departure.objects.get().contact_id == other.pk
    assert balances.quick(workspace=workspace) == (2, 0)
    prove(workspace)


@pytest.mark.parametrize(
    "point", ["contacts.departures.decided", "credits.refund.posted", "contacts.refresh.written"]
)
def test_a_crash_half_way_gives_back_once(
    workspace: Workspace, actor: Actor, bought: datetime, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    version = world.load([world.bea(seen=world.JULY)], LOADED, as_of=world.JULY)
    monkeypatch.setenv("ROLLCALL_FAULTS", f"{point}=raise")
    with pytest.raises(FaultInjected):
        refresh.run(workspace=workspace, version=version, now=bought)
        departures.sweep(now=bought)
    monkeypatch.delenv("ROLLCALL_FAULTS")
    assert not Entry.objects.filter(kind="refund").exists()
    for _ in range(2):
        refresh.run(workspace=workspace, version=version, now=bought)
        departures.sweep(now=bought)
    assert Entry.objects.filter(kind="refund").count() == 1 == Departure.objects.count()
    prove(workspace)
