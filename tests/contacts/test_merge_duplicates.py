"""Two contacts that turn out to be one: merged, one credit back, never charged again; and split again (C6, C10)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from rollcall.contacts import book, bounces, erasure, history, merging, owned, refresh, verify
from rollcall.contacts.bounce_rows import made as bounce
from rollcall.contacts.models import Change, Contact, Merge
from rollcall.core.faults import FaultInjected
from rollcall.credits import balances, ledger, refund_rules
from rollcall.credits import verify as proof
from rollcall.credits.models import Entry
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.contacts import world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@dataclass
class Two:
    """Robert and Bobby: two records of one person at Company 0, bought on two days; and Zoe."""

    workspace: Workspace
    actor: Actor
    now: datetime

    def buy(self, number: int, name: str, day: int, **more: Any) -> Contact:
        people = world.made_up([number], full_name=name, **more)
        key, at = f"run{number}", self.now + day * DAY
        world.buy(self.workspace, self.actor, at, key=key, people=people, run_id=number, version=1)
        return Contact.objects.get(workspace=self.workspace, profile_id=number)

    def merge(self, winner: Contact, loser: Contact, **more: Any) -> Merge:
        given: dict[str, Any] = {
            "reason": "the same page",
            "actor": self.actor,
            "now": self.now + 9 * DAY,
        } | more
        return merging.merge(workspace=self.workspace, winner_id=winner.pk, loser_id=loser.pk, **given)

    def split(self, loser: Contact) -> Merge:
        at = self.now + 20 * DAY
        return merging.split(workspace=self.workspace, contact_id=loser.pk, actor=self.actor, now=at)

    def available(self) -> int:
        return balances.quick(workspace=self.workspace)[0]

    def prove(self) -> None:
        found = proof.verify(workspace=self.workspace, extra_checks=[verify.checks])
        assert found.ok, [check for check in found.checks if not check.ok]


@pytest.fixture
def two(workspace: Workspace, actor: Actor, now: datetime) -> Two:
    return Two(workspace, actor, now)


@pytest.fixture
def robert(two: Two) -> Contact:
    return two.buy(1, "Robert J. Miller", 0)


@pytest.fixture
def bobby(two: Two) -> Contact:
    return two.buy(2, "Robert Miller", 1)


def test_c6_it_works(two: Two, robert: Contact, bobby: Contact) -> None:
    """C6: the second credit comes back by itself, in an entry that names both; the loser is an alias."""
    assert two.available() == 0
    done = two.merge(robert, bobby)
    assert (done.code, two.available()) == ("given_back", 1)
    assert done.entry is not None
    entry = ledger.entry(workspace=two.workspace, entry_id=done.entry.pk)
    assert (entry.kind, entry.key) == ("refund", "merge:pro_2@com_1:pro_1@com_1")
    assert (entry.context["cause"], entry.context["why"]) == ("merged", "Merged duplicate")
    assert entry.context["winner"] == {"contact": f"con_{robert.pk}", "profile": "pro_1", "company": "com_1"}
    assert entry.context["loser"] == {"contact": f"con_{bobby.pk}", "profile": "pro_2", "company": "com_1"}
    assert "Miller" not in str(entry.context)
    assert entry.reverses == bobby.charge, "the later claim"
    assert [c.profile_id for c in ledger.claims(workspace=two.workspace, entry_id=entry.pk).items] == [2]
    assert [c.pk for c in book.page(workspace=two.workspace).items] == [robert.pk]
    assert book.get(workspace=two.workspace, contact_id=bobby.pk).pk == robert.pk
    assert book.count(workspace=two.workspace) == 1
    two.prove()


def test_c6_finding_the_loser_again_is_free_and_finds_the_winner(
    two: Two, robert: Contact, bobby: Contact
) -> None:
    """C3, C10."""
    two.merge(robert, bobby)
    people = world.made_up([1, 2])
    added = world.buy(two.workspace, two.actor, two.now, key="again", people=people, version=1)
    assert added.charged == [] and added.owned == 2
    assert added.contact_ids == {(1, 1): robert.pk, (2, 1): robert.pk}
    pairs = pa.table({"company_id": [1, 1], "profile_id": [2, 9]})
    assert owned.which(workspace=two.workspace, pairs=pairs) == {(2, 1)}
    two.prove()


def test_c6_whichever_is_kept_the_later_credit_comes_back(two: Two, robert: Contact, bobby: Contact) -> None:
    done = two.merge(bobby, robert)
    assert done.entry is not None and done.entry.reverses == bobby.charge
    assert book.get(workspace=two.workspace, contact_id=robert.pk).pk == bobby.pk
    two.prove()


def test_c6_two_bought_in_one_charge(two: Two) -> None:
    people = world.made_up([1, 2], full_name="Ann Lee")
    world.buy(two.workspace, two.actor, two.now, people=people, version=1)
    one, other = Contact.objects.order_by("profile_id")
    done = two.merge(other, one)
    assert done.entry is not None and done.entry.context["profile"] == "pro_1", "the loser's"
    two.prove()


def test_c6_two_companies_that_are_one(two: Two, robert: Contact) -> None:
    """A rebrand: the same profile at two company ids that have one domain."""
    people = world.made_up([1], company_id=77, company_name="Company Zero Ltd", company_domain="c0.com")
    world.buy(two.workspace, two.actor, two.now + DAY, key="rebrand", people=people, version=1)
    other = Contact.objects.get(company_id=77)
    assert two.merge(robert, other).code == "given_back"
    assert owned.of_lists(workspace=two.workspace, profile_ids=[1], company_ids=[77]) == {(1, 77): robert.pk}
    two.prove()


def test_twice_changes_nothing(two: Two, robert: Contact, bobby: Contact) -> None:
    first = two.merge(robert, bobby)
    before = Entry.objects.count(), Change.objects.count()
    assert two.merge(robert, bobby).pk == first.pk
    assert (Entry.objects.count(), Change.objects.count()) == before


def test_f2_both_histories_tell_of_it(two: Two, robert: Contact, bobby: Contact) -> None:
    done = two.merge(robert, bobby)
    told = history.of_contact(workspace=two.workspace, contact_id=robert.pk).items
    merged = [(change.contact_id, change.after) for change in told if change.kind == "merged"]
    refund = f"ent_{done.entry_id}"
    assert merged == [
        (robert.pk, {"from": f"con_{bobby.pk}", "refund": refund}),
        (bobby.pk, {"into": f"con_{robert.pk}", "refund": refund}),
    ]
    assert {change.contact_id for change in told} == {robert.pk, bobby.pk}
    assert sum(change.kind == "added" for change in told) == 2


def test_c6_splitting_costs_nothing(two: Two, robert: Contact, bobby: Contact) -> None:
    two.merge(robert, bobby)
    entries = Entry.objects.count()
    two.split(bobby)
    assert (two.available(), Entry.objects.count()) == (1, entries)
    assert {c.pk for c in book.page(workspace=two.workspace).items} == {robert.pk, bobby.pk}
    added = world.buy(two.workspace, two.actor, two.now, key="again", people=world.made_up([1, 2]), version=1)
    assert added.charged == [] and set(added.contact_ids.values()) == {robert.pk, bobby.pk}
    kinds = [c.kind for c in history.of_contact(workspace=two.workspace, contact_id=bobby.pk).items]
    assert kinds == ["split", "merged", "added"]
    two.prove()


def test_c6_merging_and_splitting_is_no_pump(two: Two, robert: Contact, bobby: Contact) -> None:
    """Of two people bought one credit stays spent, however often they are merged, split and merged with others."""
    zoe = two.buy(3, "R. Miller", 2)
    for winner, loser in ((robert, bobby), (bobby, robert), (zoe, bobby), (zoe, robert), (robert, zoe)):
        two.merge(winner, loser)
        two.split(loser)
    assert two.available() == 2, "three records of one person: one credit is kept"
    assert Entry.objects.filter(kind="refund").count() == 2
    two.prove()


def test_c6_three_records_in_a_chain(two: Two, robert: Contact, bobby: Contact) -> None:
    """An alias of an alias is an alias of the last; splitting the middle one takes its own along."""
    zoe = two.buy(3, "R. Miller", 2)
    two.merge(bobby, zoe)
    two.merge(robert, bobby)
    pairs = {"profile_ids": [1, 2, 3], "company_ids": [1, 1, 1]}
    assert set(owned.of_lists(workspace=two.workspace, **pairs).values()) == {robert.pk}
    assert two.available() == 2
    assert [m.loser_id for m in merging.of_contact(workspace=two.workspace, contact_id=robert.pk)] == [
        zoe.pk,
        bobby.pk,
    ]
    two.prove()
    two.split(bobby)
    assert owned.of_lists(workspace=two.workspace, **pairs) == {
        (1, 1): robert.pk,
        (2, 1): bobby.pk,
        (3, 1): bobby.pk,
    }
    two.prove()


def test_members_need_records_that_look_alike(two: Two, robert: Contact, operator: User) -> None:
    """Else anybody could merge strangers to get credits back. The operator can look and say so."""
    stranger = two.buy(5, "Wanda Fish", 1)
    done = two.merge(robert, stranger)
    assert (done.code, done.entry, two.available()) == ("not_alike", None, 0)
    assert "different names" in done.why
    assert merging.unconfirmed() == [done]
    with pytest.raises(access.NotAnOperator):
        merging.confirm(merge_id=done.pk, actor=two.actor, now=two.now)
    desk = access.operator(operator)
    assert merging.confirm(merge_id=done.pk, actor=desk, now=two.now).code == "given_back"
    with pytest.raises(merging.NothingToConfirm):
        merging.confirm(merge_id=done.pk, actor=desk, now=two.now)
    assert two.available() == 1 and merging.unconfirmed() == []
    two.prove()


@pytest.mark.parametrize(("one", "other", "alike"), [
    ("Robert J. Miller", "Robert Miller", True), ("R. Miller", "Robert Miller", True),
    ("Robert Miller", "ROBERT MÍLLER", False), ("ＲＯＢＥＲＴ Miller", "robert miller", True),
    ("Robert Miller", "Roberta Miller", False), ("Robert Miller", "Robert Mills", False),
    ("Ann Marie Lee", "Ann M. Lee", True), ("Ann Lee", "Bea Lee", False), ("Madonna", "Madonna", False),
    ("Jean-Luc Picard", "Jean Luc Picard", True), ("M. Ann Lee", "Ann Lee", False), ("", "", False),
])  # fmt: skip
def test_two_spellings(two: Two, one: str, other: str, alike: bool) -> None:
    first, second = two.buy(1, one, 0), two.buy(2, other, 1)
    assert two.merge(first, second).code == ("given_back" if alike else "not_alike")


def test_the_same_profile_page_is_the_same_person(two: Two) -> None:
    one = two.buy(1, "Bob Miller", 0, profile_url="https://uk.linkedin.com/in/bob-m/?x=1")
    other = two.buy(2, "Roberto Molinero", 1, profile_url="linkedin.com/in/Bob-M/en")
    assert two.merge(one, other).code == "given_back"


def test_what_cannot_be_merged(
    two: Two, robert: Contact, bobby: Contact, other_workspace: Workspace, charlie: User, now: datetime
) -> None:
    theirs = Two(other_workspace, access.member(workspace=other_workspace, user=charlie), now).buy(
        1, "X Y", 0
    )
    for winner, loser in ((robert, theirs), (theirs, robert)):
        with pytest.raises(book.NoSuchContact):
            two.merge(winner, loser)
    with pytest.raises(merging.SameContact):
        two.merge(robert, robert)
    with pytest.raises(merging.ReasonTooLong):
        two.merge(robert, bobby, reason="x" * 301)
    with pytest.raises(merging.NotMerged):
        two.split(bobby)
    two.merge(robert, bobby)
    zoe = two.buy(3, "Zoe", 2)
    for winner, loser in ((zoe, bobby), (bobby, zoe)):
        with pytest.raises(merging.MergedElsewhere, match=f"con_{robert.pk}"):
            two.merge(winner, loser)


def test_c6_off_past_the_window_and_refunded_before(
    two: Two, robert: Contact, bobby: Contact, operator: User
) -> None:
    """The two become one all the same; the merge says why nothing came back."""
    refund_rules.set_(
        workspace=None, cause="merged", is_on=True, window_days=3, cap_credits=None,
        actor=access.operator(operator), now=two.now,
    )  # fmt: skip
    done = two.merge(robert, bobby)
    assert (done.code, done.entry_id) == ("past_window", None)
    assert book.count(workspace=two.workspace) == 1
    two.split(bobby)
    row = bounce(contact_id=f"con_{bobby.pk}", status="5.1.1")
    bounces.report(workspace=two.workspace, rows=[row], key="b", actor=two.actor, now=two.now + 2 * DAY)
    assert two.merge(robert, bobby).code == "refunded_before"
    assert two.available() == 1
    two.prove()


def test_a_bounce_of_either_gives_back_the_credit_that_is_left(
    two: Two, robert: Contact, bobby: Contact
) -> None:
    """The loser was bought first, so its claim is the one still paid for: a bounce of the winner gives that back."""
    two.merge(bobby, robert)
    row = bounce(contact_id=f"con_{bobby.pk}", status="5.1.1")
    found = bounces.report(
        workspace=two.workspace, rows=[row], key="b", actor=two.actor, now=two.now + 10 * DAY
    )
    assert found.given_back == 1 and two.available() == 2
    two.prove()


@pytest.mark.parametrize("point", ["contacts.merge.marked", "credits.refund.marked", "credits.refund.posted"])
def test_a_crash_half_way_leaves_two(
    two: Two, robert: Contact, bobby: Contact, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setenv("ROLLCALL_FAULTS", f"{point}=raise")
    with pytest.raises(FaultInjected):
        two.merge(robert, bobby)
    monkeypatch.delenv("ROLLCALL_FAULTS")
    assert book.count(workspace=two.workspace) == 2 and two.available() == 0
    two.prove()
    assert two.merge(robert, bobby).code == "given_back"


def test_f1_an_alias_is_not_refreshed_and_catches_up_when_split(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    two = Two(workspace, actor, now)
    annie_row = world.person("annie", "c1", "Director of Sales", full_name="Vera Blom", **world.HERE)
    world.load([world.ann(), annie_row], now)
    world.buy(workspace, actor, now)
    ann, annie = Contact.objects.order_by("profile_id")
    two.merge(ann, annie)
    version = world.load([world.bea()], now, as_of=world.JULY)
    assert refresh.run(workspace=workspace, version=version, now=now).checked == 1
    assert Change.objects.filter(kind="left").count() == 1
    two.split(annie)
    assert refresh.run(workspace=workspace, version=version, now=now).checked == 1
    annie.refresh_from_db()
    assert annie.is_former and annie.universe_version == version
    assert Change.objects.filter(kind="left").count() == 2


def test_who_is_forgotten_takes_the_alias_along(two: Two, robert: Contact, bobby: Contact) -> None:
    two.merge(robert, bobby)
    gone = erasure.forget(
        workspace=two.workspace, contact_id=bobby.pk, actor=two.actor, now=two.now + 10 * DAY
    )
    assert {one.contact_id for one in gone} == {robert.pk, bobby.pk}
    assert set(Contact.objects.values_list("full_name", flat=True)) == {""}
    assert two.available() == 2, "both credits are back: one by the merge, one because it was soon"
    with pytest.raises(book.ForgottenContact):
        book.get(workspace=two.workspace, contact_id=bobby.pk)
    two.prove()


@pytest.mark.parametrize("fault", [
    "UPDATE contacts_contact SET merged_into_id = NULL WHERE profile_id = 2",
    "UPDATE contacts_contact SET merged_into_id = id WHERE profile_id = 1",
    "UPDATE contacts_merge SET split_at = merged_at",
])  # fmt: skip
def test_a5_the_proof_sees_an_alias_that_leads_nowhere(
    two: Two, robert: Contact, bobby: Contact, fault: str
) -> None:
    from django.db import connection

    two.merge(robert, bobby)
    with connection.cursor() as cursor:
        cursor.execute(fault)
    assert [check.code for check in verify.checks(two.workspace) if not check.ok] == ["A5"]
