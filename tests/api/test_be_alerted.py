"""G6 through the API: rules, what they told, webhook endpoints with their secret, and the log of deliveries."""

from typing import Any

from standardwebhooks.webhooks import Webhook

from rollcall.core import clock
from rollcall.notices import sending
from rollcall.workspaces.models import Workspace
from tests.api.calls import Caller
from tests.credits import acts
from tests.notices import receiver


def test_it_works(admin: Caller, viewer: Caller, workspace: Workspace) -> None:
    now = clock.now()
    acts.grant(workspace, 1000, now)
    available = viewer.get("/credits").json()["available"]
    made = admin.post("/alerts", {"kind": "balance", "threshold": available - 10})
    assert (made.status_code, made.json()["by_email"], made.json()["by_webhook"]) == (201, True, True)
    acts.hold(workspace, 20, now)
    (event,) = viewer.get("/alerts/events?unseen=true").json()["items"]
    assert (event["rule_id"], event["before"], event["after"]) == (
        made.json()["id"], available, available - 20,
    )  # fmt: skip
    assert viewer.get(f"/credits/entries/{event['entry_id']}").json()["entry"]["kind"] == "hold"
    assert admin.post(f"/alerts/events/{event['id']}/seen").json() == {"seen": 1}
    assert admin.post("/alerts/events/seen").json() == {"seen": 0}
    assert viewer.get("/alerts/events?unseen=true").json()["items"] == []
    assert len(viewer.get("/alerts/events").json()["items"]) == 1


def test_change_and_end_a_rule(admin: Caller, viewer: Caller) -> None:
    rule = admin.post("/alerts", {"kind": "percent", "threshold": 20}).json()
    assert rule["says"].startswith("Available credits fall to 20%")
    assert admin.post("/alerts", {"kind": "percent", "threshold": 20}).json()["code"] == "alert_exists"
    quiet = admin("PATCH", f"/alerts/{rule['id']}", {"by_email": False}).json()
    assert (quiet["id"], quiet["by_email"]) == (rule["id"], False)
    other = admin("PATCH", f"/alerts/{rule['id']}", {"threshold": 10}).json()
    assert other["id"] != rule["id"] and not other["by_email"]
    assert admin("DELETE", f"/alerts/{rule['id']}").status_code == 404
    assert admin("DELETE", f"/alerts/{other['id']}").status_code == 204
    kinds = [row["kind"] for row in admin.post("/alerts/usual").json()["items"]]
    assert kinds == ["percent", "expiry", "spend"]
    assert [row["kind"] for row in viewer.get("/alerts").json()["items"]] == kinds


def test_bad_rules(admin: Caller) -> None:
    for body in (
        {"kind": "moon", "threshold": 1},
        {"kind": "percent", "threshold": 100},
        {"kind": "balance"},
    ):
        assert admin.post("/alerts", body).status_code == 422


def test_webhooks(admin: Caller, workspace: Workspace, settings: Any) -> None:
    """From the address to a verified call, and the same call again."""
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    with receiver.listening() as one:
        made = admin.post("/webhooks", {"url": one.url}).json()
        assert "secret" not in admin.get("/webhooks").json()["items"][0]
        call = admin.post(f"/webhooks/{made['id']}/test").json()
        assert (call["state"], call["body"]["type"]) == ("waiting", "test")
        assert admin.post(f"/webhooks/deliveries/{call['id']}/replay").json()["code"] == "still_waiting"
        sending.sweep_calls(now=clock.now())
        (delivered,) = admin.get(f"/webhooks/{made['id']}/deliveries").json()["items"]
        assert (delivered["state"], delivered["status_code"], delivered["attempts"]) == ("sent", 204, 1)
        assert admin.post(f"/webhooks/deliveries/{call['id']}/replay").status_code == 200
        sending.sweep_calls(now=clock.now())
    for headers, body in one.got:
        assert Webhook(made["secret"]).verify(body, headers) == call["body"]
    assert one.accepted == [call["id"]] * 2
    assert admin("DELETE", f"/webhooks/{made['id']}").status_code == 204
    assert admin.get("/webhooks").json()["items"] == []


def test_addresses_inside_are_refused(admin: Caller, editor: Caller) -> None:
    for url, code in [("https://10.0.0.1/x", "address_refused"), ("http://example.com/", "bad_url")]:
        answer = admin.post("/webhooks", {"url": url})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert editor.get("/webhooks").status_code == 403
