"""Each campaign for a few seconds, so that it still works when somebody needs it; long runs are started by hand."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.campaigns import planted_bugs

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
DATABASE = os.environ.get("ROLLCALL_TEST_DB", "sqlite")
TIMEOUT_SECONDS = 300


def report(name: str, *given: str) -> Any:
    command = [sys.executable, "-m", f"tests.campaigns.{name}", "--database", DATABASE, *given]
    mine = {"ROLLCALL_TEST_HOME", "ROLLCALL_DATABASE_URL"}
    environment = {
        key: value for key, value in os.environ.items() if key in mine or not key.startswith("ROLLCALL_")
    }
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return json.loads(ended.stdout)


def test_g3_killed_again_and_again() -> None:
    found = report("kills", "--kills", "25")
    assert found["bad"] == [] and found["kills"] >= 25 and found["charged"] > 0 and found["unsealed"] == 0


def test_e3_answers_are_lost() -> None:
    found = report("lost_answers", "--requests", "45")
    assert found["bad"] == [] and found["requests"] > found["acts"] and found["answers lost"] > 5


def test_g6_receivers_fail() -> None:
    found = report("webhooks", "--events", "60")
    assert found["bad"] == [] and found["requests"] > 60
    assert found["states"]["is broken"] == {"failed": 15} and found["states"]["fails"] == {"sent": 15}


@pytest.mark.skipif(
    DATABASE == "postgres", reason="what a load makes of people does not depend on the database"
)
def test_c3_people_of_known_histories_are_who_they_are() -> None:
    found = report("histories", "--people", "150", "--months", "3")
    people, credits = found["people"], found["credits"]
    assert people["precision"] == 1.0 and people["recall of what is told"] > 0.9
    assert found["bad"] == [] and credits["hidden"] == 0 and credits["spent"] < 1.15 * credits["true pairs"]
    assert all(found["events"][kind]["recall"] > 0.7 for kind in ("departed", "retitled"))


@pytest.mark.skipif(DATABASE == "postgres", reason="planted in the other run")
@pytest.mark.parametrize("bug", [bug for bug in planted_bugs.BUGS if bug.few], ids=lambda bug: bug.name)
def test_a_planted_bug_turns_a_test_red(bug: planted_bugs.Bug, tree: Path) -> None:
    assert planted_bugs.is_found(bug, tree)


@pytest.mark.parametrize("bug", planted_bugs.BUGS, ids=lambda bug: bug.name)
def test_the_other_bugs_could_still_be_planted(bug: planted_bugs.Bug) -> None:
    assert bug.right in (ROOT / bug.file).read_text() and bug.wrong != bug.right
    assert all((ROOT / test.split("::")[0]).exists() for test in bug.tests)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One copy of the project for all bugs, each taken out again."""
    return planted_bugs.copy(tmp_path_factory.mktemp("planted") / "tree")
