"""Two ids turn out to be one person, or one turns out to be two: what was paid for stays paid for, once."""

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from rollcall.contacts import erasure, owned, refresh, suppression, verify
from rollcall.contacts.models import LIVE, Contact, Merge
from rollcall.credits.models import Acquisition, Entry, Wallet
from rollcall.universe import ingest, versions
from rollcall.universe.identity import following, review
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.contacts.world import AUGUST, HERE, JULY, JUNE, buy, everyone, load
from tests.universe.rosters import ACME, BOLT, CORE, Handmade, person

OLGA = Actor(ref="system:test", label="Olga", is_operator=True)
PAGE = "https://www.linkedin.com/in/ann-quist"


def other(now: datetime, day: date = JUNE, name: str = "Ann Zetterlund", **more: Any) -> int:
    """The other source, which calls Ann by another name."""
    row = person("1", "c1", "Accountant", day, full_name=name, **(HERE | more))
    return ingest.load(source=Handmade(people=[row], as_of=day, name="other"), now=now).version


def ann(day: date = JUNE, **more: Any) -> dict[str, Any]:
    return person("ann", "c1", "Accountant", day, full_name="Ann Quist", **(HERE | more))


@pytest.fixture
def two(db: None, now: datetime) -> int:
    """Ann is known under two ids, 1 and 2, and nobody knows yet that she is one."""
    load([ann(profile_url=PAGE)], now)
    return other(now)


def unite(now: datetime, day: date = JULY) -> int:
    return other(now, day, profile_url=PAGE)


def spent(workspace: Workspace) -> int:
    charged = Acquisition.objects.filter(workspace=workspace)
    return charged.count() - charged.filter(refund_entry__isnull=False).count()


def pairs(*numbers: int) -> pa.Table:
    return pa.table({"company_id": pa.array([1] * len(numbers)), "profile_id": pa.array(list(numbers))})


def refreshed(workspace: Workspace, now: datetime) -> None:
    refresh.run(workspace=workspace, version=versions.current() or 0, now=now)
    assert all(check.ok for check in verify.checks(workspace)), "paid if and only if added"


def test_c6_two_owned_contacts_that_are_one_are_merged_and_a_credit_comes_back(
    workspace: Workspace, actor: Actor, two: int, now: datetime
) -> None:
    buy(workspace, actor, now)
    assert spent(workspace) == 2
    unite(now)
    refreshed(workspace, now)
    assert spent(workspace) == 1
    (merge,) = Merge.objects.all()
    assert merge.entry is not None and merge.entry.kind == Entry.Kind.REFUND
    named = str(merge.entry.context)
    assert "pro_1" in named and "pro_2" in named, "the refund names both"
    assert Contact.objects.filter(LIVE).count() == 1
    refreshed(workspace, now)
    assert Merge.objects.count() == 1 and spent(workspace) == 1, "once"


def test_c3_paid_under_an_id_that_ended_is_paid_under_the_one_it_leads_to(
    workspace: Workspace, actor: Actor, two: int, now: datetime
) -> None:
    buy(workspace, actor, now, people=everyone(two).slice(1, 1))
    assert Contact.objects.get().profile_id == 2
    version = unite(now)
    assert following.redirects().of("profile", 2) == 1
    assert owned.which(workspace=workspace, pairs=pairs(1, 2)) == {(1, 1), (2, 1)}, "before any refresh"
    again = buy(workspace, actor, now, key="again")
    assert (again.charged, again.owned, spent(workspace)) == ([], 1, 1)
    refreshed(workspace, now)
    contact = Contact.objects.get()
    assert (contact.universe_version, contact.full_name, contact.profile_url) == (version, "Ann Quist", PAGE)
    assert buy(workspace, actor, now, key="third").charged == []


def test_c3_two_ids_of_one_person_in_one_batch_cost_one(
    workspace: Workspace, actor: Actor, two: int, now: datetime
) -> None:
    people = everyone(two)
    unite(now)
    added = buy(workspace, actor, now, people=people, version=two)
    assert (len(added.charged), added.owned, spent(workspace)) == (1, 1, 1)
    assert len(set(added.contact_ids.values())) == 1 and len(added.contact_ids) == 2
    refreshed(workspace, now)


