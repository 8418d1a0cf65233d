"""Owned contacts follow the universe, for free, and tell what changed."""

from datetime import date, datetime
from typing import Any

import pytest

from rollcall.contacts import freshness, refresh
from rollcall.contacts.models import Change, Contact
from rollcall.core import jobs
from rollcall.core.faults import FaultInjected
from rollcall.credits.models import Entry, Grant, Wallet
from rollcall.universe import erasure
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.contacts import world
from tests.universe.rosters import ACME, BOLT, CORE, person

pytestmark = pytest.mark.django_db
MAY = date(2026, 5, 20)


@pytest.fixture
def owner(workspace: Workspace, actor: Actor, now: datetime) -> Workspace:
    """A workspace that owns ann and bea, as they were in June."""
    world.load([world.ann(), world.bea()], now)
    world.buy(workspace, actor, now)
    return workspace


def test_it_works(owner: Workspace, now: datetime) -> None:
    """F1, F2, F4: the new title, when it began, when we learned it; and whoever stayed was seen again."""
    version = world.load([_ann_seen("Head of Sales", since=MAY), _bea_seen()], now, as_of=world.JULY)
    done = refresh.run(workspace=owner, version=version, now=now)
    assert (done.checked, done.changed, done.by_kind) == (2, 1, {"promoted": 1})
    ann, bea = _contact("ann"), _contact("bea")
    assert (ann.title, ann.seniority, ann.started_on) == ("Head of Sales", "head", MAY)
    assert ann.universe_version == bea.universe_version == version
    assert ann.last_seen_on == bea.last_seen_on == world.JULY
    change = _news(ann)[0]
    assert change.before == {
        "title": "Director of Sales",
        "seniority": "director",
        "started_on": "2024-03-01",
    }
    assert change.after == {"title": "Head of Sales", "seniority": "head", "started_on": "2026-05-20"}
    assert (change.happened_on, change.learned_at, change.universe_version) == (MAY, now, version)
    assert change.source == "handmade" and change.workspace == owner
    assert _news(bea) == []


@pytest.mark.parametrize(
    ("title", "kinds", "fields"),
    [
        ("Director of Field Sales", ["title_changed"], {"title", "started_on"}),
        ("VP Sales", ["promoted"], {"title", "seniority", "started_on"}),
        ("Sales Manager", ["title_changed"], {"title", "seniority", "started_on"}),
        ("Director of Human Resources", ["title_changed", "department_changed"], {"title", "started_on"}),
    ],
)
def test_f2_titles(owner: Workspace, now: datetime, title: str, kinds: list[str], fields: set[str]) -> None:
    """Promoted is a new title of a higher level; only the fields concerned are told."""
    _next_month([_ann_seen(title, since=MAY), _bea_seen()], owner, now)
    news = _news(_contact("ann"))
    assert [change.kind for change in news] == kinds
    assert set(news[0].before) == set(news[0].after) == fields
    assert all(change.happened_on == MAY for change in news)


def test_f2_another_spelling_is_no_new_job(owner: Workspace, now: datetime) -> None:
    _next_month([_ann_seen("Dir. Sales"), _bea_seen()], owner, now)
    change = _news(_contact("ann"))[0]
    assert (change.kind, change.before, change.after) == (
        "corrected", {"title": "Director of Sales"}, {"title": "Dir. Sales"},
    )  # fmt: skip
    assert change.happened_on == world.JULY


def test_f3_a_leaver_keeps_the_row(owner: Workspace, now: datetime) -> None:
    _next_month([_bea_seen()], owner, now)
    ann = _contact("ann")
    assert (ann.is_former, ann.left_on, ann.title) == (True, world.JUNE, "Director of Sales")
    assert (ann.now_company_id, ann.now_title) == (None, None)
    change = _news(ann)[0]
    assert (change.kind, change.happened_on) == ("left", world.JUNE)
    assert change.before == {"is_former": False, "left_on": None}
    assert change.after == {"is_former": True, "left_on": "2026-06-30"}


def test_c4_moved_is_one_change_and_free(owner: Workspace, now: datetime) -> None:
    """C4, F3: left and now elsewhere; the new position is told, not bought."""
    _next_month([_ann_elsewhere(since=world.JULY), _bea_seen()], owner, now)
    ann = _contact("ann")
    assert (ann.is_former, ann.company_name, ann.now_company_name) == (True, "Acme", "Bolt")
    assert (ann.now_company_domain, ann.now_title) == ("bolt.io", "Chief Revenue Officer")
    news = _news(ann)
    assert [change.kind for change in news] == ["moved"]
    assert news[0].happened_on == world.JULY
    assert news[0].after["now_company_name"] == "Bolt" and news[0].after["left_on"] == "2026-06-30"
    assert Contact.objects.count() == 2


def test_f2_first_left_then_found_elsewhere(owner: Workspace, now: datetime) -> None:
    _next_month([_bea_seen()], owner, now)
    _next_month([_bea_seen(), _ann_elsewhere(since=world.AUGUST)], owner, now, world.AUGUST)
    news = _news(_contact("ann"))
    assert [change.kind for change in news] == ["left", "moved"]
    assert set(news[1].after) == {"now_company_id", "now_company_name", "now_company_domain", "now_title"}
    assert news[1].happened_on == world.AUGUST


