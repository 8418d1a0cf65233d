"""Many search at the same moment, in several processes: the last credits, the same people, one key, one run."""

from pathlib import Path
from typing import Any

import pytest

from tests.credits.installation import Installation

PROCESSES, THREADS = 4, 16
pytestmark = pytest.mark.slow


def race(crowd: Installation, act: str, processes: int = PROCESSES, **given: Any) -> list[Any]:
    """64 threads in 4 processes, let go at once."""
    go = Path(crowd.home, "go")
    racers = [
        crowd.start(act, first=number * THREADS, threads=THREADS, go=str(go), **given)
        for number in range(processes)
    ]
    go.touch()
    return [crowd.answer(process) for process in racers]


def proven(crowd: Installation) -> Any:
    found = crowd.run("check")
    assert found["bad"] == [] and found["open_holds"] == 0
    assert found["claims"] == found["contacts"] == found["charged"]
    assert set(found["runs"]) == {"done"}
    return found


def test_g1_64_searches_on_100_credits_spend_exactly_100(crowd: Installation) -> None:
    """150 distinct people are wanted by all; nobody spends too much, and nothing is left over."""
    crowd.run("prepare", companies=15, per_company=10, amount=100, segments=8)
    answers = race(crowd, "spend_the_last")
    assert sum(answer["charged"] for answer in answers) == 100
    found = proven(crowd)
    assert (found["charged"], found["balance"]) == (100, [0, 0])


def test_c3_the_same_50_people_through_64_segments_cost_50(crowd: Installation) -> None:
    crowd.run("prepare", companies=10, per_company=5, amount=3200, segments=64)
    answers = race(crowd, "same_people")
    assert sum(answer["charged"] for answer in answers) == 50
    found = proven(crowd)
    assert (found["charged"], found["balance"]) == (50, [3150, 0])
    assert (found["placed"], found["named"]) == (50 * 64, 50)


def test_invariant_9_one_quote_is_started_once_however_many_try(crowd: Installation) -> None:
    crowd.run("prepare", companies=2, per_company=5, amount=100)
    answers = race(crowd, "same_key", processes=2)
    outcomes: dict[str, int] = {}
    for answer in answers:
        for outcome, count in answer["outcomes"].items():
            outcomes[outcome] = outcomes.get(outcome, 0) + count
    # Whoever came first: all with the shared key, or one with a key of its own; everyone else is told so.
    shared_won = {"shared run_1": 16, "own quote_used": 16}
    own_won = {"shared quote_used": 16, "own run_1": 1, "own quote_used": 15}
    assert outcomes in (shared_won, own_won)
    assert crowd.run("check")["balance"] == [90, 10]


def test_one_run_found_by_32_workers_is_carried_out_once(crowd: Installation) -> None:
    crowd.run("prepare", companies=10, per_company=5, amount=100)
    race(crowd, "same_run", processes=2)
    found = proven(crowd)
    assert (found["charged"], found["batches"], found["balance"]) == (50, 17, [50, 0])


def test_e5_stopped_while_a_worker_is_at_it(crowd: Installation) -> None:
    """The answer to Stop is final: the worker, which is alive and in the middle, adds nobody after it."""
    crowd.run("prepare", companies=100, per_company=10, amount=2000)
    worker = crowd.start("search", chunk=1, ahead=0)
    assert worker.line() == "working\n"
    answer = crowd.run("stop")
    assert crowd.answer(worker)["state"] == answer["state"] == "stopped"
    found = crowd.run("check")
    assert found["bad"] == [] and found["open_holds"] == 0
    assert found["claims"] == found["contacts"] == found["charged"] == answer["charged"] < 1000
    assert found["balance"] == [2000 - answer["charged"], 0]
