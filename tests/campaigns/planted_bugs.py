"""Bugs planted one at a time into a copy of the tree: each must turn a test red, or the tests prove nothing.

    python -m tests.campaigns.planted_bugs                 all of them
    python -m tests.campaigns.planted_bugs --few           those that the everyday tests plant too
    python -m tests.campaigns.planted_bugs --only fence    by name

A bug is a piece of the product replaced by a wrong one. A piece that is not there any more fails loudly: then somebody
has to say what would be wrong now. Some bugs show on PostgreSQL only, since SQLite has one writer.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 600


@dataclass(frozen=True)
class Bug:
    """A piece of a file, what stands there instead, and the tests of which one must fail."""

    name: str
    file: str
    right: str
    wrong: str
    tests: Sequence[str]
    postgres: bool = False
    few: bool = False


_CHARGING, _RACING = "tests/credits/test_charging.py", "tests/credits/test_racing_for_credits.py"
_ONE_BY_ONE = "tests/credits/test_charging_one_by_one.py"
_TOGETHER = "tests/credits/test_charging_together.py"
_PROVING, _SEALING = "tests/credits/test_proving_the_ledger.py", "tests/credits/test_sealing_the_ledger.py"
_EDITING, _REFUNDING = "tests/credits/test_editing_any_row.py", "tests/credits/test_refunding.py"
_HOLDING, _GETTING = "tests/credits/test_holding_credits.py", "tests/credits/test_getting_credits.py"
_TWICE = "tests/credits/test_the_same_another_way.py"
_CRASHING, _WATCHING = (
    "tests/credits/test_crashing_while_charging.py",
    "tests/credits/test_watching_others_spend.py",
)
_GUARDED = "tests/credits/test_what_the_database_refuses.py"

BUGS = (
    Bug(
        "the unique key of claims is dropped",
        "rollcall/credits/migrations/0001_tables.py",
        "models.CompositePrimaryKey('workspace_id', 'profile_id', 'company_id', ",
        "models.CompositePrimaryKey('workspace_id', 'profile_id', 'company_id', 'entry_id', ",
        [_CHARGING],
        few=True,
    ),
    Bug(
        "the unique key of entries is dropped",
        "rollcall/credits/migrations/0001_tables.py",
        "constraint=models.UniqueConstraint(fields=('workspace', 'key'), name='entry_key_once')",
        "constraint=models.UniqueConstraint(fields=('workspace', 'key', 'id'), name='entry_key_once')",
        [_GUARDED],
    ),
    Bug(
        "each statement is a transaction of its own",
        "rollcall/core/transactions.py",
        "            with transaction.atomic():\n                return work()\n        except OperationalError",
        "            return work()\n        except OperationalError",
        [_CRASHING],
    ),
    Bug(
        "the fence: a hold is drawn from without looking whether it has so much left",
        "rollcall/credits/columns.py",
        'enough = found.filter(amount__gte=F("captured") + F("released") + amount)',
        "enough = found",
        [_RACING],
        postgres=True,
    ),
    Bug(
        "a hold that was released stays open",
        "rollcall/credits/holds.py",
        "            is_open=False, released=",
        "            released=",
        [_HOLDING],
    ),
    Bug(
        "claims are written in any order",
        "rollcall/credits/captures.py",
        "pairs = sorted(set(asked))",
        "pairs = sorted(set(asked), key=hash)",
        [_CHARGING, _GUARDED],
    ),
    Bug(
        "the CHECK that nothing is available below zero is dropped",
        "rollcall/credits/migrations/0001_tables.py",
        "models.CheckConstraint(condition=models.Q(('available__gte', 0)), name='wallet_available_not_negative')",
        "models.CheckConstraint(condition=models.Q(('available__gte', -9)), name='wallet_available_not_negative')",
        [_GUARDED],
    ),
    Bug(
        "sums change without a condition",
        "rollcall/credits/columns.py",
        'enough = "".join(f" AND {name} >= %s" for name in down)',
        'enough = "".join(f" AND ({name} >= %s OR true)" for name in down)',
        [_CHARGING, _GUARDED],
    ),
    Bug(
        "no lazy expiry: a hold takes what the sweep has not expired yet",
        "rollcall/credits/grants.py",
        "    return grant.expires_at is not None and grant.expires_at <= now",
        "    return grant.expires_at is not None and grant.expires_at <= now and not grant.remaining",
        [_GETTING, _HOLDING, _REFUNDING],
    ),
    Bug(
        "a grant is good for one instant too long",
        "rollcall/credits/grants.py",
        "    return grant.expires_at is not None and grant.expires_at <= now",
        "    return grant.expires_at is not None and grant.expires_at < now",
        [_GETTING, _HOLDING, _REFUNDING],
    ),
    Bug(
        "priority does not matter",
        "rollcall/credits/grants.py",
        "        grant.priority,\n",
        "        0 * grant.priority,\n",
        [_TWICE],
    ),
    Bug(
        "the wallet is not locked",
        "rollcall/credits/wallets.py",
        "Wallet.objects.select_for_update(no_key=True).filter(workspace=workspace)",
        "Wallet.objects.filter(workspace=workspace)",
        [_RACING],
        postgres=True,
    ),
    Bug(
        "an entry's digest leaves out who it was",
        "rollcall/credits/digests.py",
        '"actor", "actor_label",',
        '"actor",',
        [f"{_EDITING}::test_an_edit_of_any_column_is_found[Entry]"],
        few=True,
    ),
    Bug(
        "a charge's digest leaves out who paid for whom",
        "rollcall/credits/digests.py",
        'return f"{profile_id}:{company_id}:{grant_id}:',
        'return f"{profile_id}:{company_id}:0:',
        [_PROVING, _SEALING],
    ),
    Bug(
        "a link does not hang on the one before",
        "rollcall/credits/chain.py",
        "said = (previous, seal.workspace_id,",
        "said = (seal.workspace_id,",
        [_SEALING],
    ),
    Bug(
        "a high-water mark: what is older than the last seal is sealed already",
        "rollcall/credits/chain.py",
        "after, sealed = (0 if whole else newest - RECENT), 0",
        "after, sealed = max([0, *Seal.objects.values_list('entry_id', flat=True)]), 0",
        [_SEALING],
        few=True,
    ),
    Bug(
        "each sweep begins a chain of its own",
        "rollcall/credits/chain.py",
        "(head.chain_hash, head.number) if head",
        "(START, head.number) if head",
        [_SEALING],
    ),
    Bug(
        "a budget lets one more through",
        "rollcall/credits/reservations.py",
        "used__lte=budget.limit - amount",
        "used__lte=budget.limit + 1 - amount",
        ["tests/credits/test_keeping_to_budgets.py", "tests/api/test_keep_to_budgets.py"],
        few=True,
    ),
    Bug(
        "a budget forgets what the hold did not use",
        "rollcall/credits/reservations.py",
        "            _shift(row.counter_id, reserved=-left)\n",
        "            pass\n",
        ["tests/credits/test_keeping_to_budgets.py", _TWICE],
    ),
    Bug(
        "a refund does not look whether there was one",
        "rollcall/credits/refunds.py",
        "        if claim.refund_entry is not None:\n            return _earlier",
        "        if claim.refund_entry is not None and False:\n            return _earlier",
        [_REFUNDING],
        few=True,
    ),
    Bug(
        "what a release gives back to a grant that is over stays available",
        "rollcall/credits/holds.py",
        "    grants.expire(wallet=wallet, grants=returned, now=now)\n",
        "",
        [_HOLDING],
    ),
    Bug(
        "legs may be changed",
        "rollcall/credits/migrations/0002_append_only.py",
        '        guard("credits_leg"),\n',
        "",
        [_GUARDED],
    ),
    Bug(
        "another workspace's people are ours too",
        "rollcall/credits/claims.py",
        "a.workspace_id = %s AND a.profile_id",
        "a.workspace_id <> -%s AND a.profile_id",
        [_ONE_BY_ONE],
        few=True,
    ),
    Bug(
        "the proof looks at many moments",
        "rollcall/credits/verify.py",
        "    with transactions.snapshot():\n",
        "    if True:\n",
        [_WATCHING],
    ),
    Bug(
        "a key that did something else is answered",
        "rollcall/credits/posting.py",
        "        raise reused(workspace=workspace, key=key)\n",
        "        pass\n",
        [_RACING],
        postgres=True,
    ),
    Bug(
        "a group charges the same person twice",
        "rollcall/credits/straight.py",
        " or names & seen",
        "",
        [_TOGETHER],
    ),
    Bug(
        "a group takes more than the grant has",
        "rollcall/credits/straight.py",
        " or taken[mine] >= remaining",
        "",
        [_TOGETHER],
    ),
    Bug(
        "a program without a cap is charged one by one",
        "rollcall/credits/straight.py",
        " or reservations.needs_cap(one.actor)",
        "",
        [_ONE_BY_ONE],
    ),
    Bug(
        "a charge that was overtaken is kept",
        "rollcall/credits/straight.py",
        "        raise Overtaken\n",
        "        pass\n",
        [_TOGETHER],
        postgres=True,
    ),
    Bug(
        "who waits for the second group is forgotten",
        "rollcall/core/together.py",
        "                self._pass_on()\n            for place in group",
        "                self._is_led = False\n            for place in group",
        ["tests/core/test_work_together.py"],
    ),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--few", action="store_true", help="only those that the everyday tests plant")
    parser.add_argument("--only", default="", help="a part of the name")
    given = parser.parse_args()
    chosen = [bug for bug in BUGS if given.only in bug.name and (bug.few or not given.few)]
    with tempfile.TemporaryDirectory() as folder:
        tree = copy(Path(folder, "tree"))
        unseen = [bug.name for bug in chosen if not _told(bug, tree)]
    print(f"{len(chosen) - len(unseen)} of {len(chosen)} bugs were found.")
    sys.exit(1 if unseen or not chosen else 0)


def _told(bug: Bug, tree: Path) -> bool:
    found = is_found(bug, tree)
    print(f"{'found    ' if found else 'NOT FOUND'} {bug.name}", flush=True)
    return found


def copy(tree: Path) -> Path:
    """What the tests need of the project, to plant bugs in."""
    # What is compiled comes along: only the file with the bug is newer than what was compiled of it.
    ignored = shutil.ignore_patterns(".git", ".venv")
    for name in ("rollcall", "tests", "scripts"):
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def is_found(bug: Bug, tree: Path) -> bool:
    """Plant it, run its tests, take it out again; whether one of them failed."""
    file = tree / bug.file
    sound = file.read_text()
    if bug.right not in sound:
        raise AssertionError(f"{bug.name}: {bug.file} does not say {bug.right!r} any more")
    file.write_text(sound.replace(bug.right, bug.wrong))
    try:
        ended = _run(bug, tree)
    finally:
        file.write_text(sound)
    if ended.returncode not in (0, 1):
        raise AssertionError(
            f"{bug.name}: the tests did not run: {ended.stdout[-2000:]}{ended.stderr[-2000:]}"
        )
    return ended.returncode == 1


def _run(bug: Bug, tree: Path) -> "subprocess.CompletedProcess[str]":
    there = [test for test in bug.tests if (tree / test.split("::")[0]).exists()]
    assert there, bug.name
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    if bug.postgres:
        environment["ROLLCALL_TEST_DB"] = "postgres"
    elif "/migrations/" not in bug.file and "ROLLCALL_TEST_HOME" in os.environ:
        # The tables are as they were: those of this run may be copied.
        environment["ROLLCALL_TEST_HOME"] = os.environ["ROLLCALL_TEST_HOME"]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *there]
    return subprocess.run(
        command,
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


if __name__ == "__main__":
    main()
