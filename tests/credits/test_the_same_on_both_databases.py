"""The same commands leave the same journal on SQLite and on PostgreSQL, entry by entry, leg by leg."""

import os

import pytest

from tests import postgres
from tests.credits.installation import Installation, fresh

STEPS = 150
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("ROLLCALL_TEST_DB") == "postgres", reason="compared in the other run"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Stopped with all others when the tests end."""
    return postgres.start(tmp_path_factory.mktemp("both"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_journals_are_the_same(
    installation: Installation, server: str, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    other = fresh(tmp_path_factory.mktemp(f"postgres-{seed}"), server)
    both = [place.start("command_log", seed=seed, steps=STEPS) for place in (installation, other)]
    here, there = installation.answer(both[0]), other.answer(both[1])
    assert here["bad"] == there["bad"] == []
    assert here["outcomes"] == there["outcomes"]
    for mine, theirs in zip(here["journal"], there["journal"], strict=True):
        assert mine == theirs
    kinds = {row[0] for row in here["journal"][:-3]}
    assert kinds >= {"grant", "hold", "charge", "release", "refund", "expiry", "adjustment"}
