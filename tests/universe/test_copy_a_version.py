"""A version is copied to a store, read back and compared; whatever is wrong there is told, never passed over."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from typer.testing import CliRunner

from rollcall.server import console
from rollcall.universe import stores, versions

# What a load makes of people does not depend on the database, which only keeps that there was one.
pytestmark = pytest.mark.no_database

URL = "memory://store/universe"


@pytest.fixture(autouse=True)
def store() -> Iterator[Any]:
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    yield memory
    memory.store.clear()


def test_it_works(random_universe: int, store: Any) -> None:
    copied = stores.copy(number=3, url=URL)
    folder = versions.path(3)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    assert copied.url == f"{URL}/v000003" and copied.files == len(files)
    for path in files:
        assert store.cat_file(f"/store/universe/v000003/{path.name}") == path.read_bytes()


def test_a_folder_on_this_computer_is_a_store(random_universe: int, tmp_path: Path) -> None:
    copied = stores.copy(number=1, url=f"file://{tmp_path}/backup")
    manifest = json.loads((tmp_path / "backup" / "v000001" / "manifest.json").read_text())
    assert manifest == versions.get(1).manifest
    assert copied.written == copied.files - 1


def test_twice_only_checks(random_universe: int) -> None:
    assert stores.copy(number=3, url=URL).written > 0
    assert stores.copy(number=3, url=URL).written == 0


def test_what_was_damaged_there_is_written_again(random_universe: int, store: Any) -> None:
    stores.copy(number=3, url=URL)
    path = "/store/universe/v000003/positions.parquet"
    store.pipe_file(path, store.cat_file(path)[:-1] + b"?")
    assert stores.copy(number=3, url=URL).written == 1
    assert store.cat_file(path) == (versions.path(3) / "positions.parquet").read_bytes()


def test_a_copy_that_was_cut_off_has_no_manifest(
    random_universe: int, store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spark reads the manifest first, so a half copy is no version."""

    def cut(path: str, *_: Any, **__: Any) -> Any:
        if path.endswith("profiles.parquet"):
            raise OSError("connection reset")
        return whole(path, *_, **__)

    whole = store.open
    monkeypatch.setattr(type(store), "open", lambda self, path, *args, **more: cut(path, *args, **more))
    with pytest.raises(stores.StoreAway, match="connection reset"):
        stores.copy(number=3, url=URL)
    monkeypatch.undo()
    assert not store.exists("/store/universe/v000003/manifest.json")
    assert 0 < stores.copy(number=3, url=URL).written < len(versions.get(3).manifest["sha256"])


def test_another_version_of_that_name_is_left_alone(random_universe: int, store: Any) -> None:
    store.pipe_file("/store/universe/v000003/manifest.json", b'{"sha256": {}}')
    with pytest.raises(stores.OtherCopy):
        stores.copy(number=3, url=URL)
    assert store.cat_file("/store/universe/v000003/manifest.json") == b'{"sha256": {}}'


def test_damage_here_is_not_passed_on(random_universe: int, store: Any) -> None:
    path = versions.path(3) / "profiles.parquet"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"?")
    with pytest.raises(versions.VersionDamaged):
        stores.copy(number=3, url=URL)
    assert not store.exists("/store/universe/v000003/profiles.parquet")


@pytest.mark.parametrize("url", ["/tmp/x", "nowhere://x", "", "http"])
def test_what_is_no_store_is_refused(random_universe: int, url: str) -> None:
    with pytest.raises(stores.BadStore):
        stores.copy(number=3, url=url)


def test_an_unknown_version_is_named(random_universe: int) -> None:
    with pytest.raises(versions.UnknownVersion, match="99"):
        stores.copy(number=99, url=URL)


def test_the_command_says_what_is_there_now(random_universe: int, tmp_path: Path) -> None:
    from rollcall.server.main import app

    told = CliRunner().invoke(app, ["universe", "copy", "v000003", f"file://{tmp_path}/backup", "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["url"].endswith("/v000003")
    wrong = CliRunner().invoke(app, ["universe", "copy", "newest", f"file://{tmp_path}/backup"])
    assert isinstance(wrong.exception, console.errors.Invalid)
