"""Answers that are lost after the work was done: repeating has one effect (E3, invariant 9)."""

import os
import random
from typing import Any

import pytest

from rollcall.clients import transport
from rollcall.clients.http import Client, Problem, Unreachable
from rollcall.core import jobs
from rollcall.personas.models import Run
from tests.clients import cutting
from tests.clients.conftest import Rollcall
from tests.personas.world import World, prove

SEARCHES = 12


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "PAUSE_SECONDS", 0.01)


def insist(client: Client, quote_id: str, key: str) -> Any:
    """Start the search as somebody would who gets no answer: again, with the same key."""
    for _ in range(20):
        try:
            return client.runs.start(quote_id=quote_id, idempotency_key=key)
        except Unreachable:
            continue
    raise AssertionError("no answer in twenty times four tries")


def test_e3_each_search_starts_once_however_often_it_is_asked_for(
    rollcall: Rollcall, world: World, live_server: Any
) -> None:
    """Each request is sent one to five times; four in ten answers are lost."""
    chance, key = random.Random(7), os.environ["ROLLCALL_KEY"]
    segment, persona = world.segment(), world.persona(titles=["sales"])
    with Client(url=live_server.url, key=key) as direct:
        asked = {"segment_id": f"seg_{segment.pk}", "persona_ids": [f"per_{persona.pk}"]}
        quotes = [direct.quotes.create(**asked, stop_at=n % 5 + 1)["id"] for n in range(SEARCHES)]
    with (
        cutting.line(live_server.url, share_lost=0.4, seed=11) as way,
        Client(url=way.url, key=key) as client,
    ):
        started = [
            {insist(client, quote, f"search-{n}")["id"] for _ in range(chance.randint(1, 5))}
            for n, quote in enumerate(quotes)
        ]
    assert len([one for one in way.lost if one.startswith("POST")]) >= SEARCHES / 2
    assert [len(ids) for ids in started] == [1] * SEARCHES
    assert Run.objects.count() == SEARCHES
    assert world.balance() == (100 - 33, 33)
    jobs.run_all()
    assert world.balance()[1] == 0
    prove(world)


def test_what_must_not_be_repeated_is_not(rollcall: Rollcall, live_server: Any) -> None:
    """A write without a key is sent once: its answer is lost, and the caller is told so."""
    with (
        cutting.line(live_server.url, share_lost=1.0, seed=1) as way,
        Client(url=way.url, key=os.environ["ROLLCALL_KEY"]) as client,
        pytest.raises(Unreachable),
    ):
        client.personas.create(name="Once", definition={})
    assert way.lost == ["POST /api/v1/personas"]


def test_a_wait_that_is_too_long_is_told_rather_than_sat_through(
    rollcall: Rollcall, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ROLLCALL_API_REQUESTS_PER_MINUTE = 1
    monkeypatch.setattr(transport, "PAUSE_MAX_SECONDS", 0.0)
    refused = []
    with Client(url=live_server.url, key=os.environ["ROLLCALL_KEY"]) as client:
        for _ in range(3):
            try:
                client.workspace.me()
            except Problem as problem:
                refused.append((problem.status, problem.code))
    assert refused and set(refused) == {(429, "rate_exceeded")}
