"""Other rooms ask: domains in any spelling, facets, orders, erased people, many threads, forked workers."""

import os
import subprocess
import sys
import threading
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rollcall.core.errors import Invalid
from rollcall.universe import domains, engines, erasure, filters, search, versions
from rollcall.universe.engines.duckdb import connection
from rollcall.universe.search import CompanyQuery, PeopleQuery, PersonaQuery
from tests.universe.conftest import Load
from tests.universe.rosters import BOLT, CORE, person

# A version is files: what reads them is the same on every database.
pytestmark = pytest.mark.no_database

NEXT = date(2026, 2, 28)


@pytest.fixture(params=engines.NAMES, autouse=True)
def engine(request: pytest.FixtureRequest, settings: Any) -> None:
    if request.param == "spark":
        request.getfixturevalue("spark_here")
    settings.ROLLCALL_ENGINE = request.param


@pytest.fixture
def version(load: Load) -> int:
    return load(
        people=[
            person("ann", "c1", "Chief Executive Officer", since=date(2020, 1, 1)),
            person("bo", "c1", "VP Finance", since=date(2021, 1, 1)),
            person("cy", "c1", "VP of Finance & Operations", since=date(2019, 1, 1)),
            person("di", "c2", "Publicity Manager"),
            person("ed", "c2", "City Manager"),
        ]
    ).version


def who(
    version: int, *personas: PersonaQuery, company_ids: tuple[int, ...] = (1, 2, 3)
) -> list[tuple[int, int]]:
    rows = search.people(version=version, query=PeopleQuery(company_ids, personas))
    return list(zip(rows["company_id"].to_pylist(), rows["profile_id"].to_pylist(), strict=True))


def test_it_works(version: int) -> None:
    where = filters.parse(
        {"items": [{"field": "sector", "op": "is_any_of", "value": ["energy", "materials"]}]}
    )
    query = CompanyQuery(where=where, order_by="name", descending=True, limit=1)
    assert search.companies(version=version, query=query) == [2]
    assert search.count_companies(version=version, query=query) == 1
    assert search.count_after_each(version=version, query=query) == [2]
    assert search.count_after_each(version=version, query=CompanyQuery()) == []


def test_s1_included_and_excluded_companies(version: int) -> None:
    where = filters.parse({"items": [{"field": "sector", "op": "is", "value": "energy"}]})
    assert search.companies(version=version, query=CompanyQuery(where, include_ids=[3, 99])) == [1, 3]
    assert search.companies(version=version, query=CompanyQuery(where, include_ids=[3], exclude_ids=[1])) == [
        3
    ]
    assert search.companies(version=version, query=CompanyQuery(include_ids=[2])) == [2]
    assert search.companies(version=version, query=CompanyQuery(exclude_ids=[2])) == [1, 3]


def test_s1_pasted_domains_in_any_spelling(version: int) -> None:
    pasted = [
        "https://www.Acme.com/team?x=1",
        "ACME.COM",
        "bolt.io.",
        "info@bolt.io",
        "nowhere.example",
        "",
        "no domain",
    ]
    found = search.find_domains(version=version, domains=pasted)
    assert found.ids == {pasted[0]: 1, "ACME.COM": 1, "bolt.io.": 2, "info@bolt.io": 2}
    assert found.unmatched == ["nowhere.example", "", "no domain"]


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("http://shop.acme.co.uk:8080/x", "acme.co.uk"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("ａｃｍｅ.com", "acme.com"),
        ("one.github.io", "one.github.io"),
        ("//acme.com", "acme.com"),
        ("①②⑦.⓪.⓪.①", None),
        ("127.0.0.1", None),
        ("http://[::1", None),
        ("shop.acme.newsuffix", "acme.newsuffix"),
        ("com", None),
        ("x" * 5_000, None),
        ("a\0b.com", None),
    ],
)
def test_root_domains(text: str, root: str | None) -> None:
    assert domains.root_domain(text) == root


def test_p1_phrases_match_whole_words_and_abbreviations(version: int) -> None:
    assert who(version, PersonaQuery(titles=["city manager"])) == [(2, 5)]
    assert who(version, PersonaQuery(titles=["CEO"])) == [(1, 1)]
    assert who(version, PersonaQuery(titles=["president"])) == []
    assert who(version, PersonaQuery(titles=["vice president finance"])) == [(1, 2), (1, 3)]
    assert who(version, PersonaQuery(titles=["VP Fin"], titles_out=["operations"])) == [(1, 2)]
    assert who(version, PersonaQuery(countries=["ESPAÑA"])) == []
    assert who(version, PersonaQuery(countries=["spain"])) == [(2, 5), (2, 4)]


