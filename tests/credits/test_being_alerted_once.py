"""Alerts under races and crashes: every crossing in the journal has exactly one event, and one letter (G6, L12)."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from rollcall.credits import crossings, holds
from tests.credits.installation import Installation

pytestmark = pytest.mark.slow


@pytest.fixture
def alerting(installation: Installation) -> Installation:
    return replace(installation, programs="tests.credits.alert_programs")


def test_g6_32_who_fall_past_thresholds_at_once_tell_each_once(alerting: Installation) -> None:
    thresholds, percents = list(range(0, 200, 10)), [25, 50, 75]
    alerting.run("prepare", credits=200, thresholds=thresholds, percents=percents)
    go = Path(alerting.home, "go")
    crowd = [alerting.start("fall", first=100 * n, threads=8, go=str(go)) for n in range(4)]
    go.touch()
    assert sum(alerting.answer(process)["held"] for process in crowd) == 200
    found = alerting.run("look")
    assert len(found["told"]) == len(thresholds) + len(percents)
    assert found["told"] == found["due"]
    assert len(found["letters"]) == len(found["told"])


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("point", [crossings.RAISED, holds.PLACED])
def test_g6_killed_with_the_event_written(alerting: Installation, point: str, passes: int) -> None:
    """Event, letter and entry are kept together or not at all; told again, the story ends the same."""
    killed = alerting.start("story", faults=f"{point}=kill@{passes}")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    left = alerting.run("look")
    assert left["told"] == left["due"] and len(left["letters"]) == len(left["told"]) == passes - 1
    for _ in range(2):
        found = alerting.run("story")
        assert found["told"] == found["due"] == [[1, "epoch:1"], [1, "epoch:3"]]
        assert (len(found["letters"]), found["entries"]) == (2, 6)
