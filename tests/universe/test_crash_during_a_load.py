"""A load dies, or the disk fills: the former version stays in use, and the next load cleans up."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from rollcall.core import faults
from rollcall.universe import publication, search, versions
from rollcall.universe.search import CompanyQuery
from tests import forked, migrated
from tests.universe.conftest import Load
from tests.universe.rosters import person

# The installation has a SQLite file of its own, whatever database is set.
pytestmark = [pytest.mark.slow, pytest.mark.no_database]

LOADER = """
import sys, django
django.setup()
from datetime import UTC, datetime
from rollcall.universe import ingest, versions
from rollcall.universe.sources import us_public_companies

ingest.load(source=us_public_companies.Source(sys.argv[1]), now=datetime.now(UTC))
print(versions.current(), versions.path(versions.current()).is_dir())
"""


@pytest.fixture
def installation(tmp_path: Path) -> dict[str, str]:
    """The environment of an installation of its own, with an empty SQLite database."""
    migrated.copy(tmp_path, server="", name="")
    environment = {
        **os.environ,
        "ROLLCALL_HOME": str(tmp_path),
        "ROLLCALL_DATABASE_URL": "",
        "ROLLCALL_SECRET_KEY": "0" * 50,
        "DJANGO_SETTINGS_MODULE": "rollcall.settings",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    environment.pop("ROLLCALL_FAULTS", None)
    return environment


def run(
    environment: dict[str, str], month: str, fault: str = "", limit: str = ""
) -> "subprocess.CompletedProcess[str]":
    return forked.run(["-c", limit + LOADER, month], env=environment | {"ROLLCALL_FAULTS": fault})


@pytest.mark.parametrize("point", ["before_rename", "before_row", "after_row"])
def test_killed_at_a_fault_point_the_former_version_stays_in_use(
    installation: dict[str, str], point: str
) -> None:
    universe = Path(installation["ROLLCALL_HOME"]) / "universe"
    assert run(installation, "2023-07").stdout.split() == ["1", "True"]
    killed = run(installation, "2023-08", f"universe.ingest.{point}=kill")
    assert killed.returncode == -9, killed.stderr
    report = run(installation, "2023-08")
    assert report.returncode == 0, report.stderr
    number, there = report.stdout.split()
    assert there == "True"
    folders = {path.name for path in universe.iterdir() if path.name not in (".lock", "indexes")}
    expected = {"before_rename": {1, 2}, "before_row": {1, 3}, "after_row": {1, 2, 3}}[point]
    assert folders == {f"v{n:06d}" for n in expected} and int(number) == max(expected)
    assert {path.name for path in universe.glob("indexes/v*")} == folders


def test_every_fault_point_of_a_load_is_declared() -> None:
    declared = {name for name in faults.POINTS if name.startswith("universe.ingest.")}
    assert declared == {f"universe.ingest.{point}" for point in ("before_rename", "before_row", "after_row")}


def test_a_full_disk_changes_nothing_and_leaves_nothing(installation: dict[str, str]) -> None:
    """No file may grow over 100 KB, so the writing of the positions fails in the middle."""
    universe = Path(installation["ROLLCALL_HOME"]) / "universe"
    assert run(installation, "2023-07").returncode == 0
    before = sorted(path.name for path in universe.iterdir())
    full = run(
        installation, "2023-08", limit="import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (100_000, 100_000))"
    )
    assert "NoRoom" in full.stderr and "version in use is unchanged" in full.stderr
    assert sorted(path.name for path in universe.iterdir()) == before
    assert run(installation, "2023-08").stdout.split() == ["2", "True"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_when_syncing_is_told_as_well(
    load: Load, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    load(people=[person("ann", "c1", "CEO")])

    def full(_: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(publication.NoRoom):
            load(people=[person("bo", "c1", "CEO")])
    assert not list(versions.home().glob(".loading-*"))
    assert search.count_companies(version=1, query=CompanyQuery()) == 3
    assert load(people=[person("bo", "c1", "CEO")]).version == 2


def test_a_number_once_used_on_disk_is_not_used_again(load: Load) -> None:
    """What a crash left behind may still be open somewhere under its number."""
    load(people=[person("ann", "c1", "CEO")])
    versions.path(2).mkdir()
    assert load(people=[person("ann", "c1", "CEO")]).version == 3
    assert not versions.path(2).exists()


def test_files_that_are_gone_are_told_apart_from_versions_that_never_were(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO")])
    versions.path(1).rename(versions.home() / "elsewhere")
    with pytest.raises(versions.VersionDamaged):
        search.companies(version=1, query=CompanyQuery())
    with pytest.raises(versions.VersionDamaged):
        load(people=[person("ann", "c1", "CEO")])
