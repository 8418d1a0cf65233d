"""kill -9 at every named fault point and at random: nothing lost, nothing twice, and the proof stays green."""

import random
import signal
import time

import pytest

from rollcall.core import faults
from rollcall.credits import captures, grants, holds, refunds
from tests.credits.installation import Installation

pytestmark = pytest.mark.slow

POINTS = sorted(name for name in faults.POINTS if name.startswith("credits."))
STORY_ENTRIES = [
    ["c0", 10], ["c1", 8], ["c2", 8], ["f1", 1], ["f2", 1], ["g1", 30], ["g2", 50], ["g3", 9], ["h1", 40], ["h2", 5],
    ["r1", 14], ["r2", 5], ["v1", 9],
]  # fmt: skip


def test_every_fault_point_of_the_ledger_is_tested() -> None:
    declared = {
        captures.CLAIMED, captures.POSTED, grants.ADDED, grants.EXPIRED_POSTED, holds.PLACED, holds.CLOSED,
        holds.RELEASED, refunds.MARKED, refunds.POSTED,
    }  # fmt: skip
    assert set(POINTS) == declared


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_fault_point_and_told_again(installation: Installation, point: str, passes: int) -> None:
    killed = installation.start("story", faults=f"{point}=kill@{passes}")
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    after = installation.run("story_after_a_crash")
    assert after["left"] == [] and after["found"]["bad"] == [] and after["same"]
    entries = [entry for entry in after["told"]["entries"] if not entry[0].startswith("expiry:")]
    assert entries == STORY_ENTRIES
    assert after["found"]["claims"] == after["found"]["charged"] == 26


def test_killed_at_random_moments(installation: Installation) -> None:
    installation.run("prepare", amounts=[500, 100_000])
    dice = random.Random(4)
    for _ in range(6):
        workers = [installation.start("spend_for_ever", seed=seed) for seed in range(2)]
        for worker in workers:
            assert worker.stdout is not None and worker.stdout.readline() == "spending\n"
        time.sleep(dice.random())
        for worker in workers:
            worker.kill()
            worker.communicate()
        found = installation.run("check")
        assert found["bad"] == [] and found["claims"] == found["charged"]
    assert found["charged"] > 0
    installation.run("close_all")
    found = installation.run("check")
    assert (found["bad"], found["open_holds"]) == ([], 0)
    assert found["balance"] == [100_500 - found["charged"], 0]
