"""A load of files is killed: given again it goes on where it was, and the version is as if nothing had happened."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from rollcall.core import faults
from rollcall.universe.sources import files
from rollcall.universe.sources.files import manifests, places, staging
from tests import forked
from tests.universe.files import ANN, BO, CY, csv_bytes, mapping
from tests.universe.test_crash_during_a_load import installation

# The installation has a SQLite file of its own, whatever database is set.
pytestmark = [pytest.mark.slow, pytest.mark.no_database]

__all__ = ["installation"]
# Small parts, so that a small file has several.
LOADER = """
import json, sys, django
django.setup()
from datetime import UTC, datetime
from rollcall.universe.sources import files
from rollcall.universe.sources.files import staging
from rollcall.universe.sources.sandbox import reading

staging.PART_ROWS = 400
reads, read = [], reading.read
def told(file, **options):
    reads.append([options["name"], options["after_row"]])
    return read(file, **options)
reading.read = told
given = files.read(sys.argv[2])
loaded, report = files.load(sys.argv[1], given, now=datetime(2026, 9, 1, tzinfo=UTC))
print(json.dumps({"version": loaded.version, "reads": reads, "report": report.model_dump(mode="json")}))
"""
POINTS = {
    "part_written@2": 1, "part_named@1": 1, "part_named@3": 1, "staged": 1, "before_sweep": 2,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of JSON Lines (whose batches are small), with bad rows between."""
    made = tmp_path / "in"
    made.mkdir()
    for name in ("a", "b"):
        lines = []
        for n in range(6_000):
            title = "" if n % 1_000 == 7 else f"VP {n % 50}"
            lines.append(
                json.dumps({"id": f"{name}{n}", "n": unlike(f"{name}{n}"), "t": title, "d": f"c{n % 90}.com"})
            )
            if n % 2_500 == 11:
                lines.append('{"id": ')
        (made / f"{name}.jsonl").write_text("\n".join(lines))
    given = {
        "source": "crm", "kind": "records", "licence": "own", "lawful_basis": "consent", "as_of": "2026-08-31",
        "people": {"person_id": "id", "full_name": "n", "title": "t"}, "company": {"domain": "d"},
    }  # fmt: skip
    (tmp_path / "mapping.json").write_text(json.dumps(given))
    return made


def unlike(seed: str) -> str:
    """A name that is like no other, so that nobody has to wonder who is who."""
    letters = hashlib.sha256(seed.encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))
    return f"{letters[:9].title()} {letters[9:20].title()}"


def last_line(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def run(environment: dict[str, str], folder: Path, fault: str = "") -> "subprocess.CompletedProcess[str]":
    return forked.run(
        ["-c", LOADER, str(folder), str(folder.parent / "mapping.json")],
        env=environment | {"ROLLCALL_FAULTS": fault},
    )


def version(home: Path, number: int) -> dict[str, list[dict[str, object]]]:
    root = home / "universe" / f"v{number:06d}"
    return {
        str(path.relative_to(root)): pq.read_table(path).to_pylist()
        for path in sorted(root.rglob("*.parquet"))
    }


def test_killed_anywhere_it_goes_on_and_gives_the_same_version(
    installation: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    home = Path(installation["ROLLCALL_HOME"])
    for name in ("universe",):
        shutil.rmtree(home / name, ignore_errors=True)
    database = (home / "rollcall.sqlite3").read_bytes()

    def fresh() -> None:
        shutil.rmtree(home / "universe", ignore_errors=True)
        for path in home.glob("rollcall.sqlite3*"):
            path.unlink()
        (home / "rollcall.sqlite3").write_bytes(database)

    usual = last_line(run(installation, folder))
    expected = version(home, 1)
    assert usual["report"]["rejected"] == 18 and usual["report"]["accepted"] == 11_988
    assert usual["reads"] == [["a.jsonl", 0], ["b.jsonl", 0]]
    for point, versions_made in POINTS.items():
        fresh()
        name, _, nth = point.partition("@")
        killed = run(installation, folder, f"universe.files.{name}=kill{'@' + nth if nth else ''}")
        assert killed.returncode == -9, killed.stderr
        again = last_line(run(installation, folder))
        assert again["version"] == versions_made
        assert version(home, 1) == expected
        assert again["report"] == usual["report"]
        if name != "before_sweep":
            # Not from the beginning: at least one file, or a part of one, was not read again.
            assert again["reads"] != usual["reads"]
        assert not list((home / "universe" / "staging").iterdir())


def test_every_fault_point_of_loading_files_is_tried() -> None:
    declared = {
        name.removeprefix("universe.files.") for name in faults.POINTS if name.startswith("universe.files.")
    }
    assert declared == {point.partition("@")[0] for point in POINTS}


def test_another_content_or_mapping_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(csv_bytes(ANN, BO))
    assert files.Source(path, mapping()).roster().num_rows == 2
    path.write_bytes(csv_bytes(ANN, BO, CY))
    assert files.Source(path, mapping()).roster().num_rows == 3
    assert files.Source(path, mapping(bad_values="reject")).roster().num_rows == 3
    assert len(list(staging.home().iterdir())) == 3


def test_a_damaged_manifest_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(csv_bytes(ANN, BO))
    files.Source(path, mapping()).roster()
    (folder,) = staging.home().iterdir()
    for damage in (b"{", b'{"key": "x", "other": 1}'):
        (folder / "manifest.json").write_bytes(damage)
        assert files.Source(path, mapping()).roster().num_rows == 2
    (folder / "part-000001.arrow").unlink()
    assert files.Source(path, mapping()).roster().num_rows == 2


def test_only_one_reads_the_same_file_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(csv_bytes(ANN))
    given = mapping()
    assert given.as_of is not None
    with (
        staging.stage(places.find(path).places, given, as_of=given.as_of),
        pytest.raises(staging.ReadingUnderWay),
    ):
        files.Source(path, given).roster()


def test_what_nobody_comes_back_for_is_swept(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(csv_bytes(ANN))
    files.Source(path, mapping()).roster()
    (folder,) = staging.home().iterdir()
    assert staging.sweep_old() == []
    os.utime(folder, (0, 0))
    assert staging.sweep_old() == [folder.name] and not folder.exists()


def test_a_file_that_changes_while_it_is_read_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(csv_bytes(ANN, BO))
    real = manifests.write
    monkeypatch.setattr(staging, "PART_ROWS", 1)

    def write(*args: object) -> None:
        with path.open("ab") as file:
            file.write(b"more\n")
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(manifests, "write", write)
    with pytest.raises(staging.FileChanged):
        files.Source(path, mapping()).roster()
