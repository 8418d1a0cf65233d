"""The operator's pages: what waits, answering it, granting credits, links for forgotten passwords."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from rollcall.core import clock
from rollcall.credits import balances, grants, packages
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import AuditEntry, User, Workspace
from tests.conftest import PASSWORD
from tests.web.world import HOSTILE, at, queries, signed_in

GRANT = {"amount": "250", "kind": "top_up", "name": "Top-up", "expires_on": "", "key": "form:1"}


@pytest.fixture
def desk(operator: User) -> Client:
    return signed_in(operator)


@pytest.fixture
def asked(workspace: Workspace, actor: Actor) -> str:
    """Alice asks for credits; the address of the answer."""
    made = packages.request(
        workspace=workspace, credits_wanted=5000, note="Nordics", reply_email="alice@example.com",
        actor=actor, now=clock.now(),
    )  # fmt: skip
    return f"/operator/requests/req_{made.pk}"


def available(workspace: Workspace) -> int:
    return balances.quick(workspace=workspace)[0]


def test_it_works(desk: Client, workspace: Workspace, asked: str) -> None:
    """G7: from the queue to the grant."""
    overview = desk.get("/operator").content.decode()
    assert "Meridian: 5,000 credits" in overview and asked in overview
    form = desk.get(asked).content.decode()
    assert 'value="5000"' in form and "Alice Moreau" in form
    year = (clock.now() + timedelta(days=365)).date().isoformat()
    wanted = {"amount": "6000", "kind": "package", "name": "Annual", "expires_on": year, "key": "x"}
    done = desk.post(asked, wanted, follow=True).content.decode()
    assert "6,000 credits were granted to Meridian." in done and "Nothing waits" in done
    (given,) = grants.in_burn_order(workspace=workspace, now=clock.now())
    assert (given.granted, given.name, available(workspace)) == (6000, "Annual", 6000)
    assert given.expires_at is not None and given.expires_at.date().isoformat() == year


def test_declining(desk: Client, workspace: Workspace, asked: str) -> None:
    assert "declined" in desk.post(asked, {"decline": "1"}, follow=True).content.decode()
    assert packages.queue() == [] and available(workspace) == 0


def test_an_answer_given_twice_changes_nothing(desk: Client, workspace: Workspace, asked: str) -> None:
    wanted = GRANT | {"amount": "10"}
    desk.post(asked, wanted)
    assert desk.post(asked, wanted).status_code == 302
    declined = desk.post(asked, {"decline": "1"})
    assert declined.status_code == 409 and b"granted already" in declined.content
    assert available(workspace) == 10


def test_a_form_sent_twice_grants_once_and_two_forms_grant_twice(desk: Client, workspace: Workspace) -> None:
    address = "/operator/grant/meridian"
    for _ in range(2):
        assert desk.post(address, GRANT).status_code == 302
    assert available(workspace) == 250
    (key,) = re.findall(r'name="key" value="([^"]+)"', desk.get(address).content.decode())
    desk.post(address, GRANT | {"key": key})
    assert available(workspace) == 500


@pytest.mark.parametrize("field, value", [
    ("amount", "0"), ("amount", ""), ("amount", "9" * 25), ("kind", "refund"), ("name", " "),
    ("expires_on", "2020-01-01"), ("expires_on", "soon"),
])  # fmt: skip
def test_bad_input_is_refused_and_kept(desk: Client, workspace: Workspace, field: str, value: str) -> None:
    answer = desk.post("/operator/grant/meridian", GRANT | {field: value})
    assert answer.status_code == 422 and b"needs your attention" in answer.content
    assert b'value="250"' in answer.content or field == "amount"
    assert available(workspace) == 0


def test_missing_things(desk: Client, workspace: Workspace) -> None:
    for address in ("/operator/requests/req_77", "/operator/grant/nobody", "/operator/requests/ent_1"):
        assert desk.get(address).status_code == 404, address


def test_only_the_operator_sees_this(page: Client, workspace: Workspace, asked: str) -> None:
    for address in ("/operator", asked, "/operator/grant/meridian"):
        assert page.get(address).status_code == 403
        assert page.post(address, GRANT).status_code == 403
        assert Client().get(address)["Location"] == f"/account/login/?next={address}"
    assert available(workspace) == 0


def test_an_operator_sees_no_workspace_from_inside(desk: Client, workspace: Workspace) -> None:
    assert desk.get(at(workspace, "contacts")).status_code == 404
    assert desk.get("/")["Location"] == "/operator"


def test_a_forgotten_password(desk: Client, alice: User) -> None:
    made = desk.post("/operator", {"email": "Alice@Example.com "}).content.decode()
    (link,) = re.findall(r"http://testserver(/welcome/[^<\s]+)", made)
    assert "Send Alice Moreau this link" in made
    assert AuditEntry.objects.get(action="member.password_link").target == f"usr_{alice.pk}"
    new = {"new_password1": "a much better one", "new_password2": "a much better one"}
    assert Client().post(link, new)["Location"] == "/"
    again = Client().post(link, new)
    assert again.status_code == 403 and b"was used already" in again.content
    alice.refresh_from_db()
    assert alice.check_password("a much better one") and not alice.check_password(PASSWORD)


def test_a_forgotten_password_of_nobody(desk: Client) -> None:
    answer = desk.post("/operator", {"email": "ghost@example.com"})
    assert answer.status_code == 422 and b"Nobody here signs in as ghost@example.com" in answer.content
    assert desk.post("/operator", {"email": "ghost"}).status_code == 422


def test_hostile_names_stay_text(desk: Client, workspace: Workspace, alice: User) -> None:
    workspace.name, alice.name = HOSTILE, HOSTILE
    workspace.save()
    alice.save()
    made = desk.post("/operator", {"email": "alice@example.com"}).content.decode()
    assert "<script>alert" not in made and made.count("&lt;script&gt;alert") >= 2


def test_statements_grow_by_a_few_for_each_workspace(
    desk: Client, workspace: Workspace, other_workspace: Workspace
) -> None:
    """Ten for the page: who asks, what waits (requests, adjustments, the post), the data; four for each customer."""
    assert queries(desk, "/operator") <= 10 + 2 * 4
