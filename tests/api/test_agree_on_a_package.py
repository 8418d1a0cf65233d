"""G7 through the API: ask, see the quote, accept exactly it, talk, decline."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from rollcall.credits import packages
from rollcall.credits.models import PackageMessage, PackageRequest
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User
from tests.api.calls import Caller

ASKED = {"credits_wanted": 5000, "note": "Nordics", "reply_email": "alice@example.com"}
PATH = "/credits/package-requests"


@pytest.fixture
def olga(operator: User) -> Actor:
    return access.operator(operator)


def quote(request_id: str, olga: Actor, **given: Any) -> None:
    made = PackageRequest.objects.get(pk=int(request_id.removeprefix("req_")))
    now = made.created_at
    given = {"credits": 6000, "price_minor": 120_050, "currency": "EUR", "quote_number": 0, **given}
    packages.quote(
        request_id=made.pk, valid_until=now + timedelta(days=9), terms="In advance", actor=olga, now=now, **given
    )  # fmt: skip


def test_it_works(admin: Caller, olga: Actor) -> None:
    made = admin.post(PATH, ASKED)
    assert made.status_code == 201 and made.json()["quote"] is None
    number = made.json()["id"]
    quote(number, olga)
    offered = admin.get(f"{PATH}/{number}").json()
    assert offered["state"] == "quoted"
    assert offered["quote"] == offered["quote"] | {
        "quote_number": 1, "credits": 6000, "price_minor": 120_050, "currency": "EUR", "terms": "In advance",
        "expires_on": None,
    }  # fmt: skip
    for _ in range(2):
        accepted = admin.post(f"{PATH}/{number}/accept", {"quote_number": 1})
        assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
    thread = admin.get(f"{PATH}/{number}").json()["messages"]
    assert [(line["kind"], line["is_from_operator"]) for line in thread] == [
        ("sent", False), ("quoted", True), ("accepted", False),
    ]  # fmt: skip
    assert [row["id"] for row in admin.get(PATH).json()["items"]] == [number]


def test_a_quote_that_changed_is_not_accepted(admin: Caller, olga: Actor) -> None:
    number = admin.post(PATH, ASKED).json()["id"]
    early = admin.post(f"{PATH}/{number}/accept", {"quote_number": 1})
    assert (early.status_code, early.json()["code"]) == (409, "not_quoted")
    quote(number, olga)
    quote(number, olga, credits=7000, quote_number=1)
    answer = admin.post(f"{PATH}/{number}/accept", {"quote_number": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "quote_changed")
    assert answer.json()["details"]["quote_number"] == 2 and "7,000 credits" in answer.json()["detail"]


def test_sent_again_with_the_same_key_it_is_one(editor: Caller) -> None:
    first, second = (editor.post(PATH, ASKED, Idempotency_Key="one").json() for _ in range(2))
    assert first["id"] == second["id"]
    said = [
        editor.post(f"{PATH}/{first['id']}/messages", {"body": "By March?"}, Idempotency_Key="m")
        for _ in range(2)
    ]
    assert [answer.status_code for answer in said] == [201, 201]
    assert said[0].json() == said[1].json()
    assert PackageRequest.objects.count() == 1 and PackageMessage.objects.count() == 2
    other = editor.post(PATH, ASKED | {"credits_wanted": 1}, Idempotency_Key="one")
    assert (other.status_code, other.json()["code"]) == (409, "request_key_reused")


def test_an_editor_withdraws_but_neither_accepts_nor_declines_a_quote(editor: Caller, olga: Actor) -> None:
    first, second = (editor.post(PATH, ASKED).json()["id"] for _ in range(2))
    assert editor.post(f"{PATH}/{first}/decline", {"why": "A mistake"}).json()["state"] == "declined"
    quote(second, olga)
    for path, body in (("accept", {"quote_number": 1}), ("decline", {})):
        answer = editor.post(f"{PATH}/{second}/{path}", body)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")


def test_strangers_find_nothing(admin: Caller, strangers: dict[str, Caller], olga: Actor) -> None:
    number = admin.post(PATH, ASKED).json()["id"]
    quote(number, olga)
    stranger = strangers["admin"]
    for answer in (
        stranger.get(f"{PATH}/{number}"),
        stranger.post(f"{PATH}/{number}/accept", {"quote_number": 1}),
        stranger.post(f"{PATH}/{number}/decline", {}),
        stranger.post(f"{PATH}/{number}/messages", {"body": "Hello"}),
    ):
        assert answer.status_code == 404
    assert PackageRequest.objects.get().state == "quoted"


def test_grants_say_their_price_and_the_burn_order(admin: Caller, olga: Actor, now: datetime) -> None:
    """G2."""
    number = admin.post(PATH, ASKED).json()["id"]
    packages.grant(
        request_id=int(number.removeprefix("req_")), amount=9, kind="package", name="Annual", expires_at=None,
        price_minor=900, currency="EUR", priority=-1, actor=olga, now=now,
    )  # fmt: skip
    shown = admin.get("/credits/grants").json()
    assert shown["burn_order"].startswith("lowest priority number first, then soonest to expire")
    (grant,) = shown["items"]
    assert (grant["priority"], grant["price_minor"], grant["currency"]) == (-1, 900, "EUR")
    assert admin.get(f"{PATH}/{number}").json()["grant_id"] == grant["id"]
