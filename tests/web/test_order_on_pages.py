"""An operator connects a provider, orders people on a page, follows the order, stops it, and sees what it cost."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from rollcall.universe.models import ProviderKey, ProviderOrder
from rollcall.universe.providers import carrying, keys
from rollcall.workspaces.models import AuditEntry, User
from tests.conftest import PASSWORD
from tests.universe import provider_samples
from tests.universe.fake_provider import KEY, Clock, Fake
from tests.universe.ordering import NAME, serving, work_on
from tests.web.browsing import MARKS, look
from tests.web.world import HOSTILE, queries, signed_in

HERE = f"/operator/providers/{NAME}"
ASKED = {
    "endpoint": "person_search", "subjects": "acme.com\nhttps://www.bolt.io/", "query": "", "cost_max": "",
    "pages_max": "9", "is_to_load": "on", "lawful_basis": "legitimate interests", "key": "form:1", "order": "1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _here(settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    carrying._progress.clear()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Fake]:
    with serving(monkeypatch) as here:
        yield here


@pytest.fixture
def desk(operator: User) -> Client:
    return signed_in(operator)


def ordered(desk: Client, **changes: Any) -> ProviderOrder:
    answer = desk.post(f"{HERE}/order", ASKED | changes)
    assert answer.status_code == 302, answer.content.decode()
    return ProviderOrder.objects.latest("pk")


def worked(order: ProviderOrder) -> ProviderOrder:
    return work_on(Clock(timezone.now()), order)


def test_it_works(desk: Client, fake: Fake) -> None:
    """From the desk to the loaded version: by companies, with the price first and the ledger after."""
    assert "Connections and orders" in desk.get("/operator").text
    assert "Nothing was ordered yet" in desk.get("/operator/providers").text
    quote = desk.post(f"{HERE}/order", {k: v for k, v in ASKED.items() if k != "order"} | {"quote": "1"}).text
    assert "At most 63 credits" in quote and "for at most 63 records" in quote and fake.asked == []
    order = ordered(desk)
    address = f"/operator/orders/buy_{order.pk}"
    waiting = desk.get(address).text
    assert "Nothing was asked yet" not in desk.get(f"{address}/progress?seen=0").text
    assert "Nothing was asked yet" in desk.get(f"{address}/progress?seen=another").text
    assert "Buying" in waiting and "acme.com" in waiting and "every 2s" in waiting and "9 pages" in waiting
    worked(order)
    assert fake.asked[0][1]["query"] == {"terms": {"job_company_website": ["acme.com", "bolt.io"]}}
    assert desk.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    shown = desk.get(address).text
    assert "Loaded as version 1" in shown and shown.count("Bought</span>") == 4 and "every 2s" not in shown
    assert KEY not in shown
    listed = desk.get("/operator/providers").text
    assert f"buy_{order.pk}" in listed and "4 calls, 25 credits" in listed


def test_the_key_is_stored_and_shown_nowhere_again(
    desk: Client, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_KEY")
    assert "No key" in desk.get("/operator/providers").text
    refused = desk.post(f"{HERE}/order", ASKED)
    assert refused.status_code == 422 and "There is no key" in refused.text
    stored = desk.post(HERE, {"act": "key", "provider_key": KEY}, follow=True).text
    assert "stored, sealed" in stored and KEY not in stored
    assert KEY not in ProviderKey.objects.get().key_sealed and keys.get(fake.known) == KEY
    for bad in ("with blank", "línea", "x" * 501, ""):
        answer = desk.post(HERE, {"act": "key", "provider_key": bad})
        assert answer.status_code == 422 and (not bad or bad not in answer.text)
    assert "is forgotten" in desk.post(HERE, {"act": "remove_key"}, follow=True).text
    assert not keys.is_there(fake.known)
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "provider.key",
        "provider.key_removed",
    }


def test_caps_and_a_pause_hold(desk: Client, fake: Fake) -> None:
    assert (
        "The caps hold"
        in desk.post(HERE, {"act": "caps", "calls_max": "1", "cost_max": ""}, follow=True).text
    )
    order = worked(ordered(desk))
    shown = desk.get(f"/operator/orders/buy_{order.pk}").text
    assert order.state == "halted" and "used up (1 of 1 calls)" in shown and "Go on" in shown
    for bad in ({"calls_max": "-1"}, {"cost_max": "nan"}, {"cost_max": "1e30"}, {"calls_max": "many"}):
        assert desk.post(HERE, {"act": "caps"} | bad).status_code == 422
    assert "Nothing more is asked" in desk.post(HERE, {"act": "pause"}, follow=True).text
    assert "Paused" in desk.get("/operator/providers").text
    desk.post(HERE, {"act": "caps"})
    desk.post(f"/operator/orders/buy_{order.pk}/act", {"act": "go_on"})
    assert carrying.carry_on(now=timezone.now()) == 0
    assert "Orders go on" in desk.post(HERE, {"act": "go_on"}, follow=True).text
    assert worked(order).state == "done"


def test_stopping_going_on_and_giving_up(desk: Client, fake: Fake) -> None:
    order = ordered(desk)
    act = f"/operator/orders/buy_{order.pk}/act"
    assert "It is stopped" in desk.post(act, {"act": "stop"}, follow=True).text
    assert "cannot be done" in desk.post(act, {"act": "stop"}, follow=True).text
    assert "It goes on" in desk.post(act, {"act": "go_on"}, follow=True).text
    desk.post(act, {"act": "stop"})
    assert "given up" in desk.post(act, {"act": "give_up"}, follow=True).text
    assert desk.post(act, {"act": "nonsense"}).status_code == 302
    assert carrying.carry_on(now=timezone.now()) == 0 and fake.asked == []


def test_what_could_not_be_used_can_be_downloaded(desk: Client, fake: Fake) -> None:
    fake.records[2] = {"id": "=cmd()", "full_name": None}
    order = worked(ordered(desk))
    assert "Rejected records" in desk.get(f"/operator/orders/buy_{order.pk}").text
    file = desk.get(f"/operator/orders/buy_{order.pk}/rejected.csv")
    text = b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    (row,) = [row for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff"))) if row["field"] == ""]
    assert row["id"] == "'=cmd()" and row["reason"] == "full_name is missing"


@pytest.mark.parametrize(
    "changes",
    [
        {"subjects": ""}, {"query": '{"query": {}}'}, {"subjects": "", "query": "[1]"}, {"subjects": "", "query": "{"},
        {"subjects": "", "query": '{"size": 4}'}, {"subjects": "no domain"}, {"subjects": "127.0.0.1"},
        {"pages_max": ""}, {"pages_max": "-1"}, {"cost_max": "nan"}, {"lawful_basis": " "}, {"endpoint": "phone"},
        {"endpoint": "company_bulk", "subjects": "no domain"}, {"endpoint": "company_bulk", "query": "{}"},
        {"endpoint": "company_search"}, {"subjects": "", "query": '{"a": ' + "[" * 60 + "]" * 60 + "}"},
        {"subjects": "", "query": "a\0b"}, {"key": ""},
    ],
    ids=range(18),
)  # fmt: skip
def test_bad_orders_are_told_and_keep_what_was_typed(
    desk: Client, fake: Fake, changes: dict[str, str]
) -> None:
    for button in ("order", "quote"):
        answer = desk.post(
            f"{HERE}/order", {k: v for k, v in ASKED.items() if k != "order"} | changes | {button: "1"}
        )
        if button == "order" or "lawful_basis" not in changes:
            assert answer.status_code == 422 and "your attention" in answer.text
    assert ProviderOrder.objects.count() == 0 and fake.asked == []


def test_everybody_known_is_looked_up_when_nobody_is_named(desk: Client, fake: Fake) -> None:
    told = {"endpoint": "company_bulk", "subjects": "", "pages_max": "", "cost_max": "5"}
    quote = desk.post(
        f"{HERE}/order", {k: v for k, v in ASKED.items() if k != "order"} | told | {"quote": "1"}
    )
    assert "At most 5 credits" in quote.text
    order = ordered(desk, **told)
    assert "Everybody that the universe knows" in desk.get(f"/operator/orders/buy_{order.pk}").text
    again = desk.post(f"{HERE}/order", ASKED | told | {"key": "form:2"})
    assert again.status_code == 422 and "has not ended" in again.text


def test_missing_things(desk: Client, db: None) -> None:
    for address in (
        "providers/nobody", "providers/nobody/order", "orders/buy_9", "orders/buy_9/progress",
        "orders/buy_9/rejected.csv", "orders/run_1",
    ):  # fmt: skip
        assert desk.get(f"/operator/{address}").status_code == 404, address
    assert desk.get("/operator/providers?cursor=nonsense").status_code == 422


def test_only_the_operator_sees_this(page: Client, desk: Client, fake: Fake) -> None:
    order = ordered(desk)
    made = f"/operator/orders/buy_{order.pk}"
    for address in (
        "/operator/providers",
        HERE,
        f"{HERE}/order",
        made,
        f"{made}/progress",
        f"{made}/rejected.csv",
    ):
        assert page.get(address).status_code == 403 and Client().get(address).status_code == 302
    for address in (HERE, f"{HERE}/order", f"/operator/orders/buy_{order.pk}/act"):
        assert page.post(address, {"act": "stop"}).status_code == 403
    order.refresh_from_db()
    assert order.state == "buying"


def test_hostile_words_stay_text(desk: Client, fake: Fake) -> None:
    """In the query, in the lawful basis, and in what the provider says."""
    fake.misbehave = lambda number: "400"
    query = '{"query": "' + HOSTILE.replace('"', '\\"') + '"}'
    order = worked(ordered(desk, subjects="", query=query, lawful_basis=HOSTILE))
    shown = desk.get(f"/operator/orders/buy_{order.pk}").text
    assert "<script>alert" not in shown and shown.count("&lt;script&gt;") >= 2
    assert KEY not in shown


def test_a_list_of_orders_needs_few_statements(desk: Client, fake: Fake) -> None:
    for number in range(12):
        ordered(desk, key=f"form:{number}", subjects=f"acme{number}.com")
    assert queries(desk, "/operator/providers") <= 12


class TestInBrowser:
    pytestmark = MARKS

    def test_an_order_is_followed_without_loading_the_page(
        self, tab: Page, operator: User, fake: Fake, complaints: list[str]
    ) -> None:
        """Every state in both themes and on a phone; nothing of it is refused by the policy."""
        fake.records = provider_samples.records(NAME, "people", 9)
        tab.goto(f"{HERE}/order")
        tab.get_by_label("Email").fill(operator.email)
        tab.get_by_label("Password", exact=True).fill(PASSWORD)
        tab.get_by_role("button", name="Sign in").click()
        tab.get_by_label("Domains or profile addresses").fill("acme.com")
        tab.get_by_label("At most credits of the provider").fill("5")
        tab.get_by_label("Lawful basis").fill("legitimate interests")
        tab.get_by_role("button", name="See what it may cost").click()
        expect(tab.get_by_text("At most 5 credits")).to_be_visible()
        look(tab)
        tab.get_by_role("button", name="Order", exact=True).click()
        expect(tab.get_by_role("heading", name="Buying")).to_be_visible()
        look(tab)
        worked(ProviderOrder.objects.get())
        expect(tab.get_by_role("heading", name="Loaded as version 1")).to_be_visible()
        look(tab)
        for address in ("/operator/providers", HERE):
            tab.goto(address)
            look(tab)
        assert complaints == []
