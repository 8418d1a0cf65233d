"""kill -9 at every named fault point and at random: nothing lost, nothing twice, and the proof stays green."""

import importlib
import pkgutil
import random
import re
import signal
import time

import pytest

from rollcall import credits
from rollcall.core import faults
from tests.credits.installation import Installation

pytestmark = pytest.mark.slow

# Stories of their own pass these: tests/credits/test_deciding_at_once.py.
ELSEWHERE = "packages."
MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(credits.__path__, "rollcall.credits.")
    if ".migrations" not in module.name
]
# Every point that a module of the ledger declares: one that the story never passes fails below.
POINTS = sorted(
    {
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, str) and value in faults.POINTS and not value.startswith(ELSEWHERE)
    }
)
STORY_ENTRIES = [
    ["adjustment", 3], ["adjustment", 5],
    ["c0", 10], ["c1", 8], ["c2", 8], ["f1", 1], ["f2", 1], ["g1", 30], ["g2", 50], ["g3", 9], ["h1", 40], ["h2", 5],
    ["r1", 14], ["r2", 5], ["s1", 1], ["s2", 1], ["s2:hold", 1], ["v1", 9],
]  # fmt: skip


def test_the_ledger_has_fault_points() -> None:
    assert len(POINTS) >= 11


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_fault_point_and_told_again(installation: Installation, point: str, passes: int) -> None:
    killed = installation.start("story", faults=f"{point}=kill@{passes}")
    killed.communicate()
    if passes == 1 or killed.returncode:
        assert killed.returncode == -signal.SIGKILL, f"{point} was never passed"
    after = installation.run("story_after_a_crash")
    assert after["left"] == [] and after["found"]["bad"] == [] and after["same"]
    # The number in a key is the row's: a sequence does not give one out again after a kill.
    told = [[re.sub(r":adj_\d+$", "", key), amount] for key, amount in after["told"]["entries"]]
    entries = [entry for entry in sorted(told) if not entry[0].startswith("expiry:")]
    assert entries == STORY_ENTRIES
    assert after["found"]["claims"] == after["found"]["charged"] == 28


def test_killed_at_random_moments(installation: Installation) -> None:
    installation.run("prepare", amounts=[500, 100_000])
    dice = random.Random(4)
    for _ in range(6):
        workers = [installation.start("spend_for_ever", seed=seed) for seed in range(2)]
        for worker in workers:
            assert worker.line() == "spending\n"
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
