"""Spark reads a version from its folder, a store or a catalog; on a real cluster, in a fork, after Java died."""

import os
import select
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollcall.universe import engines, stores, versions
from rollcall.universe.engine import Engine
from rollcall.universe.engines.spark import places, session
from rollcall.universe.queries import CompanyQuery, PeopleQuery, PersonaQuery
from tests.universe import spark
from tests.universe.test_engines_agree import groups
from tests.universe.test_link_on_spark import assert_linked_alike

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("spark_here")]
# On a computer that does ten other things a Java process takes a minute to answer.
ENOUGH = 240
EVERYONE = PeopleQuery(range(60, 0, -1), (PersonaQuery(), PersonaQuery(titles=["CFO"], per_company=2)))


@pytest.fixture
def memory(random_universe: int) -> Engine:
    return engines.opener("memory")(versions.path(random_universe))


def opened(folder: Path) -> Any:
    return engines.opener("spark")(folder)


def assert_alike(engine: Any, memory: Engine) -> None:
    wheres = groups()[:12]
    assert engine.companies_of_each(wheres) == [memory.companies(CompanyQuery(where)) for where in wheres]
    assert engine.people(EVERYONE, set()).equals(memory.people(EVERYONE, set()))
    assert engine.people_facets(EVERYONE, {7}, 3) == memory.people_facets(EVERYONE, {7}, 3)


def test_a_path_is_no_pattern(random_universe: int, memory: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "a [b] {c,d} é*?" / "v000003"
    shutil.copytree(versions.path(random_universe), folder)
    assert opened(folder).count_companies(CompanyQuery()) == 60


def test_a_copy_in_a_store_is_read(
    random_universe: int, memory: Engine, tmp_path: Path, settings: Any
) -> None:
    settings.ROLLCALL_SPARK_TABLES = f"file://{tmp_path}/store"
    with pytest.raises(places.NoTables, match="v000003"):
        opened(versions.path(3)).count_companies(CompanyQuery())
    stores.copy(number=3, url=settings.ROLLCALL_SPARK_TABLES)
    assert_alike(opened(versions.path(3)), memory)
    shutil.copytree(tmp_path / "store" / "v000003", tmp_path / "store" / "v000002")
    with pytest.raises(places.OtherVersion):
        opened(versions.path(2)).count_companies(CompanyQuery())


def test_tables_of_a_catalog_are_read(
    random_universe: int, memory: Engine, tmp_path: Path, settings: Any
) -> None:
    """As on Databricks: a schema a version, and each table says which version it holds."""
    ask = session.session().sql
    ask("CREATE DATABASE rollcall_v000003")
    try:
        for name in ("companies", "positions", "profiles", "keys"):
            stem = f"{versions.path(3)}/{name}.parquet"
            ask(f"CREATE TABLE rollcall_v000003.{name} USING PARQUET LOCATION 'file:{stem}'")
        settings.ROLLCALL_SPARK_TABLES = "spark_catalog.rollcall_{version}"
        with pytest.raises(places.OtherVersion, match="no version"):
            opened(versions.path(3)).count_companies(CompanyQuery())
        for name in ("companies", "positions", "profiles", "keys"):
            ask(f"ALTER TABLE rollcall_v000003.{name} SET TBLPROPERTIES ('rollcall.version' = '3')")
        assert_alike(opened(versions.path(3)), memory)
        with pytest.raises(places.NoTables):
            opened(versions.path(2)).count_companies(CompanyQuery())
    finally:
        ask("DROP DATABASE rollcall_v000003 CASCADE")


@pytest.mark.parametrize("value", ["a b", "x; DROP TABLE y", "`a`.b", "a.b.c.d", "{version}{other}", "é.b"])
def test_what_is_no_place_is_refused(random_universe: int, settings: Any, value: str) -> None:
    settings.ROLLCALL_SPARK_TABLES = value
    with pytest.raises(places.BadTables):
        opened(versions.path(3)).count_companies(CompanyQuery())


def test_when_java_dies_the_next_question_starts_another(random_universe: int) -> None:
    engine = opened(versions.path(3))
    assert engine.count_companies(CompanyQuery()) == 60
    first = session.number()
    os.kill(session.java_pid(), signal.SIGKILL)
    time.sleep(1)
    assert engine.count_companies(CompanyQuery()) == 60
    assert session.number() == first + 1


def test_when_its_folder_is_swept_the_next_question_starts_another(
    random_universe: int, tmp_path: Path, settings: Any
) -> None:
    """Java would go on and fail at the first answer that does not fit into memory."""
    session.stop()
    settings.ROLLCALL_SPARK_SPILLS = str(tmp_path / "spills")
    engine = opened(versions.path(3))
    assert engine.count_companies(CompanyQuery()) == 60
    shutil.rmtree(tmp_path / "spills")
    assert engine.people(EVERYONE, set()).num_rows > 0
    assert (tmp_path / "spills").is_dir()


def test_a_forked_child_starts_its_own(random_universe: int) -> None:
    engine = opened(versions.path(3))
    assert engine.count_companies(CompanyQuery()) == 60
    java = session.java_pid()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            found = engine.count_companies(CompanyQuery())
            os.write(write, f"{found} {session.java_pid() != java}".encode())
            session.stop()
        finally:
            os._exit(0)
    os.close(write)
    try:
        ready, _, _ = select.select([read], [], [], ENOUGH)
        assert ready and os.read(read, 100) == b"60 True"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(read)
    assert engine.count_companies(CompanyQuery()) == 60
    assert session.java_pid() == java


@pytest.fixture
def cluster(
    spark_here: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[spark.Cluster]:
    folder = tmp_path / "cluster"
    folder.mkdir()
    session.stop()
    with spark.cluster(folder) as started:
        settings.ROLLCALL_SPARK_MASTER = started.address
        settings.ROLLCALL_SPARK_MEMORY = "512m"
        monkeypatch.setenv("SPARK_CONF_DIR", str(started.conf))
        monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        yield started
        session.stop()


def test_a_master_and_two_workers_answer_alike(
    cluster: spark.Cluster, random_universe: int, memory: Engine
) -> None:
    """Both workers take part and link records too; when one of them is killed, the other finishes the work."""
    engine = opened(versions.path(3))
    assert engine.count_companies(CompanyQuery()) == 60
    executors = session.session().sparkContext._jsc.sc().getExecutorMemoryStatus
    deadline = time.monotonic() + ENOUGH
    while executors().size() < 3 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert executors().size() == 3, "the driver and two workers"
    assert_alike(engine, memory)
    pairs = memory.people(EVERYONE, set()).select(["company_id", "profile_id"])
    assert engine.position_rows(pairs).equals(memory.position_rows(pairs))
    assert assert_linked_alike("FEBRL 4", 200) > 0
    cluster.processes[2].kill()
    assert_alike(engine, memory)