def test_c6_what_was_merged_wrongly_and_split_costs_nothing(
    workspace: Workspace, actor: Actor, two: int, now: datetime
) -> None:
    buy(workspace, actor, now)
    unite(now)
    refreshed(workspace, now)
    balance = Wallet.objects.get(workspace=workspace).available
    review.say(left="handmade:ann", right="other:1", answer="different", why="Twins", actor=OLGA, now=now)
    load([ann(AUGUST, profile_url=PAGE)], now, as_of=AUGUST)
    refreshed(workspace, now)
    assert Contact.objects.filter(LIVE).count() == 2
    assert Wallet.objects.get(workspace=workspace).available == balance
    names = sorted(Contact.objects.filter(LIVE).values_list("profile_id", "full_name"))
    assert names == [(1, "Ann Quist"), (2, "Ann Zetterlund")], "each is the person again who was bought"
    again = buy(workspace, actor, now, key="again")
    assert (again.charged, again.owned) == ([], 2)
    assert owned.which(workspace=workspace, pairs=pairs(3)) == {(3, 1)}, (
        "the new id is the person bought as 2"
    )


def test_c6_whoever_was_bought_inside_a_wrong_merger_stays_bought(
    workspace: Workspace, actor: Actor, db: None, now: datetime
) -> None:
    """Bought as one id at a company where only the one who is split off later ever was."""
    load([ann(profile_url=PAGE)], now)
    row = person("1", "c2", "CFO", JUNE, full_name="Ann Zetterlund", profile_url=PAGE, **HERE)
    version = ingest.load(source=Handmade(people=[row], name="other", as_of=JUNE), now=now).version
    people = everyone(version)
    buy(workspace, actor, now, people=people.filter(pc.equal(people["company_id"], 2)))
    review.say(left="handmade:ann", right="other:1", answer="different", why="Twins", actor=OLGA, now=now)
    load([ann(JULY, profile_url=PAGE)], now, as_of=JULY)
    refreshed(workspace, now)
    contact = Contact.objects.get()
    assert (contact.profile_id, contact.full_name, contact.is_former) == (1, "Ann Zetterlund", False)
    everyone_now = everyone(versions.current() or 0)
    added = buy(workspace, actor, now, key="again", people=everyone_now)
    assert added.charged == [(1, 1)], "Ann is new; Zoe is owned"


def test_x1_a_suppression_by_an_id_that_ended_or_another_address_counts(
    workspace: Workspace, actor: Actor, two: int, now: datetime
) -> None:
    other(now, JULY, profile_url=PAGE, email="z.quist@home.fr")
    load([ann(AUGUST, profile_url=PAGE, email="ann@acme.com")], now, as_of=AUGUST)
    people = everyone(versions.current() or 0)
    assert people["email"].to_pylist() == ["ann@acme.com"]
    for kind, value in (
        ("profile", "pro_2"),
        ("email", "ＡＮＮ@Acme.com"),
        ("email", "mailto:Z.Quist@HOME.fr"),
        ("domain", "home.fr"),
        ("profile_url", "http://uk.linkedin.com/in/Ann-Quist/?x=1"),
    ):
        row = suppression.add(workspace=workspace, kind=kind, value=value, reason="", actor=actor, now=now)
        assert suppression.blocked(workspace=workspace, people=people) == {(1, 1)}, value
        suppression.remove(workspace=workspace, suppression_id=row.pk, actor=actor, now=now)


def test_x2_forgetting_by_either_id_forgets_the_person(
    workspace: Workspace, actor: Actor, two: int, now: datetime
) -> None:
    buy(workspace, actor, now, people=everyone(two).slice(1, 1))
    unite(now)
    operator = Actor(ref="system:test", label="Olga", is_operator=True)
    done = erasure.forget_everywhere(profile_id=1, actor=operator, now=now)
    assert done.contacts == 1 and Contact.objects.get().full_name == ""


def test_c6_one_person_at_two_companies_that_are_one_costs_one(
    workspace: Workspace, actor: Actor, db: None, now: datetime
) -> None:
    load([ann(), person("ann", "c2", "Accountant", JUNE, full_name="Ann Quist", **HERE)], now)
    buy(workspace, actor, now)
    assert spent(workspace) == 2
    load([ann(JULY)], now, as_of=JULY, facts=[ACME, BOLT | {"merged_into": "c1"}, CORE])
    assert following.redirects().of("company", 2) == 1
    refreshed(workspace, now)
    assert spent(workspace) == 1 and Contact.objects.filter(LIVE).count() == 1
    assert buy(workspace, actor, now, key="again").charged == []
