"""Asking for credits (G7): the form, what is refused, and what the operator gets to see."""

import re

import pytest
from django.test import Client

from rollcall.core import clock
from rollcall.credits import packages
from rollcall.workspaces import access, audit
from rollcall.workspaces.models import User, Workspace
from tests.web.world import HOSTILE, HTMX, at, signed_in

WANTED = {"credits_wanted": "5000", "note": "Nordics, by March", "reply_email": "alice@example.com"}


def test_it_works(workspace: Workspace, page: Client) -> None:
    """G7."""
    address = at(workspace, "credits/request")
    assert 'value="alice@example.com"' in page.get(address).content.decode()
    sent = page.post(address, WANTED, follow=True)
    said = sent.content.decode()
    assert sent.redirect_chain == [(at(workspace, "credits"), 302)]
    assert "Your request for 5,000 credits was sent. The answer goes to alice@example.com." in said
    assert "Nordics, by March" in said and ">Sent<" in said
    (asked,) = packages.of(workspace=workspace)
    assert (asked.credits_wanted, asked.actor_label, asked.state) == (5000, "Alice Moreau", "sent")
    assert audit.entries(workspace=workspace).items[0].action == "packages.request"


def test_it_opens_over_the_page_and_leads_back_to_it(workspace: Workspace, page: Client) -> None:
    address = at(workspace, "credits/request")
    dialog = page.get(address, headers=HTMX).content.decode()
    assert dialog.lstrip().startswith("<dialog") and "<html" not in dialog
    sent = page.post(address, WANTED, headers=HTMX)
    assert (sent.status_code, sent["HX-Redirect"]) == (204, at(workspace, "credits"))


@pytest.mark.parametrize("field, value", [
    ("credits_wanted", ""), ("credits_wanted", "0"), ("credits_wanted", "-5"), ("credits_wanted", "many"),
    ("credits_wanted", "9" * 30), ("reply_email", "nobody"), ("reply_email", ""), ("note", "x" * 4001),
])  # fmt: skip
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_bad_input_is_refused_and_kept(
    workspace: Workspace, page: Client, field: str, value: str, headers: dict[str, str]
) -> None:
    answer = page.post(at(workspace, "credits/request"), WANTED | {field: value}, headers=headers)
    markup = answer.content.decode()
    assert answer.status_code == 422 and "needs your attention" in markup
    assert f'aria-describedby="id_{field}' in markup and 'aria-invalid="true"' in markup
    for name, kept in (WANTED | {field: value}).items():
        assert not kept or (f'value="{kept}"' in markup or f">\n{kept}</textarea>" in markup), name
    assert packages.of(workspace=workspace) == []


def test_a_form_sent_twice_asks_once_and_one_that_was_changed_asks_again(
    workspace: Workspace, page: Client
) -> None:
    address = at(workspace, "credits/request")
    (key,) = re.findall(r'name="key" value="([^"]+)"', page.get(address).content.decode())
    for _ in range(2):
        assert page.post(address, WANTED | {"key": key}).status_code == 302
    assert len(packages.of(workspace=workspace)) == 1
    changed = page.post(address, WANTED | {"key": key, "credits_wanted": "7"})
    assert changed.status_code == 422 and b"already sent the request" in changed.content
    (fresh,) = re.findall(r'name="key" value="([^"]+)"', changed.content.decode())
    assert page.post(address, WANTED | {"key": fresh, "credits_wanted": "7"}).status_code == 302
    assert [asked.credits_wanted for asked in packages.of(workspace=workspace)] == [7, 5000]


def test_a_viewer_may_not_ask(workspace: Workspace, viewer: Client) -> None:
    for answer in (
        viewer.get(at(workspace, "credits/request")),
        viewer.post(at(workspace, "credits/request"), WANTED),
    ):
        assert answer.status_code == 403 and b"Your role here is viewer" in answer.content
    assert packages.of(workspace=workspace) == []


def test_a_stranger_cannot_ask_in_the_name_of_others(workspace: Workspace, stranger: Client) -> None:
    assert stranger.post(at(workspace, "credits/request"), WANTED).status_code == 404
    assert packages.queue() == []


def test_whoever_is_not_signed_in_is_sent_to_sign_in(workspace: Workspace) -> None:
    address = at(workspace, "credits/request")
    answer = Client().get(address)
    assert (answer.status_code, answer["Location"]) == (302, f"/account/login/?next={address}")
    current = {"HX-Current-URL": f"http://testserver{at(workspace, 'credits')}"}
    fragment = Client().get(address, headers=HTMX | current)
    assert (fragment.status_code, fragment.content) == (204, b"")
    assert fragment["HX-Redirect"] == f"/account/login/?next={at(workspace, 'credits')}"


def test_g7_the_answer_shows_beside_the_request(workspace: Workspace, page: Client, operator: User) -> None:
    page.post(at(workspace, "credits/request"), WANTED)
    page.post(at(workspace, "credits/request"), WANTED | {"credits_wanted": "7"})
    acting = access.operator(operator)
    second, first = packages.of(workspace=workspace)
    packages.decline(request_id=second.pk, actor=acting, now=clock.now())
    more = {"amount": 6000, "kind": "package", "name": "Annual", "expires_at": None}
    packages.grant(request_id=first.pk, actor=acting, now=clock.now(), **more)  # type: ignore[arg-type]
    said = page.get(at(workspace, "credits")).content.decode()
    assert ">Declined<" in said and ">Granted<" in said and "6,000" in said


def test_hostile_notes_stay_text(workspace: Workspace, page: Client, operator: User) -> None:
    page.post(at(workspace, "credits/request"), WANTED | {"note": HOSTILE})
    (asked,) = packages.queue()
    for client, address in (
        (page, at(workspace, "credits")),
        (signed_in(operator), "/operator"),
        (signed_in(operator), f"/operator/requests/req_{asked.pk}"),
    ):
        markup = client.get(address).content.decode()
        assert "<script>alert" not in markup and "&lt;script&gt;alert" in markup
