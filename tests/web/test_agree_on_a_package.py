"""G7 on pages: both sides of a request, from the form to the credits; what changed meanwhile; who may do what."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from rollcall.core import clock
from rollcall.credits import balances, packages, threads
from rollcall.credits.models import PackageRequest
from rollcall.personas import requirements
from rollcall.workspaces import access, members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.credits import acts
from tests.web.world import HOSTILE, World, at, queries, signed_in

YEAR = (clock.now() + timedelta(days=365)).date()
MONTH = (clock.now() + timedelta(days=30)).date()
QUOTE = {
    "quote-credits": "6000", "quote-price": "1,200.50", "quote-currency": "eur", "quote-expires_on": YEAR.isoformat(),
    "quote-valid_until": MONTH.isoformat(), "quote-terms": "Paid in advance.", "quote-quote_number": "0",
}  # fmt: skip


@pytest.fixture
def desk(operator: User) -> Client:
    return signed_in(operator)


@pytest.fixture
def asked(workspace: Workspace, actor: Actor) -> PackageRequest:
    return packages.request(
        workspace=workspace, credits_wanted=5000, note="Nordics", reply_email="alice@example.com", actor=actor,
        now=clock.now(), analysis={"new_contacts": 4100, "segments": [{"name": "Energy", "new": 4100}]},
    )  # fmt: skip


def here(asked: PackageRequest, step: str = "") -> str:
    return at(asked.workspace, f"credits/packages/req_{asked.pk}{step}")


def there(asked: PackageRequest, step: str = "") -> str:
    return f"/operator/requests/req_{asked.pk}{step}"


def text(client: Client, address: str) -> str:
    markup = client.get(address).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def state(asked: PackageRequest) -> str:
    return packages.find(workspace=asked.workspace, request_id=asked.pk).state


def hidden(client: Client, address: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', client.get(address).content.decode())
    assert found is not None, name
    return found[1]


def test_it_works(asked: PackageRequest, page: Client, desk: Client) -> None:
    """G7, and G8's analysis on both sides."""
    for client, address in ((page, here(asked)), (desk, there(asked))):
        said = text(client, address)
        assert "Nordics" in said and "New contacts 4,100" in said and "Segments, Energy, new 4,100" in said
    done = desk.post(there(asked, "/quote"), QUOTE, follow=True).content.decode()
    assert "The quote was sent to alice@example.com." in done
    offer = text(page, here(asked))
    for words in (
        "Accept 6,000 credits for 1,200.50 EUR",
        "Each credit 0.2001 EUR",
        "Paid in advance.",
        "Quote 1",
    ):
        assert words in offer, words
    accepted = page.post(here(asked, "/accept"), {"quote_number": "1"}, follow=True).content.decode()
    assert "The offer is accepted." in accepted and state(asked) == "accepted"
    assert "Granted" in text(desk, "/operator") or "Grant" in text(desk, "/operator")
    form = desk.get(there(asked)).content.decode()
    assert 'value="6000"' in form and 'value="1200.50"' in form and f'value="{YEAR}"' in form
    given = {"amount": "6000", "kind": "package", "name": "Growth", "price": "1200.50", "currency": "EUR",
             "expires_on": YEAR.isoformat(), "quote_number": "1"}  # fmt: skip
    granted = desk.post(there(asked), given, follow=True).content.decode()
    assert "6,000 credits were granted to Meridian." in granted
    assert balances.quick(workspace=asked.workspace) == (6000, 0)
    end = text(page, here(asked))
    assert "6,000 credits arrived: Growth" in end and "Sent" in end and "Declined" not in end
    credits = text(page, at(asked.workspace, "credits"))
    assert "1,200.50 EUR" in credits and "6,000 credits expire on" in credits


def test_g7_the_preview_says_the_balance_that_follows(
    asked: PackageRequest, workspace: Workspace, desk: Client
) -> None:
    acts.grant(workspace, 46, clock.now(), name="Annual")
    before = text(desk, there(asked))
    assert "5,046 available after, 46 now" in before and "As number 2 of 2, after Annual" in before
    seen = text(desk, f"/operator/preview/meridian?amount=700&kind=promotional&expires_on={YEAR}&priority=")
    assert seen.startswith("746 available after, 46 now") and "As number 1 of 2" in seen
    later = text(desk, f"/operator/preview/meridian?amount=700&kind=package&starts_on={MONTH}")
    assert "46 now, 700 more once they start" in later
    for asked_for in ("", "?amount=", "?amount=-4", "?amount=5&expires_on=soon"):
        assert "Fill in the credits" in text(desk, f"/operator/preview/meridian{asked_for}"), asked_for
    desk.post(there(asked), {"amount": "700", "kind": "promotional", "name": "A"})
    assert balances.quick(workspace=workspace) == (746, 0)


