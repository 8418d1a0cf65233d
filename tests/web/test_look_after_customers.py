"""The operator's page of a customer: balance, use, grants taken back, adjustments by two people."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from rollcall.core import clock
from rollcall.credits import adjustments, balances, grants
from rollcall.credits.models import Adjustment, Grant
from rollcall.workspaces import audit, members
from rollcall.workspaces.models import User, Workspace
from tests.credits import acts
from tests.web.world import HOSTILE, World, at, signed_in

PAGE = "/operator/customers/meridian"


@pytest.fixture
def desk(operator: User) -> Client:
    return signed_in(operator)


@pytest.fixture
def second(db: None) -> Client:
    """Otto, another operator."""
    return signed_in(members.create_user(email="otto@example.com", name="Otto Weiss", is_operator=True))


def text(client: Client, address: str = PAGE) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(address).content.decode()).split())


def available(workspace: Workspace) -> int:
    return balances.quick(workspace=workspace)[0]


def adjust(client: Client, amount: str, key: str = "k", reason: str = "An import went wrong") -> int:
    return client.post(PAGE, {"amount": amount, "reason": reason, "key": key}).status_code


def test_it_works(world: World, desk: Client) -> None:
    segment = world.segment("Energy", include_domains=["company1.com"])
    world.search(segment, world.persona("Everybody"))
    used = 1000 - available(world.workspace)
    assert used > 0
    for by, label in (
        ("month", f"{clock.now():%Y}"),
        ("member", "Alice Moreau"),
        ("segment", "Energy"),
        ("key", "Not by an API key"),
    ):
        said = text(desk, f"{PAGE}?by={by}")
        assert label in said and f"{used} 0 {used} 1" in said, by
    assert "Month" in text(desk, f"{PAGE}?by=nonsense")
    assert f'href="{PAGE}"' in desk.get("/operator").content.decode()


def test_a_grant_is_taken_back_with_a_reason(workspace: Workspace, desk: Client, page: Client) -> None:
    now = clock.now()
    given = acts.grant(workspace, 10, now, name="Annual")
    acts.hold(workspace, 4, now)
    assert "Take back 6 credits" in text(desk)
    address = f"{PAGE}/grants/gra_{given.pk}/void"
    assert "Say why" in desk.post(address, {"why": "", "key": "v"}, follow=True).content.decode()
    assert available(workspace) == 6
    done = desk.post(address, {"why": "The order was cancelled", "key": "v"}, follow=True).content.decode()
    assert "6 credits were taken back." in done
    assert desk.post(address, {"why": "The order was cancelled", "key": "v"}).status_code == 302, "sent twice"
    assert balances.quick(workspace=workspace) == (0, 4)
    assert "The order was cancelled" in text(page, at(workspace, "credits"))
    (line,) = [one for one in audit.entries(workspace=workspace).items if one.action == "credits.void"]
    assert line.detail["why"] == "The order was cancelled"
    assert desk.post(address, {"why": "Again", "key": "w"}).status_code == 422
    acts.prove()


def test_adjusting(workspace: Workspace, desk: Client, page: Client) -> None:
    for _ in range(2):
        assert adjust(desk, "40") == 302
    assert adjust(desk, "-15", key="k2", reason="Too many") == 302
    assert available(workspace) == 25
    said = text(desk)
    assert "An import went wrong" in said and "+40" in said and "−15" in said and "Done" in said
    assert "An import went wrong" in text(page, at(workspace, "credits"))
    short = desk.post(PAGE, {"amount": "-26", "reason": "Too many", "key": "k3"})
    assert short.status_code == 422 and b"only 25 are available" in short.content
    acts.prove()


@pytest.mark.parametrize("field, value", [
    ("amount", ""), ("amount", "0"), ("amount", "x"), ("amount", "9" * 20), ("reason", " "), ("reason", "x" * 501),
])  # fmt: skip
def test_bad_input_is_refused(workspace: Workspace, desk: Client, field: str, value: str) -> None:
    answer = desk.post(PAGE, {"amount": "5", "reason": "Why", "key": "k"} | {field: value})
    assert answer.status_code == 422 and b"attention" in answer.content
    assert not Adjustment.objects.exists()


def test_above_the_limit_another_operator_approves(
    workspace: Workspace, desk: Client, second: Client
) -> None:
    adjust(desk, "5000")
    assert available(workspace) == 0
    (waiting,) = adjustments.waiting()
    address = f"/operator/adjustments/adj_{waiting.pk}"
    assert "Needs a second operator" in text(desk, "/operator") and "Approve +5,000" not in text(
        desk, "/operator"
    )
    assert desk.post(address, {"approve": "1"}).status_code == 403
    assert "Approve +5,000" in text(second, "/operator")
    assert "5,000 credits added." in second.post(address, {"approve": "1"}, follow=True).content.decode()
    assert available(workspace) == 5000
    late = second.post(address, {"refuse": "1"})
    assert late.status_code == 409 and b"is decided already" in late.content
    assert "decided by Otto Weiss" in text(desk)


def test_refusing(workspace: Workspace, desk: Client, second: Client) -> None:
    adjust(desk, "5000")
    adjust(desk, "6000", key="k2")
    one, two = adjustments.waiting()
    second.post(f"/operator/adjustments/adj_{one.pk}", {"refuse": "1"})
    desk.post(f"/operator/adjustments/adj_{two.pk}", {"refuse": "1"})
    assert adjustments.waiting() == [] and available(workspace) == 0
    assert [made.state for made in adjustments.of(workspace=workspace)] == ["refused", "refused"]


def test_g2_a_grant_has_a_price_dates_and_a_priority(
    workspace: Workspace, desk: Client, page: Client
) -> None:
    day = clock.now().date()
    given = {"amount": "250", "kind": "top_up", "name": "Next year", "price": "99", "currency": "chf", "key": "f",
             "starts_on": str(day + timedelta(days=9)), "expires_on": str(day + timedelta(days=90)),
             "priority": "-3", "reference": "PO-7"}  # fmt: skip
    assert desk.post("/operator/grant/meridian", given).status_code == 302
    grant = Grant.objects.get()
    assert (grant.price_minor, grant.currency, grant.priority, grant.reference) == (9900, "CHF", -3, "PO-7")
    assert (grant.effective_at.date(), available(workspace)) == (day + timedelta(days=9), 0)
    said = text(page, at(workspace, "credits"))
    assert "250 credits start later and cannot be used yet." in said
    assert "99.00 CHF" in said and "−3" in said and "PO-7" in said and "every priority is 0" not in said
    assert grants.BURN_ORDER in said
    wrong = desk.post("/operator/grant/meridian", given | {"price": "much", "key": "g"})
    assert wrong.status_code == 422 and b"is no price" in wrong.content


def test_only_operators(workspace: Workspace, page: Client, desk: Client) -> None:
    given = acts.grant(workspace, 10, clock.now())
    adjust(desk, "5000")
    (waiting,) = adjustments.waiting()
    for address in (PAGE, f"{PAGE}/grants/gra_{given.pk}/void", f"/operator/adjustments/adj_{waiting.pk}"):
        assert page.post(address, {"why": "x", "key": "k", "approve": "1"}).status_code == 403
        assert Client().post(address)["Location"].startswith("/account/login/")
    assert page.get(PAGE).status_code == 403 and available(workspace) == 10


def test_missing_things(workspace: Workspace, other_workspace: Workspace, desk: Client) -> None:
    theirs = acts.grant(other_workspace, 10, clock.now())
    assert desk.get("/operator/customers/nobody").status_code == 404
    void = {"why": "x", "key": "k"}
    assert desk.post(f"{PAGE}/grants/gra_{theirs.pk}/void", void).status_code == 404
    assert desk.post("/operator/adjustments/adj_999", {"approve": "1"}).status_code == 404
    assert available(other_workspace) == 10


def test_hostile_words_stay_text(workspace: Workspace, desk: Client) -> None:
    acts.grant(workspace, 10, clock.now(), name=HOSTILE)
    adjust(desk, "5000", reason=HOSTILE)
    for address in (PAGE, "/operator"):
        markup = desk.get(address).content.decode()
        assert "<script>alert" not in markup and "&lt;script&gt;alert" in markup
