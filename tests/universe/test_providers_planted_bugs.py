"""The harness of the call ledger notices what it is there for: each bug planted here must turn a test red."""

import dataclasses
import uuid
from collections.abc import Callable
from decimal import Decimal

import pytest

from rollcall.universe.providers import ledger, requests
from tests.universe import test_providers_contract as contract
from tests.universe.fake_provider import Clock

Plant = Callable[[pytest.MonkeyPatch], None]
PAIR = contract.PAGED[0]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fakes_answer")]


def test_a_new_key_in_each_attempt_is_noticed(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    real = requests.make
    monkeypatch.setattr(requests, "make", lambda *a, **k: real(*a, **k | {"call_key": uuid.uuid4().hex}))
    with pytest.raises(AssertionError):
        for seed in range(1, 6):
            contract.test_under_chaos_each_page_is_bought_once(PAIR, clock, seed)
            contract._anew()


def test_a_cap_that_forgets_what_was_maybe_bought_is_noticed(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ledger.spending
    monkeypatch.setattr(
        ledger, "spending", lambda **k: dataclasses.replace(real(**k), maybe_calls=0, maybe=Decimal(0))
    )
    with pytest.raises(AssertionError):
        contract.test_a_cap_of_cost_is_kept_whatever_happens(PAIR, clock, knows_keys=False)


def test_a_ledger_that_forgets_answers_is_noticed(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "answered", lambda **_: None)
    with pytest.raises(AssertionError):
        contract.test_it_works(PAIR, clock)
