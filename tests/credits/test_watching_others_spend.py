"""While many spend, every reader sees whole credits: all sums add up at every moment, and nobody owned is lost."""

import time
from pathlib import Path

import pytest

from tests.credits.installation import Installation

pytestmark = pytest.mark.slow
SECONDS, LOOKS, SPENDERS, WATCHERS = 4, 5, 3, 2


def test_g1_g3_every_moment_adds_up(installation: Installation) -> None:
    """Snapshots of readers during load: credits are conserved, claims are unique and only ever grow; the proof is
    green each time."""
    installation.run("prepare", amounts=[500, 300, 1_000_000])
    stop = Path(installation.home, "stop")
    spenders = [installation.start("spend_for_ever", seed=seed) for seed in range(SPENDERS)]
    for spender in spenders:
        assert spender.line() == "spending\n"
    watchers = [installation.start("watch", stop=str(stop), at_least=LOOKS) for _ in range(WATCHERS)]
    try:
        time.sleep(SECONDS)
    finally:
        stop.touch()
        seen = [installation.answer(watcher) for watcher in watchers]
        for spender in spenders:
            assert spender.returncode is None, "a spender failed"
            spender.kill()
            spender.communicate()
    assert [watcher["wrong"] for watcher in seen] == [[]] * WATCHERS
    assert all(watcher["looks"] >= LOOKS for watcher in seen)
    found = installation.run("check")
    assert found["bad"] == [] and found["claims"] == found["charged"] > 0