def test_an_offer_that_changed_is_shown_in_place_of_being_accepted(
    asked: PackageRequest, page: Client, desk: Client
) -> None:
    desk.post(there(asked, "/quote"), QUOTE)
    desk.post(there(asked, "/quote"), QUOTE | {"quote-credits": "7000", "quote-quote_number": "1"})
    answer = page.post(here(asked, "/accept"), {"quote_number": "1"})
    said = answer.content.decode()
    assert answer.status_code == 409 and "changed meanwhile" in said and "Accept 7,000 credits" in said
    assert state(asked) == "quoted"
    for bad in ("", "x", "-1", "9" * 30):
        assert page.post(here(asked, "/accept"), {"quote_number": bad}).status_code == 409
    stale = desk.post(there(asked, "/quote"), QUOTE | {"quote-quote_number": "1", "quote-credits": "1"})
    assert stale.status_code == 422 and b"changed meanwhile" in stale.content
    page.post(here(asked, "/accept"), {"quote_number": "2"})
    other = {"amount": "6000", "kind": "package", "name": "A", "quote_number": "2"}
    refused = desk.post(there(asked), other)
    assert refused.status_code == 422 and b"The customer accepted this quote" in refused.content
    assert state(asked) == "accepted"


def test_declining_from_either_side(asked: PackageRequest, page: Client, desk: Client) -> None:
    desk.post(there(asked, "/quote"), QUOTE)
    done = page.post(here(asked, "/decline"), {"why": "Too dear"}, follow=True).content.decode()
    assert "declined" in done and state(asked) == "declined"
    assert "Too dear" in text(desk, there(asked)) and "Grant credits" not in text(desk, there(asked))
    again = desk.post(there(asked, "/quote"), QUOTE | {"quote-quote_number": "1"})
    assert again.status_code == 422 and b"is declined already" in again.content


def test_talking(asked: PackageRequest, page: Client, desk: Client) -> None:
    """A message sent twice is said once."""
    for client, address, words in ((page, here(asked), "By March?"), (desk, there(asked), "Yes, by March.")):
        said = {"body": words, "key": hidden(client, address, "key")}
        if client is desk:
            said["key"] = re.findall(
                r'name="key" value="([0-9a-f-]{36})"', client.get(address).content.decode()
            )[0]
        for _ in range(2):
            assert client.post(f"{address}/say", said).status_code == 302
    assert [line.body for line in threads.of(asked=asked)][1:] == ["By March?", "Yes, by March."]
    for client, address in ((page, here(asked)), (desk, there(asked))):
        assert text(client, address).count("By March?") == 1
        empty = client.post(f"{address}/say", {"body": " ", "key": "k"})
        assert empty.status_code == 422 and b"needs your attention" in empty.content


def test_the_list_tells_what_is_open(asked: PackageRequest, page: Client, desk: Client, actor: Actor) -> None:
    address = at(asked.workspace, "credits/packages")
    assert f'href="{here(asked)}"' in page.get(address).content.decode()
    assert "Ended" not in text(page, address)
    desk.post(there(asked), {"decline": "1"})
    assert "Nothing is open" in text(page, address) and "Ended" in text(page, address)


def test_who_may_only_look_is_offered_nothing(
    asked: PackageRequest, viewer: Client, desk: Client, workspace: Workspace
) -> None:
    desk.post(there(asked, "/quote"), QUOTE)
    said = viewer.get(here(asked)).content.decode()
    assert "An owner or admin can accept it." in said and "<textarea" not in said
    for step in ("/accept", "/decline", "/say"):
        assert viewer.post(here(asked, step), {"quote_number": "1"}).status_code == 403
    assert state(asked) == "quoted"


def test_an_editor_may_withdraw_until_there_is_an_offer(
    asked: PackageRequest, workspace: Workspace, charlie: User, desk: Client
) -> None:
    members.add(workspace=workspace, user=charlie, role="editor")
    editor = signed_in(charlie)
    assert "Withdraw request" in text(editor, here(asked))
    desk.post(there(asked, "/quote"), QUOTE)
    assert 'id="decline"' not in editor.get(here(asked)).content.decode()
    assert editor.post(here(asked, "/decline"), {}).status_code == 403
    assert editor.post(here(asked, "/accept"), {"quote_number": "1"}).status_code == 403
    assert state(asked) == "quoted"


def test_another_workspaces_request_is_not_there(
    asked: PackageRequest, stranger: Client, other_workspace: Workspace, page: Client
) -> None:
    for step in ("", "/accept", "/decline", "/say"):
        for slug in (asked.workspace.slug, other_workspace.slug):
            address = f"/w/{slug}/credits/packages/req_{asked.pk}{step}"
            answer = (
                stranger.post(address, {"quote_number": "1", "body": "x", "key": "k"})
                if step
                else stranger.get(address)
            )
            assert answer.status_code == 404, address
    assert page.get(at(asked.workspace, "credits/packages/req_999999")).status_code == 404
    assert len(threads.of(asked=asked)) == 1