def test_p1_orders(version: int) -> None:
    def order(name: str) -> list[int]:
        return [number for _, number in who(version, PersonaQuery(titles=["VP Finance", "CEO"], order=name))]

    assert order("seniority") == [1, 2, 3], "the exact title before the longer one"
    assert order("tenure") == [3, 1, 2]


def test_e3_people_come_in_the_order_of_the_companies(version: int) -> None:
    persona = PersonaQuery(per_company=1)
    assert who(version, persona, company_ids=(2, 1, 2, 77)) == [(2, 5), (1, 1)]
    rows = search.people(version=version, query=PeopleQuery((2, 1), (persona,))).to_pylist()
    assert [(row["company_rank"], row["person_rank"], row["persona_mask"]) for row in rows] == [
        (1, 1, 1),
        (2, 1, 1),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        lambda: PersonaQuery(titles=["of the"]),
        lambda: PersonaQuery(seniorities=["boss"]),
        lambda: PersonaQuery(departments=["boss"]),
        lambda: PersonaQuery(order="age"),
        lambda: PersonaQuery(per_company=-1),
        lambda: CompanyQuery(order_by="age"),
        lambda: CompanyQuery(limit=-1),
        lambda: PeopleQuery((), tuple(PersonaQuery() for _ in range(64))),
    ],
)
def test_what_cannot_be_asked_is_refused(bad: Any) -> None:
    with pytest.raises(Invalid):
        bad()


def test_facets_count_values_that_begin_so(version: int) -> None:
    assert search.facets(version=version, field="sector") == [("Energy", 1), ("Materials", 1)]
    assert search.facets(version=version, field="name", prefix="ÇORE ag") == [("Çore ＡＧ", 1)]
    assert search.facets(version=version, field="sector", limit=1) == [("Energy", 1)]
    with pytest.raises(search.UnknownFacet):
        search.facets(version=version, field="employees")


def test_unknown_pairs_and_ids_are_empty_not_an_error(version: int) -> None:
    pairs = pa.table({"company_id": pa.array([1, 99]), "profile_id": pa.array([99, 1])})
    rows = search.position_rows(version=version, pairs=pairs).to_pylist()
    assert [(row["title"], row["full_name"], row["company_name"]) for row in rows] == [
        (None, None, "Acme"),
        (None, "Ann Doe", None),
    ]
    assert search.company_rows(version=version, ids=[99]).num_rows == 0
    assert search.role_history(version=version, profile_id=99).num_rows == 0
    empty = pairs.slice(0, 0)
    assert search.position_rows(version=version, pairs=empty).num_rows == 0
    assert search.current_elsewhere(version=version, pairs=empty).num_rows == 0


def test_x2_erased_people_are_gone_from_every_version_and_never_come_back(
    load: Load, version: int, now: datetime
) -> None:
    assert erasure.block(keys=["handmade:ann"], profile_id=1, now=now) == 1
    assert erasure.block(keys=["handmade:ann"], profile_id=1, now=now) == 0
    assert erasure.block(keys=["handmade:di"], now=now) == 1
    _is_gone(version)
    people = [
        person("ann", "c1", "CEO", NEXT),
        person("bo", "c1", "VP Finance", NEXT),
        person("new", "c2", "CEO", NEXT),
    ]
    report = load(people=people, as_of=NEXT)
    assert (report.erased_left_out, report.new_people) == (1, 1)
    _is_gone(report.version)
    rows = search.position_rows(version=report.version, pairs=_pair(2, 6))
    assert rows["full_name"].to_pylist() == ["New Doe"], "the id of somebody erased is not used again"
    for path in versions.path(report.version).glob("*.parquet"):
        assert not {"ann", "di"} & {text.removeprefix("handmade:") for text in _texts(path)}


def _texts(path: Path) -> set[str]:
    cells = (cell for column in pq.read_table(path).to_pydict().values() for cell in column)
    return {cell.lower() for cell in cells if isinstance(cell, str)}


