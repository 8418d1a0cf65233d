"""Someone loads a roster: who joined, left, changed title; ids; what is refused; what the version then says."""

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rollcall.universe import ingest, publication, records, search, titles, versions
from rollcall.universe.search import CompanyQuery
from rollcall.universe.sources.source import Terms, terms_of
from tests.universe.conftest import Load
from tests.universe.rosters import ACME, BOLT, CORE, DAY, Handmade, person

# What a load makes of people does not depend on the database, which only keeps that there was one.
pytestmark = pytest.mark.no_database

NEXT = date(2026, 2, 28)
LATER = date(2026, 3, 31)


def row(profile_id: int, company_id: int, version: int | None = None) -> dict[str, Any]:
    pairs = pa.table({"company_id": pa.array([company_id]), "profile_id": pa.array([profile_id])})
    found = search.position_rows(version=version or versions.current() or 0, pairs=pairs)
    return dict(found.to_pylist()[0])


def test_it_works(load: Load) -> None:
    report = load(people=[person("ann", "c1", "CEO"), person("bo", "c2", "Sales Manager")])
    assert (report.version, report.companies, report.people, report.joined, report.left) == (1, 3, 2, 2, 0)
    assert versions.current() == 1 and versions.get(1).as_of == DAY
    ann = row(1, 1)
    assert (ann["full_name"], ann["title"], ann["seniority"], ann["company_domain"]) == (
        "Ann Doe",
        "CEO",
        "c_suite",
        "acme.com",
    )
    assert (ann["started_on"], ann["ended_on"], ann["source"]) == (DAY, None, "handmade")


