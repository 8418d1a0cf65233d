"""Alerts on pages: told on every page until put away; rules made, changed and ended; webhooks with their log (G6)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from rollcall.core import clock
from rollcall.credits import alerts
from rollcall.credits.models import AlertEvent
from rollcall.notices import endpoints, sending
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.credits import acts
from tests.notices import receiver
from tests.web.world import HOSTILE, at


@pytest.fixture
def told(workspace: Workspace, actor: Actor) -> AlertEvent:
    """Credits fell past a threshold."""
    now = clock.now()
    acts.grant(workspace, 1000, now)
    alerts.create(workspace=workspace, kind="balance", threshold=900, actor=actor, now=now)
    acts.hold(workspace, 200, now)
    return AlertEvent.objects.get()


def test_it_works(workspace: Workspace, page: Client, told: AlertEvent) -> None:
    """A new alert is on every page, leads to its entry, and is gone once it is put away."""
    said = "Available credits fell from 1,000 to 800, past 900."
    for where in ("", "contacts", "credits"):
        assert said in page.get(at(workspace, where)).content.decode(), where
    markup = page.get(at(workspace, "credits/alerts")).content.decode()
    assert f"credits/entries/ent_{told.entry_id}" in markup or f"ent_{told.entry_id}" in markup
    assert ">New<" in markup and "1 new" in markup
    answer = page.post(
        at(workspace, "credits/alerts/seen"), {"event": f"ale_{told.pk}", "next": at(workspace, "contacts")}
    )
    assert answer["Location"] == at(workspace, "contacts")
    assert said not in page.get(at(workspace, "contacts")).content.decode()
    assert said in page.get(at(workspace, "credits/alerts")).content.decode()


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"]
)
def test_putting_away_leads_nowhere_else(
    workspace: Workspace, page: Client, told: AlertEvent, elsewhere: str
) -> None:
    answer = page.post(at(workspace, "credits/alerts/seen"), {"next": elsewhere})
    assert answer["Location"] == at(workspace, "credits/alerts")


def test_rules_are_made_changed_and_ended(workspace: Workspace, page: Client) -> None:
    address = at(workspace, "credits/alerts")
    assert "No rules yet" in page.get(address).content.decode()
    page.post(address + "/usual")
    assert len(alerts.list_(workspace=workspace)) == 3
    given = {"kind": "balance", "threshold": "500", "by_email": "on"}
    assert "Available credits fall to 500" in page.post(address, given, follow=True).content.decode()
    (rule,) = [row for row in alerts.list_(workspace=workspace) if row.kind == "balance"]
    assert (rule.by_email, rule.by_webhook) == (True, False)
    page.post(f"{address}/alr_{rule.pk}", {"threshold": "400", "by_webhook": "on"})
    (rule,) = [row for row in alerts.list_(workspace=workspace) if row.kind == "balance"]
    assert (rule.threshold, rule.by_email, rule.by_webhook) == (400, False, True)
    page.post(f"{address}/alr_{rule.pk}", {"end": "1"})
    assert len(alerts.list_(workspace=workspace)) == 3


def test_bad_rules_are_told_and_kept(workspace: Workspace, page: Client) -> None:
    address = at(workspace, "credits/alerts")
    answer = page.post(address, {"kind": "percent", "threshold": "100"})
    assert answer.status_code == 422 and "from 0 to 99" in answer.content.decode()
    page.post(address, {"kind": "percent", "threshold": "20"})
    (rule,) = alerts.list_(workspace=workspace)
    said = page.post(f"{address}/alr_{rule.pk}", {"threshold": "100"}, follow=True).content.decode()
    assert "from 0 to 99" in said
    assert page.post(f"{address}/alr_999", {"end": "1"}).status_code == 404


def test_who_may_only_look_sees_alerts_and_changes_nothing(
    workspace: Workspace, viewer: Client, told: AlertEvent
) -> None:
    markup = viewer.get(at(workspace, "credits/alerts")).content.decode()
    assert "Available credits fell" in markup and "New rule" not in markup and "Put away" not in markup
    assert "Available credits fell" not in viewer.get(at(workspace, "contacts")).content.decode()
    for where in (
        "credits/alerts",
        "credits/alerts/seen",
        "credits/alerts/usual",
        f"credits/alerts/alr_{told.rule_id}",
    ):
        assert viewer.post(at(workspace, where), {"end": "1"}).status_code == 403, where
    assert viewer.get(at(workspace, "settings/webhooks")).status_code == 403


def test_strangers_see_nothing(workspace: Workspace, stranger: Client, told: AlertEvent) -> None:
    assert stranger.get(at(workspace, "credits/alerts")).status_code == 404
    assert stranger.get(at(workspace, "settings/webhooks")).status_code == 404


def test_a_webhook_is_added_tested_sent_again_and_ended(
    workspace: Workspace, page: Client, settings: Any
) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    address = at(workspace, "settings/webhooks")
    with receiver.listening() as one:
        markup = page.post(address, {"url": one.url}).content.decode()
        assert len(re.findall(r"whsec_[A-Za-z0-9+/=]{40,}", markup)) == 1
        assert "whsec_" not in page.get(address).content.decode()
        (endpoint,) = endpoints.list_(workspace=workspace)
        waiting = page.post(f"{address}/end_{endpoint.pk}", follow=True).content.decode()
        assert "Waiting" in waiting and "A test event, asked for by Alice Moreau." in waiting
        sending.sweep_calls(now=clock.now())
        call = endpoint.calls.get()
        log = page.get(f"{address}/end_{endpoint.pk}/deliveries").content.decode()
        assert "Sent" in log and "204" in log
        page.post(f"{address}/calls/cal_{call.pk}/replay")
        sending.sweep_calls(now=clock.now())
        log = page.get(f"{address}/end_{endpoint.pk}/deliveries").content.decode()
        assert "All 2 attempts" in log and len(re.findall(r"<li>1\. .*?: 204 ", log)) == 2
    assert one.accepted == [f"cal_{call.pk}"] * 2
    page.post(f"{address}/end_{endpoint.pk}", {"end": "1"})
    assert "No webhooks yet" in page.get(address).content.decode()


def test_bad_addresses_are_told(workspace: Workspace, page: Client) -> None:
    for url, said in [
        ("http://example.com", "must start with https"),
        ("https://127.0.0.1/", "not on the public web"),
    ]:
        answer = page.post(at(workspace, "settings/webhooks"), {"url": url})
        assert answer.status_code == 422 and said in answer.content.decode()


def test_hostile_names_do_no_harm(workspace: Workspace, page: Client, actor: Actor) -> None:
    now = clock.now()
    acts.grant(workspace, 10, now, name=HOSTILE[:120], expires_at=now + timedelta(days=3))
    alerts.create(workspace=workspace, kind="expiry", threshold=14, actor=actor, now=now)
    alerts.sweep_time(now=now)
    markup = page.get(at(workspace, "credits/alerts")).content.decode()
    assert "expire on" in markup and "<script>alert" not in markup