def test_f2_a_new_title_at_the_new_employer(owner: Workspace, now: datetime) -> None:
    """Free news of where they are now; it is no second move."""
    _next_month([_ann_elsewhere(since=world.JULY), _bea_seen()], owner, now)
    _next_month([_ann_elsewhere("Adviser", since=world.AUGUST), _bea_seen()], owner, now, world.AUGUST)
    news = _news(_contact("ann"))
    assert [change.kind for change in news] == ["moved", "corrected"]
    assert news[1].after == {"now_title": "Adviser"} and _contact("ann").now_title == "Adviser"


def test_f2_returned(owner: Workspace, now: datetime) -> None:
    """C3, F3: the same row comes back to life, and nothing is charged."""
    _next_month([_ann_elsewhere(since=world.JULY), _bea_seen()], owner, now)
    back = [_ann_seen("VP Sales", since=date(2026, 8, 5), seen=world.AUGUST), _bea_seen(seen=world.AUGUST)]
    _next_month(back, owner, now, world.AUGUST)
    ann = _contact("ann")
    assert (ann.is_former, ann.left_on, ann.now_company_id, ann.now_title) == (False, None, None, None)
    assert (ann.title, ann.started_on) == ("VP Sales", date(2026, 8, 5))
    news = _news(ann)
    assert [change.kind for change in news] == ["moved", "returned"]
    assert news[1].before["now_company_name"] == "Bolt" and news[1].after["is_former"] is False
    assert news[1].happened_on == date(2026, 8, 5)


def test_f2_corrected(owner: Workspace, now: datetime) -> None:
    """Name, address, place, the company's name and domain; the sort keys follow."""
    ann = _ann_seen(full_name="Ánn Doe", profile_url="https://x.example/ann", country="France", city="Paris")
    facts = [ACME | {"name": "Zenith", "domain": "zenith.com"}, BOLT, CORE]
    _next_month([ann, _bea_seen()], owner, now, facts=facts)
    contact = Contact.objects.get(full_name="Ánn Doe")
    assert (contact.name_key, contact.company_key, contact.company_domain) == (
        "ánn doe", "zenith", "zenith.com",
    )  # fmt: skip
    [change] = _news(contact)
    assert change.kind == "corrected" and change.before["full_name"] == "Ann Doe"
    assert set(change.after) == {"full_name", "profile_url", "city", "company_name", "company_domain"}


def test_f2_title_changed_and_then_left(owner: Workspace, now: datetime) -> None:
    """Two versions at once: what happened first is told first."""
    world.load([_ann_seen("VP Sales", since=MAY), _bea_seen()], now, as_of=world.JULY)
    _next_month([_bea_seen()], owner, now, world.AUGUST)
    assert [change.kind for change in _news(_contact("ann"))] == ["promoted", "left"]


def test_c5_refresh_never_touches_credits(owner: Workspace, now: datetime) -> None:
    before = _credits()
    _next_month([_ann_elsewhere(since=world.JULY), _bea_seen("VP Finance", since=MAY)], owner, now)
    assert _credits() == before


def test_f5_a_job_change_does_not_renew_the_retention_period(owner: Workspace, now: datetime) -> None:
    """It counts from the day the contact was added; only `refreshed_at` moves on."""
    later = now.replace(year=2027)
    version = world.load([_ann_elsewhere(since=world.JULY), _bea_seen()], now, as_of=world.JULY)
    refresh.run(workspace=owner, version=version, now=later)
    assert (_contact("ann").added_at, _contact("ann").refreshed_at) == (now, later)


def test_a_second_time_changes_nothing(owner: Workspace, now: datetime) -> None:
    version = _next_month([_bea_seen()], owner, now)
    again = refresh.run(workspace=owner, version=version, now=now)
    assert (again.checked, again.changed, again.by_kind) == (0, 0, {})
    assert len(_news(_contact("ann"))) == 1


def test_an_erased_person_is_left_alone(owner: Workspace, now: datetime) -> None:
    """The version says nothing about them any more: that is no news that they left."""
    erasure.block(keys=["handmade:ann"], profile_id=_contact("ann").profile_id, now=now)
    version = _next_month([_ann_seen("VP Sales"), _bea_seen()], owner, now)
    assert _news(_contact("ann")) == [] and _contact("ann").universe_version == version


def test_other_workspaces_are_left_alone(
    owner: Workspace, other_workspace: Workspace, charlie: User, now: datetime
) -> None:
    """Invariant 8; and F1: each gets its own changes when its turn comes."""
    world.buy(other_workspace, access.member(workspace=other_workspace, user=charlie), now)
    _next_month([_bea_seen()], owner, now)
    theirs = Contact.objects.get(workspace=other_workspace, full_name="Ann Doe")
    assert not theirs.is_former and _news(theirs) == []