def test_only_the_operator_quotes(asked: PackageRequest, page: Client) -> None:
    for address in (there(asked), there(asked, "/quote"), there(asked, "/say"), "/operator/preview/meridian"):
        answer = page.get(address) if "preview" in address else page.post(address, QUOTE)
        assert answer.status_code == 403, address
    assert state(asked) == "sent"


@pytest.mark.parametrize("field, value", [
    ("credits", "0"), ("credits", ""), ("price", "cheap"), ("price", "-1"), ("currency", "EURO"), ("currency", "1"),
    ("valid_until", "2020-01-01"), ("valid_until", ""), ("expires_on", "2020-01-01"), ("terms", "x" * 4001),
])  # fmt: skip
def test_a_bad_quote_is_refused_and_kept(asked: PackageRequest, desk: Client, field: str, value: str) -> None:
    answer = desk.post(there(asked, "/quote"), QUOTE | {f"quote-{field}": value})
    markup = answer.content.decode()
    assert answer.status_code == 422 and "attention" in markup
    assert "Paid in advance." in markup or field == "terms"
    assert state(asked) == "sent"


def test_hostile_words_stay_text(workspace: Workspace, actor: Actor, page: Client, desk: Client) -> None:
    now = clock.now()
    analysis: dict[str, Any] = {HOSTILE: HOSTILE, "list": [{"name": HOSTILE, "n": [HOSTILE]}]}
    asked = packages.request(
        workspace=workspace, credits_wanted=5, note=HOSTILE, reply_email="a@example.com", actor=actor, now=now,
        analysis=analysis,
    )  # fmt: skip
    desk.post(there(asked, "/quote"), QUOTE | {"quote-terms": HOSTILE})
    for client, address in ((page, here(asked)), (desk, there(asked))):
        client.post(f"{address}/say", {"body": HOSTILE, "key": "k"})
        markup = client.get(address).content.decode()
        assert "<script>alert" not in markup and "<img src=x" not in markup
        assert markup.count("&lt;script&gt;alert") >= 5


def test_a_long_thread_needs_no_more_statements(asked: PackageRequest, page: Client, actor: Actor) -> None:
    few = queries(page, here(asked))
    for number in range(20):
        packages.say(
            workspace=asked.workspace, request_id=asked.pk, body="More", key=str(number), actor=actor, now=clock.now()
        )  # fmt: skip
    assert queries(page, here(asked)) == few


def test_an_operator_who_is_a_member_speaks_for_the_side_they_are_on(
    asked: PackageRequest, workspace: Workspace, operator: User, desk: Client
) -> None:
    members.add(workspace=workspace, user=operator, role="owner")
    desk.post(here(asked, "/say"), {"body": "As a customer", "key": "a"})
    desk.post(there(asked, "/say"), {"body": "As the operator", "key": "b"})
    assert [line.is_from_operator for line in threads.of(asked=asked)] == [False, False, True]
    assert access.operator(operator).ref == threads.of(asked=asked)[2].actor


def test_g8_an_analysis_goes_with_the_request(
    world: World, page: Client, desk: Client, stranger: Client, other_workspace: Workspace
) -> None:
    """The form starts with what the analysis recommends; the request keeps a copy, which both sides see."""
    made = requirements.analyse(
        workspace=world.workspace, segment_ids=[world.segment("Energy", include_domains=["company1.com"]).pk],
        persona_ids=[world.persona("Everybody").pk], months=3, actor=world.actor, now=clock.now(),
    )  # fmt: skip
    address = at(world.workspace, f"credits/request?analysis=ana_{made.pk}")
    form = page.get(address).content.decode()
    assert made.name in form and f'name="analysis" value="ana_{made.pk}"' in form
    wanted = {
        "credits_wanted": "900",
        "note": "",
        "reply_email": "alice@example.com",
        "analysis": f"ana_{made.pk}",
    }
    assert page.post(at(world.workspace, "credits/request"), wanted).status_code == 302
    (asked,) = packages.of(workspace=world.workspace)
    assert asked.analysis == requirements.attachment(made)
    for client, where in ((page, here(asked)), (desk, there(asked))):
        said = text(client, where)
        assert "Requirement analysis" in said and "New contacts today" in said, where
        assert f"Recommended, in steps of 100 {made.result['package']['recommended']}" in said
        assert f"Today {made.result['today']['new']} new in" in said
    theirs = at(other_workspace, "credits/request")
    assert stranger.get(f"{theirs}?analysis=ana_{made.pk}").status_code == 404
    assert stranger.post(theirs, wanted).status_code == 404
    assert stranger.get(f"{theirs}?analysis=nonsense").status_code == 404
