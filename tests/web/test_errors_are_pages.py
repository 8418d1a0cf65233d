"""What goes wrong is said on a page (or in a toast): what happened, whether it cost anything, what to do."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from rollcall.contacts import history
from rollcall.contacts.models import Contact
from rollcall.core import ids
from rollcall.workspaces.models import Workspace
from tests.personas.world import World
from tests.web.world import HTMX, at


def test_it_works(workspace: Workspace, page: Client) -> None:
    answer = page.get(at(workspace, "segments/seg_999999"))
    said = answer.content.decode()
    assert answer.status_code == 404 and "<h1>Not here</h1>" in said
    assert "There is no segment seg_999999 here" in said and "Nothing was charged." in said
    assert f'href="{at(workspace, "")}"' in said and "Go to Meridian" in said


def theirs(other_workspace: Workspace, world: World) -> dict[str, str]:
    """Something of another workspace for each address that names one thing."""
    here, world.workspace = world.workspace, other_workspace
    world.credits(50, key="theirs")
    segment, persona = world.segment("Theirs"), world.persona("Theirs")
    run = world.search(segment, persona)
    world.workspace = here
    contact = Contact.objects.filter(workspace=other_workspace).earliest("pk")
    assert run.hold is not None and contact.charge_id is not None
    return {
        "segments/{}/contacts": ids.public("seg", segment.pk),
        "segments/{}/edit": ids.public("seg", segment.pk),
        "personas/{}": ids.public("per", persona.pk),
        "runs/{}": ids.public("run", run.pk),
        "contacts/{}": ids.public("con", contact.pk),
        "credits/entries/{}": ids.public("ent", contact.charge_id),
    }


def test_what_others_have_looks_like_what_does_not_exist(
    world: World, other_workspace: Workspace, page: Client
) -> None:
    for path, number in theirs(other_workspace, world).items():
        missing = re.sub(r"\d+$", "987654321", number)
        real = page.get(at(world.workspace, path.format(number)))
        none = page.get(at(world.workspace, path.format(missing)))
        assert (real.status_code, none.status_code) == (404, 404), path
        same = _without_tokens(real.content.decode()).replace(number, missing)
        assert same == _without_tokens(none.content.decode()), path
        assert "Theirs" not in same and "Northwind" not in same


def test_a_workspace_of_others_looks_like_none(
    workspace: Workspace, stranger: Client, viewer: Client, other_workspace: Workspace
) -> None:
    pages = {}
    for slug in ("meridian", "nowhere"):
        answer = stranger.get(f"/w/{slug}/credits")
        assert answer.status_code == 404
        pages[slug] = _without_tokens(answer.content.decode()).replace(slug, "SLUG")
    assert pages["meridian"] == pages["nowhere"]
    assert "that you belong to" in pages["nowhere"] and "ws_" not in pages["nowhere"]


def test_a_role_too_low_says_whom_to_ask(workspace: Workspace, viewer: Client) -> None:
    answer = viewer.get(at(workspace, "settings/audit"))
    said = answer.content.decode()
    assert answer.status_code == 403 and "<h1>Not allowed</h1>" in said
    assert "Your role here is viewer" in said and "Ask an owner or admin" in said


def test_htmx_gets_a_toast_and_keeps_the_page(workspace: Workspace, page: Client) -> None:
    answer = page.get(at(workspace, "segments/seg_999999/contacts"), headers=HTMX)
    assert (answer.status_code, answer.content, answer["HX-Reswap"]) == (404, b"", "none")
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert toast["tone"] == "bad" and "seg_999999" in toast["text"]


def test_a_wrong_method_is_answered_with_a_page(workspace: Workspace, page: Client) -> None:
    answer = page.post(at(workspace, "credits"))
    assert answer.status_code == 405 and answer["Allow"] == "GET, HEAD"
    assert b"Not like this" in answer.content and b"Nothing was charged." in answer.content
    assert page.get(at(workspace, "settings/keys/key_1/revoke")).status_code == 405


def test_no_page_at_this_address(page: Client) -> None:
    answer = page.get("/nothing/here")
    assert answer.status_code == 404 and b"There is no page at this address" in answer.content


def test_a_form_without_its_token(alice: Any, workspace: Workspace) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = strict.post(at(workspace, "credits/request"), {"credits_wanted": "5"})
    said = answer.content.decode()
    assert answer.status_code == 403 and "The form was too old" in said and "Nothing was charged." in said
    assert "CSRF" not in said


def test_what_nobody_expected_says_that_nothing_was_charged(
    workspace: Workspace, page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**given: Any) -> None:
        raise ZeroDivisionError("the secret inside")

    monkeypatch.setattr(history, "feed", broken)
    page.raise_request_exception = False
    answer = page.get(at(workspace, ""))
    said = answer.content.decode()
    assert answer.status_code == 500 and "Something broke on our side" in said
    assert "Nothing was charged." in said and "secret" not in said and "Traceback" not in said


@pytest.mark.parametrize(
    "path", ["contacts?after=%00", "credits/ledger?after=x", "runs/run_99999999999999999999"]
)
def test_nonsense_is_refused_and_never_breaks(workspace: Workspace, page: Client, path: str) -> None:
    assert page.get(at(workspace, path)).status_code in (404, 422)


def test_no_page_of_an_error_names_what_the_policy_refuses(workspace: Workspace, page: Client) -> None:
    for answer in (page.get("/nothing"), page.post(at(workspace, "credits"))):
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert b"<style" not in answer.content and b" style=" not in answer.content


def _without_tokens(markup: str) -> str:
    return re.sub(r'(csrf-token" content|csrfmiddlewaretoken" value)="[^"]*"', "", markup)
