"""Every kind of entry says by whom, for what and by which rule; receipts leave as files (C9, G3)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from rollcall.contacts import erasure
from rollcall.core import ids
from rollcall.credits import adjustments, budgets, grants, ledger, refund_policies, refunds
from rollcall.credits.models import Entry
from rollcall.personas import carrying, entry_receipts, receipt_files, runs
from rollcall.personas.entry_receipts import EntryReceipt
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User
from tests.credits import acts
from tests.personas.test_read_a_receipt import amounts, entry_of
from tests.personas.world import World

DAY = timedelta(days=1)


def receipt(world: World, entry: Entry) -> EntryReceipt:
    return entry_receipts.of(workspace=world.workspace, entry_id=entry.pk)


def facts(world: World, entry: Entry) -> dict[str, str]:
    return {fact.label: fact.value for fact in receipt(world, entry).facts}


def newest(world: World, kind: str) -> Entry:
    return ledger.page(workspace=world.workspace, now=world.now, kind=kind).items[0].entry


def test_g3_a_grant_keeps_its_terms_whatever_becomes_of_its_row(world: World) -> None:
    world.credits(
        500, name="Annual", key="annual", reference="PO-4711", price_minor=120_050, currency="EUR",
        expires_at=world.now + 90 * DAY, priority=-1,
    )  # fmt: skip
    assert facts(world, newest(world, "grant")) == {
        "By": "Alice Moreau", "Type": "Package", "Document": "PO-4711", "Price": "1,200.50 EUR",
        "Starts": "1 Sep 2026", "Expires": "30 Nov 2026", "Burns": "by priority -1: the lowest number first",
    }  # fmt: skip


def test_an_expiry_and_a_withdrawal_name_the_grant(world: World) -> None:
    world.credits(7, name="Short", key="short", expires_at=world.now + DAY)
    grants.expire_due(workspace=world.workspace, now=world.now + 2 * DAY)
    expired = facts(world, newest(world, "expiry"))
    assert expired["Grant"] == "Short, 7 credits" and expired["Lasted"] == "1 Sep 2026 to 2 Sep 2026"
    assert expired["By"] == "Rollcall, by itself (expiry)"
    given = acts.grant(world.workspace, 9, world.now, name="Mistake")
    void = grants.void(
        workspace=world.workspace, grant_id=given.pk, key="v", actor=world.actor, now=world.now, why="Twice"
    )
    told = receipt(world, void)
    assert amounts(told.equation) == [9] and told.balance_after == 1000
    assert facts(world, void)["Why"] == "Twice" and facts(world, void)["Lasted"].endswith("to Never")


def test_an_adjustment_names_both_operators(
    world: World, operator: User, charlie: User, settings: Any
) -> None:
    settings.ROLLCALL_ADJUSTMENT_LIMIT = 10
    charlie.is_operator = True
    charlie.save()
    olga, other = access.operator(operator), access.operator(charlie)
    given: dict[str, Any] = {"workspace": world.workspace, "now": world.now}
    adjustments.make(amount=5, reason="Goodwill", key="a", actor=olga, **given)
    told = facts(world, newest(world, "adjustment"))
    assert told["Why"] == "Goodwill" and told["Second operator"].startswith("Not needed")
    asked = adjustments.make(amount=-50, reason="Granted twice", key="b", actor=olga, **given)
    adjustments.approve(adjustment_id=asked.pk, actor=other, now=world.now)
    entry = newest(world, "adjustment")
    told = facts(world, entry)
    assert told["By"] == "Olga Brandt (operator)" and told["Second operator"] == "Charlie Okafor (operator)"
    assert (
        told["Adjustment"] == ids.public("adj", asked.pk)
        and receipt(world, entry).title == "Credits taken away"
    )


def test_c9_a_hold_and_its_charges_name_the_budgets_that_let_them_through(world: World) -> None:
    budgets.create(
        workspace=world.workspace, scope="workspace", subject="", period="month", limit=100, is_hard=True,
        actor=world.actor, now=world.now,
    )  # fmt: skip
    run = world.search(world.segment(), world.persona("CEOs", titles=["CEO"]))
    for kind in ("hold", "charge"):
        told = facts(world, entry_of(world, run.pk, kind))
        assert told["Counted by"] == "Monthly budget of the workspace: 6 set aside of at most 100, 2026-09"
        assert told["Segment"] == "All" and told["Persona"] == "CEOs: 6"
        assert told["Search"] == ids.public("run", run.pk) and told["Estimate"].startswith("quo_")


def test_c8_a_refund_names_its_cause_its_rule_and_its_charge(world: World) -> None:
    run = world.search(world.segment(), world.persona("CEOs", titles=["CEO"]))
    charge = entry_of(world, run.pk, "charge")
    person = receipt(world, charge).people.items[0]
    outcome = refund_policies.apply(
        workspace=world.workspace, cause="hard_bounce", profile_id=person.profile_id,
        company_id=person.company_id, observed="550 5.1.1", actor=world.actor, now=world.now + DAY,
    )  # fmt: skip
    assert outcome.entry is not None
    told = receipt(world, outcome.entry)
    said = {fact.label: fact for fact in told.facts}
    assert said["Cause"].value == "Hard bounce reported" and said["Found out"].value == "550 5.1.1"
    assert said["Reported by"].value == "Alice Moreau" and "within 30 days" in said["Rule"].value
    assert said["Gives back"].id == ids.public("ent", charge.pk) and said["Persona"].value == "CEOs"
    assert [one.profile_id for one in told.people.items] == [person.profile_id]
    back = receipt(world, charge)
    refunded = {one.profile_id: one.refund_entry_id for one in back.people.items}
    assert refunded[person.profile_id] == outcome.entry.pk and back.refunded == 1
    assert list(refunded.values()).count(None) == 5


def test_a_refund_to_a_grant_that_is_over_says_where_it_went(world: World) -> None:
    world.credits(6, name="Short", key="short", expires_at=world.now + DAY)
    run = world.search(world.segment(), world.persona("CEOs", titles=["CEO"]))
    person = receipt(world, entry_of(world, run.pk, "charge")).people.items[0]
    entry = refunds.refund(
        workspace=world.workspace, profile_id=person.profile_id, company_id=person.company_id, key="r",
        why="By hand", actor=world.actor, now=world.now + 2 * DAY,
    )  # fmt: skip
    assert facts(world, entry)["Into a new grant"].startswith(
        "Refund from Short, since the one it came from is over"
    )
    assert [grant.name for grant, _ in receipt(world, entry).grants][-1] == "Refund from Short"


def test_a_part_of_a_search_says_which_and_shows_the_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "CHUNK", 20)
    run = world.start(world.quote(world.segment(), world.persona(), stop_at=45))
    runs.carry_out(run_id=run.pk, now=world.now)
    charges = ledger.page(workspace=world.workspace, now=world.now, kind="charge").items[::-1]
    assert len(charges) == 3
    for number, row in enumerate(charges, start=1):
        told = receipt(world, row.entry)
        assert told.equation[0].note == f"part {number} of 3 of the search"
        assert sum(amounts(told.equation)[:-1]) == told.equation[-1].amount == row.entry.amount
        assert told.balance_after == row.balance_after
        assert [(line.label, line.amount) for line in told.whole] == [
            ("Matches", 48), ("Over your limit", -3), ("Charged in all", 45),
        ]  # fmt: skip


def test_whatever_else_an_entry_was_given_is_told(world: World) -> None:
    held = acts.hold(world.workspace, 2, world.now)
    entry = acts.capture(
        world.workspace, held, [(1, 1)], world.now, context={"ticket": "T-9", "nested": {"no": 1}}
    ).entry
    assert entry is not None
    assert facts(world, entry) == {"By": "Rollcall, by itself (test)", "Ticket": "T-9"}


def test_x2_somebody_erased_is_erased_in_the_files_too(world: World) -> None:
    run = world.search(world.segment(), world.persona("CEOs", titles=["CEO"]))
    charge = entry_of(world, run.pk, "charge")
    person = receipt(world, charge).people.items[0]
    name = str(person.full_name)
    assert person.contact_id is not None
    erasure.forget(
        workspace=world.workspace, contact_id=person.contact_id, actor=world.actor, now=world.now + 400 * DAY
    )
    rows = list(receipt_files.csv_rows(workspace=world.workspace, entry_id=charge.pk))
    text = "".join(receipt_files.json_pieces(workspace=world.workspace, entry_id=charge.pk))
    people = [row for row in rows if row[0] == "person"]
    assert [row[1] for row in people].count("Erased on request") == 1 and len(people) == 6
    assert json.loads(text)["people"][0] == {
        "name": "Erased on request", "title": None, "company": None, "contact_id": None,
        "profile_id": ids.public("pro", person.profile_id), "company_id": ids.public("com", person.company_id),
        "refund": None,
    }  # fmt: skip
    assert name not in text and not any(name in cell for row in rows for cell in row)


def test_people_are_read_page_by_page_into_the_files(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt_files, "_PAGE", 5)
    run = world.search(world.segment(), world.persona())
    charge = entry_of(world, run.pk, "charge")
    rows = list(receipt_files.csv_rows(workspace=world.workspace, entry_id=charge.pk))
    listed = [row[6] for row in rows if row[0] == "person"]
    assert len(listed) == len(set(listed)) == 48
    document = json.loads("".join(receipt_files.json_pieces(workspace=world.workspace, entry_id=charge.pk)))
    assert [person["contact_id"] for person in document["people"]] == listed


def test_no_cell_is_a_formula(world: World) -> None:
    segment = world.segment("=cmd|' /C calc'!A0", include_domains=["company1.com"])
    world.actor = Actor(ref=world.actor.ref, label="@Alice", role="owner")
    run = world.search(segment, world.persona("+Chiefs", titles=["CEO"]))
    for kind in ("hold", "charge"):
        entry = entry_of(world, run.pk, kind)
        for row in receipt_files.csv_rows(workspace=world.workspace, entry_id=entry.pk):
            assert not any(cell[:1] in set("=+@") for cell in row), row