def _is_gone(version: int) -> None:
    assert (1, 1) not in who(version, PersonaQuery())
    row = search.position_rows(version=version, pairs=_pair(1, 1)).to_pylist()[0]
    assert (row["profile_id"], row["full_name"], row["title"]) == (1, None, None)
    assert search.role_history(version=version, profile_id=1).num_rows == 0
    assert search.current_elsewhere(version=version, pairs=_pair(1, 1)).num_rows == 0


def test_an_erased_person_frees_the_place_for_the_next(version: int, now: datetime) -> None:
    first = PersonaQuery(per_company=1)
    assert who(version, first, company_ids=(1,)) == [(1, 1)]
    erasure.block(keys=["handmade:ann"], profile_id=1, now=now)
    assert who(version, first, company_ids=(1,)) == [(1, 3)]


def test_many_threads_at_once_get_their_own_answers(version: int) -> None:
    """The engine's tables are named alike in every thread; none may see another's."""
    engine = engines.opener("duckdb")(versions.path(version))
    wrong: list[object] = []

    def ask(number: int) -> None:
        for _ in range(30):
            company = 1 + number % 2
            rows = engine.people(PeopleQuery((company,), (PersonaQuery(),)), ())
            if set(rows["company_id"].to_pylist()) != {company}:
                wrong.append(rows)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not wrong and not any(thread.is_alive() for thread in threads)


FORKER = """
import os, sys
from pathlib import Path
from rollcall.universe import engines
from rollcall.universe.queries import CompanyQuery
opener, folder = engines.opener("duckdb"), Path(sys.argv[1])
before = opener(folder).companies(CompanyQuery())
child = os.fork()
if child == 0:
    sys.exit(0 if opener(folder).companies(CompanyQuery()) == before else 1)
status = os.waitpid(child, 0)[1]
print(status, opener(folder).companies(CompanyQuery()) == before)
"""


def test_a_forked_worker_opens_its_own_and_ends_in_good_order(version: int) -> None:
    """Closing the parent's database would abort the child: its threads are not there."""
    command = [sys.executable, "-W", "ignore", "-c", FORKER, str(versions.path(version))]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.split() == ["0", "True"]


def test_what_killed_searches_left_on_disk_is_swept(version: int) -> None:
    spills = versions.home().parent / "tmp"
    (spills / "duckdb-999999999").mkdir(parents=True)
    (spills / f"duckdb-{os.getpid()}").mkdir(exist_ok=True)
    connection.Database(versions.home())
    assert {path.name for path in spills.iterdir()} == {f"duckdb-{os.getpid()}"}


def test_the_engine_reads_nothing_but_the_universe(version: int) -> None:
    base = connection.database(versions.home())
    for sql in (
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM 'https://example.com/x.parquet'",
        "COPY (SELECT 1 AS a) TO '/tmp/out.csv'",
        "ATTACH '/tmp/other.db'",
        "INSTALL httpfs",
        "SET memory_limit = '100GB'",
        "SET enable_external_access = true",
    ):
        with pytest.raises(
            Exception, match=r"(?i)disabled|locked|configuration|not allowed|permission|not exist"
        ):
            base.execute(sql)


def test_a_load_that_is_rolled_back_is_not_answered_from_memory(load: Load, settings: Any) -> None:
    """Opened versions are remembered by their files, not by their number alone."""
    first = load(people=[person("ann", "c1", "CEO")]).version
    assert search.count_companies(version=first, query=CompanyQuery()) == 3
    settings.ROLLCALL_HOME = settings.ROLLCALL_HOME / "another"
    with pytest.raises(versions.VersionDamaged):
        search.count_companies(version=first, query=CompanyQuery())


def test_an_engine_that_does_not_exist_is_named(version: int, settings: Any) -> None:
    settings.ROLLCALL_ENGINE = "abacus"
    with pytest.raises(engines.UnknownEngine, match="duckdb, memory"):
        search.companies(version=version, query=CompanyQuery())


def test_facts_of_a_company_come_whole(version: int) -> None:
    rows = search.company_rows(version=version, ids=[3, 2]).to_pylist()
    assert [row["name"] for row in rows] == [CORE["name"], BOLT["name"]]
    assert rows[0]["source_key"] == "c3" and rows[0]["founded_year"] == 1999


def _pair(company_id: int, profile_id: int) -> pa.Table:
    return pa.table({"company_id": pa.array([company_id]), "profile_id": pa.array([profile_id])})
