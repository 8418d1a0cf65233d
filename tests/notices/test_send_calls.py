"""Webhooks: signed as the official verifier wants it, delivered at least once with a stable id, or visibly failed."""

import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from rollcall.core import clock, faults, http
from rollcall.core.errors import NotFound
from rollcall.notices import calls, endpoints, leases, sending
from rollcall.notices.models import Call, Endpoint
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.notices import receiver

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _private(settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True


def write(workspace: Workspace, now: datetime, key: str = "k", **body: Any) -> int:
    return calls.write(workspace=workspace, kind="credits.alert", body=body, key=key, now=now)


def test_it_works(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """The verifier that the makers of the specification publish accepts what arrives."""
    with receiver.listening() as one:
        _, secret = endpoints.create(workspace=workspace, url=one.url, actor=actor, now=now)
        assert write(workspace, now, says="Zürich → “fell”") == 1
        assert write(workspace, now) == 0
        assert [sending.sweep_calls(now=now), sending.sweep_calls(now=now)] == [1, 0]
    headers, body = one.got[0]
    message = Webhook(secret).verify(body, headers)
    assert message == {
        "type": "credits.alert", "timestamp": now.isoformat(), "data": {"says": "Zürich → “fell”"},
    }  # fmt: skip
    call = Call.objects.get()
    assert headers["webhook-id"] == f"cal_{call.pk}"
    assert (call.state, call.status_code, call.attempts, call.sent_at) == ("sent", 204, 1, now)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + " ", headers)


@pytest.mark.parametrize("hours", [-11, 0, 9])
def test_it_is_signed_right_wherever_the_clock_hangs(
    workspace: Workspace, actor: Actor, now: datetime, hours: int
) -> None:
    """The library takes the digits of another zone's time for UTC."""
    endpoint, secret = endpoints.create(workspace=workspace, url="http://127.0.0.1:1/", actor=actor, now=now)
    write(workspace, now)
    at = clock.now().astimezone(timezone(timedelta(hours=hours)))
    content = json.dumps(endpoint.calls.get().body)
    Webhook(secret).verify(content, sending.signed(endpoint.calls.get(), content, at=at))


def test_the_secret_is_shown_once_and_kept_sealed(workspace: Workspace, actor: Actor, now: datetime) -> None:
    endpoint, secret = endpoints.create(workspace=workspace, url="http://127.0.0.1:1/", actor=actor, now=now)
    endpoint.refresh_from_db()
    assert secret.startswith("whsec_") and secret[6:] not in endpoint.secret_sealed
    assert endpoints.secret_of(endpoint) == secret
    assert secret not in str([row.detail for row in audit.entries(workspace=workspace).items])


def test_each_event_reaches_a_receiver_that_fails_30_percent(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    with receiver.listening(failing=0.3) as one:
        endpoints.create(workspace=workspace, url=one.url, actor=actor, now=now)
        for i in range(200):
            write(workspace, now, key=f"k{i}", number=i)
        at = now
        for _ in range(600):
            if not sending.sweep_calls(now=at):
                waiting = Call.objects.filter(state="waiting").order_by("due_at").first()
                if waiting is None:
                    break
                at = waiting.due_at
    assert Counter(Call.objects.values_list("state", flat=True)) == {"sent": 200}
    wanted = {f"cal_{number}" for number in Call.objects.values_list("pk", flat=True)}
    assert Counter(one.accepted) == dict.fromkeys(wanted, 1)
    assert len(one.got) > 230
    bodies: dict[str, set[str]] = {}
    for headers, body in one.got:
        bodies.setdefault(headers["webhook-id"], set()).add(body)
    assert {len(variants) for variants in bodies.values()} == {1}


def test_what_never_works_fails_visibly(workspace: Workspace, actor: Actor, now: datetime) -> None:
    with receiver.listening(answer=500) as one:
        endpoint, _ = endpoints.create(workspace=workspace, url=one.url, actor=actor, now=now)
        write(workspace, now)
        at = now
        for _ in range(leases.ATTEMPTS_MAX):
            assert sending.sweep_calls(now=at) == 1
            at = endpoint.calls.get().due_at
        assert sending.sweep_calls(now=at + timedelta(days=9)) == 0
    (call,) = endpoints.deliveries(workspace=workspace, endpoint_id=endpoint.pk).items
    assert (call.state, call.status_code, call.problem) == ("failed", 500, "It answered 500.")
    assert len({headers["webhook-id"] for headers, _ in one.got}) == 1


def test_every_attempt_is_kept_with_its_answer(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """What a receiver answered each time, not only the last; sent again it goes on, and the list has an end."""
    with receiver.listening(answer=500) as one:
        endpoint, _ = endpoints.create(workspace=workspace, url=one.url, actor=actor, now=now)
        write(workspace, now)
        for _ in range(3):
            sending.sweep_calls(now=endpoint.calls.get().due_at)
        one.answer = 204
        sending.sweep_calls(now=endpoint.calls.get().due_at)
        call = endpoint.calls.get()
        assert [told["number"] for told in call.tries] == [1, 2, 3, 4] and call.state == "sent"
        assert (
            [told["status_code"] for told in call.tries] == one.told[f"cal_{call.pk}"] == [500, 500, 500, 204]
        )
        assert [told["problem"] for told in call.tries] == ["It answered 500."] * 3 + [""]
        for _ in range(sending.TRIES_KEPT):
            endpoints.replay(workspace=workspace, call_id=call.pk, actor=actor, now=now)
            sending.sweep_calls(now=now)
    tries = endpoint.calls.get().tries
    assert len(tries) == sending.TRIES_KEPT and tries[-1]["number"] == 1 and tries[-1]["status_code"] == 204


def test_one_lost_answer_does_not_hold_up_the_others(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """Only an endpoint that answers none of its calls rests: who cuts off some would never get through a backlog."""
    with receiver.listening(cutting=0.2) as one:
        endpoints.create(workspace=workspace, url=one.url, actor=actor, now=now)
        for i in range(40):
            write(workspace, now, key=f"k{i}")
        assert [sending.sweep_calls(now=now) for _ in range(4)] == [16, 16, 8, 0]
    lost = [call for call in Call.objects.all() if call.state == "waiting"]
    assert 0 < len(lost) < 20 and {call.status_code for call in lost} == {None}
    assert all("did not answer" in call.tries[0]["problem"] for call in lost)


def test_a_redirect_is_a_failure(workspace: Workspace, actor: Actor, now: datetime) -> None:
    with receiver.listening() as inner, receiver.listening(answer=302, location=inner.url) as one:
        endpoints.create(workspace=workspace, url=one.url, actor=actor, now=now)
        write(workspace, now)
        sending.sweep_calls(now=now)
    assert inner.got == [] and Call.objects.get().problem == "It answered 302."


def test_an_endpoint_that_is_silent_holds_up_no_others(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """Its other calls rest a while: each would cost a time-out."""
    with receiver.listening() as gone:
        url = gone.url
    endpoints.create(workspace=workspace, url=url, actor=actor, now=now)
    for i in range(40):
        write(workspace, now, key=f"k{i}")
    assert sending.sweep_calls(now=now) == sending.CALLS_AT_ONCE
    assert sending.sweep_calls(now=now) == 0
    assert not Call.objects.filter(due_at__lt=now + timedelta(seconds=15)).exists()
    assert "did not answer" in Call.objects.order_by("pk")[0].problem


def test_the_resolver_changed_its_mind(
    workspace: Workspace, actor: Actor, now: datetime, settings: Any
) -> None:
    """An address that was fine when it was written down is checked again each time it is called."""
    with receiver.listening() as one:
        endpoints.create(
            workspace=workspace, url=one.url.replace("127.0.0.1", "localhost"), actor=actor, now=now
        )
        settings.ALLOW_PRIVATE_WEBHOOKS = False
        Endpoint.objects.update(url="https://localhost:1/")
        write(workspace, now)
        sending.sweep_calls(now=now)
    assert one.got == [] and "not on the public web" in Call.objects.get().problem


def test_a_lost_answer_is_sent_again_with_the_same_id(
    workspace: Workspace, actor: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver.listening() as one:
        endpoints.create(workspace=workspace, url=one.url, actor=actor, now=now)
        write(workspace, now)
        monkeypatch.setenv("ROLLCALL_FAULTS", f"{sending.CALL_SENT}=raise")
        with pytest.raises(faults.FaultInjected):
            sending.sweep_calls(now=now)
        monkeypatch.delenv("ROLLCALL_FAULTS")
        assert [sending.sweep_calls(now=now + MINUTE), sending.sweep_calls(now=now + leases.LEASE)] == [0, 1]
    assert len(one.got) == 2 and len(set(one.accepted)) == 1


def test_test_and_replay(workspace: Workspace, actor: Actor, now: datetime) -> None:
    with receiver.listening() as one:
        endpoint, secret = endpoints.create(workspace=workspace, url=one.url, actor=actor, now=now)
        asked = {"workspace": workspace, "actor": actor, "now": now}
        made = endpoints.test(endpoint_id=endpoint.pk, key="t", **asked)
        assert endpoints.test(endpoint_id=endpoint.pk, key="t", **asked) == made
        with pytest.raises(endpoints.StillWaiting):
            endpoints.replay(call_id=made.pk, **asked)
        sending.sweep_calls(now=now)
        endpoints.replay(call_id=made.pk, **asked)
        sending.sweep_calls(now=now)
    assert [Webhook(secret).verify(body, headers)["type"] for headers, body in one.got] == ["test", "test"]
    assert one.accepted == [f"cal_{made.pk}"] * 2


def test_an_ended_endpoint_is_called_no_more(workspace: Workspace, actor: Actor, now: datetime) -> None:
    endpoint, _ = endpoints.create(workspace=workspace, url="http://127.0.0.1:1/", actor=actor, now=now)
    write(workspace, now)
    endpoints.end(workspace=workspace, endpoint_id=endpoint.pk, actor=actor, now=now)
    assert sending.sweep_calls(now=now) == 0
    assert (Call.objects.get().state, Call.objects.get().problem) == ("failed", "The endpoint was ended.")
    assert write(workspace, now, key="k2") == 0
    endpoint.refresh_from_db()
    assert endpoint.secret_sealed == ""


def test_only_my_workspace(
    workspace: Workspace, other_workspace: Workspace, actor: Actor, now: datetime
) -> None:
    endpoint, _ = endpoints.create(workspace=workspace, url="http://127.0.0.1:1/", actor=actor, now=now)
    call = endpoints.test(workspace=workspace, endpoint_id=endpoint.pk, key="t", actor=actor, now=now)
    assert write(other_workspace, now) == 0
    other = {"workspace": other_workspace, "actor": actor, "now": now}
    for act in (
        lambda: endpoints.end(endpoint_id=endpoint.pk, **other),
        lambda: endpoints.test(endpoint_id=endpoint.pk, key="t", **other),
        lambda: endpoints.replay(call_id=call.pk, **other),
        lambda: endpoints.deliveries(workspace=other_workspace, endpoint_id=endpoint.pk),
    ):
        with pytest.raises(NotFound):
            act()


def test_bad_endpoints_are_refused(workspace: Workspace, actor: Actor, now: datetime, settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = False
    for url, error in [("http://example.com/", http.BadUrl), ("https://127.0.0.1/", http.AddressRefused)]:
        with pytest.raises(error):
            endpoints.create(workspace=workspace, url=url, actor=actor, now=now)
    for _ in range(endpoints.ENDPOINTS_MAX):
        endpoints.create(workspace=workspace, url="https://example.com/", actor=actor, now=now)
    with pytest.raises(endpoints.TooManyEndpoints):
        endpoints.create(workspace=workspace, url="https://example.com/", actor=actor, now=now)
