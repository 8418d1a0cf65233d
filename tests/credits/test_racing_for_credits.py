"""Many at once, in several processes: the last credits, the same people, one hold, the same keys."""

from pathlib import Path
from typing import Any

import pytest

from tests.credits.installation import Installation

pytestmark = pytest.mark.slow

PROCESSES, THREADS = 4, 16


def _race(installation: Installation, act: str, **given: Any) -> list[Any]:
    """64 threads in 4 processes, let go at once."""
    go = Path(installation.home, "go")
    crowd = [
        installation.start(act, first=number * THREADS, threads=THREADS, go=str(go), **given)
        for number in range(PROCESSES)
    ]
    go.touch()
    return [installation.answer(process) for process in crowd]


def _proven(installation: Installation) -> Any:
    found = installation.run("check")
    assert found["bad"] == []
    assert found["claims"] == found["charged"]
    return found


@pytest.mark.parametrize("amounts", [[100], [40, 30, 20, 10]], ids=["one grant", "four grants"])
def test_g1_64_who_want_150_each_spend_exactly_the_100_there_are(
    installation: Installation, amounts: list[int]
) -> None:
    """G1 and invariant 2: nothing is overspent, and nothing is left over either."""
    installation.run("prepare", amounts=amounts)
    answers = _race(installation, "own_people", wanted=150)
    assert sum(answer["charged"] for answer in answers) == 100
    found = _proven(installation)
    assert (found["charged"], found["balance"], found["open_holds"]) == (100, [0, 0], 0)


def test_c3_the_same_50_people_through_64_holds_cost_50(installation: Installation) -> None:
    installation.run("prepare", amounts=[1000, 1000, 1200])
    answers = _race(installation, "same_people", wanted=50)
    assert sum(answer["charged"] for answer in answers) == 50
    found = _proven(installation)
    assert (found["charged"], found["balance"], found["open_holds"]) == (50, [3150, 0], 0)


def test_one_hold_that_64_charge_at_once_is_never_exceeded(installation: Installation) -> None:
    """Captures meet on the hold's last credit of one grant: each claim still names a grant that paid for it."""
    wanted = 5
    people = wanted + wanted * PROCESSES * THREADS
    installation.run("prepare", amounts=[7, 11, 100, 3, people - 121])
    hold_id = installation.run("hold_one", amount=people)["hold_id"]
    answers = _race(installation, "shared_hold", wanted=wanted, hold_id=hold_id)
    assert sum(answer["charged"] for answer in answers) == people
    found = _proven(installation)
    assert (found["charged"], found["balance"]) == (people, [0, 0])


def test_g3_the_same_keys_at_once_have_one_effect(installation: Installation) -> None:
    installation.run("prepare", amounts=[])
    answers = _race(installation, "same_keys")
    outcomes = {str(outcome) for answer in answers for outcome in answer["outcomes"]}
    assert len(outcomes) == 1, outcomes
    found = _proven(installation)
    assert (found["charged"], found["balance"]) == (6, [15, 0])


def test_c6_a_claim_is_refunded_once_however_many_ask(installation: Installation) -> None:
    installation.run("prepare", amounts=[20])
    installation.run("charge_some", number=20)
    answers = _race(installation, "refund_race")
    assert sum(answer["refunded"] for answer in answers) == 10
    assert _proven(installation)["balance"] == [10, 0]


def test_holding_releasing_and_expiring_at_once(installation: Installation) -> None:
    installation.run("prepare", amounts=[50])
    installation.run("grants_that_end", number=6, amount=100)
    _race(installation, "expiring")
    assert _proven(installation)["open_holds"] == 0