def test_place_defaults_to_the_headquarters(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO"), person("bo", "c1", "CFO", country="Italy")])
    assert (row(1, 1)["country"], row(1, 1)["city"]) == ("France", "Lyon")
    assert (row(2, 1)["country"], row(2, 1)["city"]) == ("Italy", None)


def test_f3_who_is_missing_from_a_company_in_the_roster_has_left(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO"), person("bo", "c1", "CFO"), person("cy", "c2", "CFO")])
    report = load(people=[person("ann", "c1", "CEO", NEXT)], as_of=NEXT)
    assert (report.joined, report.left) == (0, 1)
    bo = row(2, 1)
    assert (bo["title"], bo["ended_on"], bo["last_seen_on"], bo["noticed_on"]) == ("CFO", DAY, DAY, NEXT)
    assert row(3, 2)["ended_on"] is None, "nothing is known about a company that the roster does not name"


def test_a_title_change_ends_the_spell_and_starts_another(load: Load) -> None:
    load(people=[person("ann", "c1", "CFO", since=date(2020, 5, 1))])
    since = date(2026, 2, 10)
    report = load(people=[person("ann", "c1", "CEO", NEXT, since=since)], as_of=NEXT)
    assert (report.title_changed, report.joined, report.left) == (1, 0, 0)
    now, before = search.role_history(version=2, profile_id=1).to_pylist()
    assert (now["title"], now["started_on"], now["ended_on"]) == ("CEO", since, None)
    assert (before["title"], before["started_on"], before["ended_on"]) == ("CFO", date(2020, 5, 1), DAY)
    assert before["noticed_on"] == NEXT
    assert now["first_seen_on"] == date(2020, 5, 1), "the first day at the company, whatever the title"


def test_a_title_spelled_differently_goes_on(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO")])
    report = load(people=[person("ann", "c1", "Chief Executive Officer", NEXT)], as_of=NEXT)
    assert (report.title_changed, report.respelled) == (0, 1)
    (spell,) = search.role_history(version=2, profile_id=1).to_pylist()
    assert (spell["title"], spell["started_on"], spell["last_seen_on"]) == (
        "Chief Executive Officer",
        DAY,
        NEXT,
    )


def test_who_returns_starts_a_new_spell_under_the_same_id(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO"), person("bo", "c1", "CFO")])
    load(people=[person("bo", "c1", "CFO", NEXT)], as_of=NEXT)
    report = load(people=[person("ann", "c1", "CEO", LATER), person("bo", "c1", "CFO", LATER)], as_of=LATER)
    assert (report.joined, report.new_people) == (1, 0)
    spells = search.role_history(version=3, profile_id=1).to_pylist()
    assert [(s["started_on"], s["ended_on"], s["first_seen_on"]) for s in spells] == [
        (LATER, None, DAY),
        (DAY, DAY, DAY),
    ]


def test_f2_who_moved_is_found_at_the_new_company(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO"), person("bo", "c1", "CFO")])
    load(people=[person("ann", "c2", "Chair", NEXT), person("bo", "c1", "CFO", NEXT)], as_of=NEXT)
    pairs = pa.table({"company_id": pa.array([1, 1]), "profile_id": pa.array([1, 2])})
    (moved,) = search.current_elsewhere(version=2, pairs=pairs).to_pylist()
    assert (moved["profile_id"], moved["company_id"], moved["now_company_id"]) == (1, 1, 2)
    assert (moved["now_company_name"], moved["now_title"], moved["now_first_seen_on"]) == (
        "Bolt",
        "Chair",
        NEXT,
    )


def test_a_second_seat_from_before_is_no_move(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO"), person("ann", "c2", "Chair", since=date(2020, 1, 1))])
    load(people=[person("bo", "c1", "CEO", NEXT)], as_of=NEXT)
    pairs = pa.table({"company_id": pa.array([1]), "profile_id": pa.array([1])})
    assert search.current_elsewhere(version=2, pairs=pairs).num_rows == 0


def test_ids_never_change_and_are_never_used_again(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO")], facts=[ACME])
    load(people=[person("bo", "c2", "CEO", NEXT)], as_of=NEXT, facts=[BOLT])
    load(
        people=[person("cy", "c1", "CEO", LATER), person("ann", "c3", "CFO", LATER)],
        as_of=LATER,
        facts=[CORE, ACME],
    )
    names = search.company_rows(version=3, ids=[1, 2, 3])["name"].to_pylist()
    assert names == ["Acme", "Bolt", "Çore ＡＧ"]
    assert [row(number, where)["full_name"] for number, where in ((1, 3), (2, 2), (3, 1))] == [
        "Ann Doe",
        "Bo Doe",
        "Cy Doe",
    ]


def test_c6_companies_with_one_root_domain_are_one(load: Load) -> None:
    """A second source that writes the domain as a URL finds the company that is known already."""
    load(people=[person("ann", "c1", "CEO")])
    other = {"company_id": "x9", "domain": "https://www.ACME.com/en", "name": "Acme Inc.", "employees": 5}
    report = load(people=[person("zed", "x9", "CEO")], name="other", facts=[other])
    assert report.new_companies == 0
    company = search.company_rows(version=2, ids=[1]).to_pylist()[0]
    assert (company["name"], company["employees"], company["sector"]) == ("Acme Inc.", 5, "Energy")


def test_two_companies_of_one_load_with_one_domain_are_one(load: Load) -> None:
    twin = {"company_id": "c9", "domain": "www.acme.com", "name": "Acme Holdings"}
    report = load(
        people=[person("ann", "c1", "CFO"), person("ann", "c9", "CEO", date(2026, 1, 1))], facts=[ACME, twin]
    )
    assert (report.companies, report.positions, report.collapsed_duplicates) == (1, 1, 1)
    assert row(1, 1)["title"] == "CFO", "seen last"


def test_c6_a_new_domain_of_a_known_company_names_another_row_of_the_same_load(load: Load) -> None:
    load(people=[person("ann", "c3", "CEO")], facts=[CORE])
    twin = {"company_id": "c9", "domain": "core.ch", "name": "Core"}
    report = load(
        people=[person("bo", "c9", "CEO", NEXT)], as_of=NEXT, facts=[CORE | {"domain": "core.ch"}, twin]
    )
    assert (report.companies, report.new_companies) == (1, 0)


def test_a_person_and_a_company_with_the_same_key_are_not_confused(load: Load) -> None:
    twins = [{"company_id": "2", "name": "Two"}, {"company_id": "1", "name": "One"}]
    for day in (DAY, NEXT):
        report = load(
            people=[person("1", "1", "CEO", day), person("2", "1", "CFO", day)], as_of=day, facts=twins
        )
    assert (report.new_people, report.new_companies, report.joined, report.left) == (0, 0, 0, 0)


def test_a_company_without_a_domain_keeps_its_id_when_it_gets_one(load: Load) -> None:
    load(people=[person("ann", "c3", "CEO")], facts=[CORE])
    load(people=[person("ann", "c3", "CEO", NEXT)], as_of=NEXT, facts=[CORE | {"domain": "core.ch"}])
    assert search.find_domains(version=2, domains=["core.ch"]).ids == {"core.ch": 1}
    load(people=[person("ann", "c3", "CEO", LATER)], as_of=LATER, facts=[CORE | {"domain": "core.com"}])
    found = search.find_domains(version=3, domains=["core.ch", "core.com"])
    assert found.ids == {"core.ch": 1, "core.com": 1}, "a former domain still finds the company"


def test_sources_do_not_end_each_others_positions(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO")])
    load(people=[person("zed", "c1", "CFO")], name="other")
    assert row(1, 1)["ended_on"] is None


def test_facts_that_a_load_does_not_tell_stay(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO")])
    load(people=[person("ann", "c1", "CEO", NEXT)], as_of=NEXT, facts=[{"company_id": "c1"}])
    company = search.company_rows(version=2, ids=[1]).to_pylist()[0]
    assert (company["name"], company["employees"], company["size_band"]) == ("Acme", 4_000, "1001-5000")
    assert (company["source"], company["observed_on"]) == ("handmade", NEXT)


def test_a_version_never_changes(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO")])
    before = {path.name: path.read_bytes() for path in versions.path(1).iterdir()}
    load(people=[person("bo", "c1", "CEO", NEXT)], as_of=NEXT)
    assert {path.name: path.read_bytes() for path in versions.path(1).iterdir()} == before
    assert row(1, 1, version=1)["ended_on"] is None and row(1, 1, version=2)["ended_on"] == DAY


def test_the_manifest_tells_counts_and_checksums(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO")])
    manifest = versions.get(1).manifest
    told = {"companies": 3, "positions": 1, "profiles": 1, "keys": 6}
    assert {name: manifest["rows"][name] for name in told} == told
    assert sorted(manifest["sha256"]) == sorted(f"{name}.parquet" for name in records.TABLES)
    stored = pq.read_table(versions.path(1) / "positions.parquet")
    assert stored["title_words"].to_pylist() == [" chief executive officer "]


def test_loading_the_same_day_again_changes_nothing(load: Load) -> None:
    people = [person("ann", "c1", "CEO"), person("bo", "c2", "CFO")]
    load(people=people)
    report = load(people=people)
    assert (report.version, report.joined, report.left, report.title_changed, report.new_people) == (
        2,
        0,
        0,
        0,
        0,
    )
    for name in ("companies", "positions", "profiles", "keys"):
        assert pq.read_table(versions.path(1) / f"{name}.parquet").equals(
            pq.read_table(versions.path(2) / f"{name}.parquet")
        )


def test_an_older_snapshot_is_refused(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO", NEXT)], as_of=NEXT)
    with pytest.raises(ingest.OlderThanKnown, match="2026-02-28"):
        load(people=[person("ann", "c1", "CEO")])
    assert versions.current() == 1
    load(people=[person("ann", "c1", "CEO")], name="other")


def test_a_snapshot_of_tomorrow_is_refused(load: Load, now: datetime) -> None:
    with pytest.raises(ingest.FromTheFuture):
        load(people=[person("ann", "c1", "CEO")], as_of=date(2027, 1, 1))


def test_an_empty_roster_is_refused(load: Load) -> None:
    with pytest.raises(ingest.EmptyRoster):
        load(people=[])


def test_a_roster_of_companies_never_described_is_refused(load: Load) -> None:
    with pytest.raises(ingest.CompaniesMissing, match="c7"):
        load(people=[person("ann", "c7", "CEO")])
    assert versions.current() is None


def test_only_one_load_at_a_time(load: Load) -> None:
    with publication.one_at_a_time(), pytest.raises(publication.LoadUnderWay):
        load(people=[person("ann", "c1", "CEO")])
    load(people=[person("ann", "c1", "CEO")])


def test_titles_are_read_again_when_the_rules_changed(
    load: Load, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(people=[person("ann", "c1", "CEO")])
    monkeypatch.setattr("rollcall.universe.titles.RULES_VERSION", titles.RULES_VERSION + 1)
    monkeypatch.setattr("rollcall.universe.titles.words", lambda title: " altered ")
    load(people=[person("bo", "c2", "CEO", NEXT)], as_of=NEXT)
    stored = pq.read_table(versions.path(2) / "positions.parquet")
    assert stored["title_words"].to_pylist() == [" altered ", " altered "]


def test_searching_before_the_first_load_says_so(db: None) -> None:
    with pytest.raises(versions.UnknownVersion):
        search.companies(version=1, query=CompanyQuery())
    assert versions.current() is None and versions.list_() == []


def test_handmade_is_a_source() -> None:
    assert Handmade(people=[]).roster().num_rows == 0


def test_a_version_written_before_there_were_redirects_is_read(load: Load) -> None:
    load(people=[person("ann", "c1", "CEO")])
    (versions.path(1) / "redirects.parquet").unlink()
    assert records.read(versions.path(1), "redirects").num_rows == 0
    assert load(people=[person("ann", "c1", "CEO", NEXT)], as_of=NEXT).new_people == 0


def test_a_source_that_says_nothing_of_itself_is_a_full_roster() -> None:
    assert terms_of(Handmade(people=[])) == Terms(licence="", lawful_basis="", is_complete=True)
