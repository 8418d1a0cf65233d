"""Adding people: paid if and only if added, once for ever."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from django.db import DatabaseError, transaction

from rollcall.contacts import acquisition, owned
from rollcall.contacts.models import Change, Contact
from rollcall.core.faults import FaultInjected
from rollcall.credits import balances, ledger, refunds
from rollcall.credits.models import Acquisition, Entry
from rollcall.universe import erasure, search
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.contacts import world

pytestmark = pytest.mark.django_db


def test_it_works(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """C1, C9: a credit each; the history of each contact begins with its charge and its run."""
    version = world.load([world.ann(profile_url="https://x.example/ann"), world.bea()], now)
    added = world.buy(workspace, actor, now)
    assert (len(added.charged), added.owned, added.suppressed) == (2, 0, 0)
    ann = Contact.objects.get(full_name="Ann Doe")
    assert (ann.title, ann.seniority, ann.company_name) == ("Director of Sales", "director", "Acme")
    assert (ann.started_on, ann.last_seen_on, ann.source) == (world.SINCE, world.JUNE, "handmade")
    assert (ann.name_key, ann.company_key) == ("ann doe", "acme")
    assert (ann.universe_version, ann.added_at, ann.run_id) == (version, now, 7)
    assert (ann.is_former, ann.left_on, ann.profile_url) == (False, None, "https://x.example/ann")
    assert added.entry and ann.charge == added.entry and added.entry.amount == 2
    change = Change.objects.get(contact=ann)
    assert (change.kind, change.happened_on, change.source) == ("added", now.date(), "handmade")
    assert change.after == {"charge": f"ent_{added.entry.pk}", "run": "run_7"}
    assert added.contact_ids[ann.profile_id, ann.company_id] == ann.pk
    assert sorted(added.new_contact_ids) == sorted(Contact.objects.values_list("pk", flat=True))


def test_c3_adding_again_is_free(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """C3: another run, another key; the answer still says which contacts they are."""
    world.load([world.ann(), world.bea()], now)
    first = world.buy(workspace, actor, now)
    again = world.buy(workspace, actor, now, key="again")
    assert (again.charged, again.owned, again.entry, again.new_contact_ids) == ([], 2, None, [])
    assert again.contact_ids == first.contact_ids
    assert Change.objects.count() == 2 and Acquisition.objects.count() == 2


def test_c3_only_the_new_ones_are_charged(workspace: Workspace, actor: Actor, now: datetime) -> None:
    world.buy(workspace, actor, now, people=world.made_up([1, 2, 3]))
    more = world.buy(workspace, actor, now, key="more", people=world.made_up([4, 3, 2]))
    assert more.charged == [(4, 1)] and more.owned == 2 and len(more.contact_ids) == 3
    assert more.new_contact_ids == [more.contact_ids[4, 1]]


def test_c3_once_inside_one_batch(workspace: Workspace, actor: Actor, now: datetime) -> None:
    people = pa.concat_tables([world.made_up([5, 6]), world.made_up([6, 5]), world.made_up([5])])
    added = world.buy(workspace, actor, now, people=people)
    assert added.charged == [(5, 1), (6, 1)] and added.owned == 0
    assert Contact.objects.count() == 2


def test_c4_the_same_profile_elsewhere_is_another(workspace: Workspace, actor: Actor, now: datetime) -> None:
    world.load([world.ann(), world.ann(where="c2")], now)
    added = world.buy(workspace, actor, now)
    assert len(added.charged) == 2 and len({profile for profile, _ in added.charged}) == 1


def test_c7_erased_people_are_neither_added_nor_charged(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """Also when the erasure came after the estimate: of them the universe has only nulls to tell."""
    version = world.load([world.ann(), world.bea()], now)
    found = world.everyone(version).to_pylist()
    profile_id = next(row["profile_id"] for row in found if row["full_name"] == "Ann Doe")
    erasure.block(keys=["handmade:ann"], profile_id=profile_id, now=now)
    pairs = pa.Table.from_pylist([{k: row[k] for k in ("company_id", "profile_id")} for row in found])
    added = world.buy(workspace, actor, now, people=search.position_rows(version=version, pairs=pairs))
    assert (len(added.charged), added.suppressed) == (1, 1)
    assert world.only(workspace).full_name == "Bea Doe"


def test_c10_a_refunded_contact_stays_owned(workspace: Workspace, actor: Actor, now: datetime) -> None:
    world.load([world.ann()], now)
    added = world.buy(workspace, actor, now)
    profile_id, company_id = added.charged[0]
    refunds.refund(
        workspace=workspace, profile_id=profile_id, company_id=company_id, key="r", why="bounced",
        actor=actor, now=now,
    )  # fmt: skip
    again = world.buy(workspace, actor, now, key="again")
    assert again.charged == [] and again.owned == 1
    assert world.only(workspace).pk == added.new_contact_ids[0]


def test_the_same_key_answers_the_same(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """Invariant 9: whoever got no answer asks again and has one effect."""
    people, hold_id = world.made_up([1, 2]), world.hold(workspace, 4, actor, now)
    first = world.buy(workspace, actor, now, people=people, hold_id=hold_id)
    second = world.buy(workspace, actor, now, people=people, hold_id=hold_id)
    assert (second.charged, second.new_contact_ids) == (first.charged, first.new_contact_ids)
    assert second.entry == first.entry
    assert (Contact.objects.count(), Change.objects.count()) == (2, 2)


def test_without_a_hold_only_what_is_owned(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """An estimate of 0 credits holds nothing; then nobody new gets in."""
    world.load([world.ann(), world.bea()], now)
    mine = world.everyone(1).slice(0, 1)
    world.buy(workspace, actor, now, people=mine)
    assert _add_without_hold(workspace, actor, now, mine).owned == 1
    with pytest.raises(ledger.HoldTooSmall):
        _add_without_hold(workspace, actor, now, world.everyone(1))
    assert Contact.objects.count() == 1


def test_too_small_a_hold_adds_nobody(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """Invariant 3: not paid, not added."""
    hold_id = world.hold(workspace, 2, actor, now)
    with pytest.raises(ledger.HoldTooSmall):
        world.buy(workspace, actor, now, people=world.made_up([1, 2, 3]), hold_id=hold_id)
    assert not Contact.objects.exists() and not Acquisition.objects.exists()
    assert balances.quick(workspace=workspace) == (0, 2)


@pytest.mark.parametrize("name", ["contacts.acquisition.paid", "contacts.acquisition.added"])
def test_a_crash_leaves_nothing_half_done(
    workspace: Workspace, actor: Actor, now: datetime, monkeypatch: Any, name: str
) -> None:
    """Invariant 3: neither paid and not added, nor added and not paid; the next try does it whole."""
    hold_id = world.hold(workspace, 3, actor, now)
    monkeypatch.setenv("ROLLCALL_FAULTS", f"{name}=raise")
    with pytest.raises(FaultInjected):
        world.buy(workspace, actor, now, people=world.made_up([1, 2, 3]), hold_id=hold_id)
    assert not Contact.objects.exists() and not Acquisition.objects.exists()
    monkeypatch.delenv("ROLLCALL_FAULTS")
    added = world.buy(workspace, actor, now, people=world.made_up([1, 2, 3]), hold_id=hold_id)
    assert len(added.charged) == Contact.objects.count() == Change.objects.count() == 3


def test_the_database_refuses_a_second_contact(workspace: Workspace) -> None:
    """Invariant 3: for one profile at one company, whatever code tries."""
    shared = {
        "workspace": workspace, "profile_id": 1, "company_id": 1, "full_name": "A", "name_key": "a",
        "company_name": "B", "company_key": "b", "source": "s", "universe_version": 1,
    }  # fmt: skip
    at = {"added_at": workspace.created_at, "refreshed_at": workspace.created_at}
    Contact.objects.create(**shared, **at)
    with pytest.raises(DatabaseError, match=r"(?i)unique"), transaction.atomic():
        Contact.objects.create(**shared, **at)


def test_nothing_is_nothing(workspace: Workspace, actor: Actor, now: datetime) -> None:
    added = world.buy(workspace, actor, now, people=world.made_up([]))
    assert (added.charged, added.owned, added.suppressed, added.contact_ids) == ([], 0, 0, {})


def test_two_workspaces_pay_each_for_themselves(
    workspace: Workspace, other_workspace: Workspace, actor: Actor, charlie: User, now: datetime
) -> None:
    """Invariant 8: what one owns, the other does not."""
    world.buy(workspace, actor, now, people=world.made_up([1, 2]))
    theirs = access.member(workspace=other_workspace, user=charlie)
    pairs = world.made_up([1, 2])
    assert owned.which(workspace=other_workspace, pairs=pairs) == set()
    added = world.buy(other_workspace, theirs, now, people=pairs)
    assert len(added.charged) == 2
    assert owned.which(workspace=workspace, pairs=world.made_up([2, 3])) == {(2, 1)}


def test_values_longer_than_their_columns_are_cut(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """A sort key may grow when it is folded (one sign of eighteen letters); no batch fails for it."""
    people = world.made_up([1], full_name="ﷺ" * 400, title="t" * 5000, company_name="ß" * 299, city="c" * 101)
    world.buy(workspace, actor, now, people=people)
    contact = world.only(workspace)
    assert contact.full_name == "ﷺ" * 300 and len(contact.name_key) == 300
    assert (contact.title, contact.company_key, contact.city) == ("t" * 300, "s" * 300, "c" * 100)


def test_hostile_text_is_kept_as_it_is(workspace: Workspace, actor: Actor, now: datetime) -> None:
    name = 'Ro\\bert\'); DROP\tTABLE "x"\n\\N {a,b} \U0001f600'
    world.buy(workspace, actor, now, people=world.made_up([1], full_name=name, title="\\."))
    assert (world.only(workspace).full_name, world.only(workspace).title) == (name, "\\.")


def test_a_company_without_a_name_goes_by_its_domain(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    world.buy(workspace, actor, now, people=world.made_up([1, 21], company_name=None))
    assert list(Contact.objects.order_by("pk").values_list("company_name", flat=True)) == ["c0.com", "c1.com"]


def test_ten_thousand_in_a_few_statements(
    workspace: Workspace, actor: Actor, now: datetime, django_assert_max_num_queries: Any
) -> None:
    """Set-based: the number of statements does not grow with the number of people."""
    people, hold_id = world.made_up(range(1, 10_001)), world.hold(workspace, 10_000, actor, now)
    with django_assert_max_num_queries(40):
        added = world.buy(workspace, actor, now, people=people, hold_id=hold_id)
    assert len(added.charged) == Contact.objects.count() == Change.objects.count() == 10_000
    assert Entry.objects.get(kind="charge").amount == 10_000
    pairs = people.select(["company_id", "profile_id"])
    assert len(owned.which(workspace=workspace, pairs=pairs)) == 10_000
    assert owned.ids(workspace=workspace, pairs=pairs) == added.contact_ids


def _add_without_hold(workspace: Workspace, actor: Actor, now: datetime, people: pa.Table) -> Any:
    with transaction.atomic():
        return acquisition.add(
            workspace=workspace, people=people, hold_id=None, key="free", actor=actor, now=now, run_id=None,
            version=1, context={},
        )  # fmt: skip
