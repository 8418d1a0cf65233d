"""`rollcall alerts` and `rollcall webhooks`: from a rule to what it told, from an address to a verified call."""

import re
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from rollcall.core import clock
from rollcall.notices import sending
from tests.api.calls import make_key
from tests.clients.conftest import Rollcall
from tests.credits import acts
from tests.notices import receiver
from tests.personas.world import World


@pytest.fixture(autouse=True)
def _as_admin(rollcall: Rollcall, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_KEY", make_key(world.workspace, world.actor, "admin", world.now).secret)


def test_it_works(rollcall: Rollcall, world: World) -> None:
    made = rollcall("alerts", "create", "balance", "60", "--no-email")
    (rule,) = re.findall(r"alr_\d+", made.out)
    assert made.out == f"{rule}: Available credits fall to 60.\n"
    acts.hold(world.workspace, 45, clock.now())
    assert "fell from 100 to 55, past 60." in rollcall("alerts", "events", "--unseen").out
    (event,) = rollcall("alerts", "events", "--json").json["items"]
    assert rollcall("alerts", "seen", event["id"]).out == "1 put away.\n"
    assert rollcall("alerts", "events", "--unseen").out == "Nothing was told.\n"
    assert rollcall("alerts", "seen", "--json").json == {"seen": 0}


def test_rules_are_changed_and_ended(rollcall: Rollcall) -> None:
    assert "rollcall alerts usual" in rollcall("alerts", "list").out
    assert len(rollcall("alerts", "usual", "--json").json["items"]) == 3
    assert rollcall("alerts", "usual").out == "They are all there already.\n"
    percent = rollcall("alerts", "list", "--json").json["items"][0]
    quiet = rollcall("alerts", "change", percent["id"], "--no-webhook", "--json").json
    assert (quiet["id"], quiet["by_email"], quiet["by_webhook"]) == (percent["id"], True, False)
    new = rollcall("alerts", "change", percent["id"], "--threshold", "10", "--json").json
    assert (new["threshold"], new["by_webhook"]) == (10, False)
    assert rollcall("alerts", "end", new["id"]).out == f"{new['id']} has ended.\n"
    assert rollcall("alerts", "end", new["id"], "--json").problem["code"] == "not_found"
    assert (
        rollcall("alerts", "create", "percent", "100", "--json").problem["code"] == "threshold_out_of_range"
    )


def test_webhooks(rollcall: Rollcall, settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    with receiver.listening() as one:
        made = rollcall("webhooks", "create", one.url, "--json").json
        assert made["id"] in rollcall("webhooks", "list").out
        assert made["secret"] not in rollcall("webhooks", "list", "--json").out
        call = rollcall("webhooks", "test", made["id"], "--json").json
        assert "waiting" in rollcall("webhooks", "deliveries", made["id"]).out
        sending.sweep_calls(now=clock.now())
        assert "sent" in rollcall("webhooks", "deliveries", made["id"]).out
        assert rollcall("webhooks", "replay", call["id"]).out == f"{call['id']} is sent again.\n"
        sending.sweep_calls(now=clock.now())
    assert [Webhook(made["secret"]).verify(body, headers) for headers, body in one.got] == [call["body"]] * 2
    assert rollcall("webhooks", "end", made["id"]).code == 0
    assert rollcall("webhooks", "list").out == "No endpoints: nothing is called.\n"


def test_the_secret_is_told_once(rollcall: Rollcall) -> None:
    said = rollcall("webhooks", "create", "https://hooks.example.com/rollcall")
    assert re.search(r"whsec_\S{40,}", said.out) and "not shown again" in said.err
    refused = rollcall("webhooks", "create", "https://10.0.0.1/", "--json")
    assert refused.problem["code"] == "address_refused"