def test_f1_the_worker_refreshes_everyone(
    owner: Workspace, other_workspace: Workspace, charlie: User, now: datetime
) -> None:
    world.buy(other_workspace, access.member(workspace=other_workspace, user=charlie), now)
    assert refresh.sweep(now=now) == 0
    world.load([_bea_seen()], now, as_of=world.JULY)
    assert jobs.SWEEPS["contacts.refresh"] is refresh.sweep
    steps = [refresh.sweep(now=now) for _ in range(5)]
    # Two contacts in each, and a last look at each that none was forgotten.
    assert steps == [2, 1, 2, 1, 0]
    assert Contact.objects.filter(is_former=True).count() == 2


def test_f1_people_added_from_an_old_version_are_caught_up_with(
    owner: Workspace, actor: Actor, now: datetime
) -> None:
    """A run that began before a new version was published goes on with the old one."""
    july = [_ann_seen(), _bea_seen(), person("cy", "c2", "Engineer", world.JULY)]
    version = world.load(july, now, as_of=world.JULY)
    refresh.run(workspace=owner, version=version, now=now)
    august = [_ann_seen(), _bea_seen(), person("cy", "c2", "Head of Engineering", world.AUGUST)]
    newest = world.load(august, now, as_of=world.AUGUST)
    refresh.run(workspace=owner, version=newest, now=now)
    assert refresh.sweep(now=now) == 0
    world.buy(owner, actor, now, key="late", people=world.everyone(version), version=version)
    cy = _contact("cy")
    assert (cy.title, cy.universe_version) == ("Engineer", version)
    assert [refresh.sweep(now=now) for _ in range(3)] == [1, 1, 0]
    assert _contact("cy").title == "Head of Engineering"


def test_a_hint_past_the_last_contact_forgets_nobody(owner: Workspace, now: datetime) -> None:
    world.load([_bea_seen()], now, as_of=world.JULY)
    freshness.note(workspace=owner, after_id=10**12)
    assert [refresh.sweep(now=now) for _ in range(4)] == [1, 2, 1, 0]
    assert _contact("ann").is_former


@pytest.mark.parametrize("name", ["contacts.refresh.compared", "contacts.refresh.written"])
def test_it_goes_on_where_a_crash_ended_it(
    owner: Workspace, now: datetime, monkeypatch: Any, name: str
) -> None:
    """A batch is whole or not at all: no contact changed without its change, no change told twice."""
    monkeypatch.setattr(refresh, "BATCH", 1)
    version = _left_both(now)
    monkeypatch.setenv("ROLLCALL_FAULTS", f"{name}=raise@2")
    monkeypatch.setattr("rollcall.core.faults._passes", {})
    with pytest.raises(FaultInjected):
        refresh.run(workspace=owner, version=version, now=now)
    assert Change.objects.filter(kind="left").count() == Contact.objects.filter(is_former=True).count() == 1
    monkeypatch.delenv("ROLLCALL_FAULTS")
    assert refresh.run(workspace=owner, version=version, now=now).by_kind == {"left": 1}
    assert Change.objects.filter(kind="left").count() == Contact.objects.filter(is_former=True).count() == 2


def test_a_contact_added_into_the_batch_meanwhile_is_not_lost(
    owner: Workspace, now: datetime, monkeypatch: Any
) -> None:
    """The batch is as many rows as were read, or it is read again."""
    version = _left_both(now)
    real, calls = refresh.rewriting.rewrite, []

    def and_somebody_else(**given: Any) -> int:
        if not calls:
            calls.append(1)
            Contact.objects.filter(full_name="Bea Doe").update(universe_version=version)
        return real(**given)

    monkeypatch.setattr(refresh.rewriting, "rewrite", and_somebody_else)
    done = refresh.run(workspace=owner, version=version, now=now)
    # The first try was rolled back whole, the other's mark with it.
    assert done.by_kind == {"left": 2} and Change.objects.filter(kind="left").count() == 2


def _ann_seen(title: str = "Director of Sales", seen: date = world.JULY, **more: Any) -> dict[str, Any]:
    return world.ann(title, seen=seen, **more)


def _bea_seen(title: str = "Accountant", seen: date = world.JULY, **more: Any) -> dict[str, Any]:
    return world.bea(title, seen=seen, **more)


def _ann_elsewhere(title: str = "Chief Revenue Officer", *, since: date) -> dict[str, Any]:
    return world.ann(title, where="c2", seen=since, since=since, first_seen=since)


def _next_month(
    people: list[dict[str, Any]],
    workspace: Workspace,
    now: datetime,
    as_of: date = world.JULY,
    **more: Any,
) -> int:
    version = world.load(people, now, as_of=as_of, **more)
    refresh.run(workspace=workspace, version=version, now=now)
    return version


def _left_both(now: datetime) -> int:
    """Somebody new is at Acme, ann and bea are not."""
    return world.load([person("zoe", "c1", "Engineer", world.JULY)], now, as_of=world.JULY)


def _contact(first_name: str) -> Contact:
    return Contact.objects.get(full_name=f"{first_name.title()} Doe")


def _news(contact: Contact) -> list[Change]:
    return list(Change.objects.filter(contact=contact).exclude(kind="added").order_by("id"))


def _credits() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Entry, Grant, Wallet)]
