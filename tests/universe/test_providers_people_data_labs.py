"""Records in the public schema of People Data Labs become positions and companies; past jobs become ended ones."""

import random
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from rollcall.universe import ingest, providers, search, versions
from rollcall.universe.providers import registry, walking
from rollcall.universe.providers.told import RecordRefused, Told
from rollcall.universe.search import CompanyQuery
from rollcall.universe.sources.source import terms_of
from tests.universe import provider_samples
from tests.universe.fake_provider import Clock, Fake, listening
from tests.universe.provider_examples import small

DAY = date(2026, 9, 1)
PDL = registry.get("people_data_labs")
QUERY = {"query": {"term": {"job_company_website": "acme.com"}}}
ANA: dict[str, Any] = {
    "id": "qEnOZ_0000",
    "full_name": "Ana Ruiz",
    "first_name": "Ana",
    "last_name": "Ruiz",
    "linkedin_url": "linkedin.com/in/ana-ruiz",
    "work_email": "Ana@Acme.com",
    "mobile_phone": "612 34 56 78",
    "job_title": "Chief Financial Officer",
    "job_company_id": "acme-co",
    "job_company_name": "Acme",
    "job_company_website": "www.acme.com/about",
    "job_company_employee_count": 4000,
    "job_company_founded": 1999,
    "job_company_industry": "Mining",
    "job_company_location_country": "France",
    "job_start_date": "2021-03",
    "job_last_verified": "2026-08-20",
    "location_country": "Spain",
    "location_region": "Madrid",
    "location_locality": "Madrid",
    "experience": [
        {"is_primary": True, "company": {"id": "acme-co", "name": "Acme"}, "title": {"name": "CFO"}, "end_date": None},
        {"is_primary": False, "company": {"id": "acme-co", "name": "Acme", "website": "acme.com"},
         "title": {"name": "Controller"}, "start_date": "2018", "end_date": "2021-03"},
        {"is_primary": False, "company": {"id": "bolt", "name": "Bolt", "website": "bolt.io"},
         "title": {"name": "Analyst"}, "start_date": "2015-06-01", "end_date": "2017-02"},
        {"is_primary": False, "company": {"id": "bolt", "name": "Bolt", "website": "bolt.io"},
         "title": {"name": "Intern"}, "start_date": "2014", "end_date": "2015"},
        {"is_primary": False, "company": {"name": "Çore ＡＧ"}, "title": {"name": "Trainee"}, "end_date": "2013"},
    ],
}  # fmt: skip


def rows(**changed: Any) -> dict[str, dict[str, Any]]:
    """The rows of Ana's record, by company."""
    return {row["company_id"]: row for row in PDL.mapping.people(Told(ANA | changed), as_of=DAY)}


def test_the_present_job() -> None:
    now = rows()["acme-co"]
    assert (now["person_id"], now["full_name"], now["title"]) == (
        "qEnOZ_0000",
        "Ana Ruiz",
        "Chief Financial Officer",
    )
    assert (now["since"], now["last_seen"], now["until"]) == (date(2021, 3, 1), date(2026, 8, 20), None)
    assert now["profile_url"] == "https://linkedin.com/in/ana-ruiz"
    assert (now["email"], now["city"], now["country"]) == ("ana@acme.com", "Madrid", "Spain")
    assert now["phone"] == "+34612345678", "a number without its country's is of the person's country"
    # The former title at the same company says since when she is there.
    assert now["first_seen"] == date(2018, 1, 1)


def test_past_jobs_are_ended_positions_one_for_each_company() -> None:
    """A month or a year without a day: as a start its first day, as an end its last."""
    past = {company: row for company, row in rows().items() if row["until"]}
    assert set(past) == {"bolt", "name:çore ag"}
    bolt = past["bolt"]
    assert (bolt["title"], bolt["since"], bolt["until"]) == ("Analyst", date(2015, 6, 1), date(2017, 2, 28))
    assert bolt["first_seen"] == date(2014, 1, 1) and bolt["last_seen"] == bolt["until"]
    assert past["name:çore ag"]["until"] == date(2013, 12, 31)


@pytest.mark.parametrize(
    ("entry", "until"),
    [
        ({"end_date": "2026"}, DAY),
        ({"end_date": "2031-05"}, DAY),
        ({"start_date": "2020", "end_date": "2019"}, "absent"),
        ({"end_date": None}, "absent"),
        ({"end_date": None, "last_seen": "2026-07-01"}, None),
        ({"end_date": None, "last_seen": "2020-07-01"}, "absent"),
        ({"end_date": "soon"}, "absent"),
        ({"end_date": "2020", "title": None}, "absent"),
        ({"end_date": "2020", "company": None}, "absent"),
        ({"end_date": "2020", "company": {"name": None, "website": "no website"}}, "absent"),
    ],
)
def test_ends_that_are_not_plain(entry: dict[str, Any], until: Any) -> None:
    """What has no end is taken for present only if somebody saw it lately; a wrong "present" would cost a credit."""
    whole = {"company": {"id": "dorn"}, "title": {"name": "Adviser"}} | entry
    found = rows(experience=[whole]).get("dorn", {"until": "absent"})
    assert found["until"] == until


@pytest.mark.parametrize("shown", [True, False, None, "no address", ""])
def test_what_a_free_plan_does_not_show_is_unknown(shown: Any) -> None:
    """There, contact fields are true or false in place of their text."""
    hidden = {"work_email": shown, "mobile_phone": shown}
    told = Told(ANA | hidden | {"location_locality": True, "location_region": False})
    now = next(iter(PDL.mapping.people(told, as_of=DAY)))
    assert [now[name] for name in ("email", "phone", "city", "region")] == [None] * 4 and told.problems == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"id": None}, "id is missing"),
        ({"full_name": 5}, "full_name is a number, not text"),
        ({"job_title": None, "experience": None}, "it names no position at a company"),
    ],
)
def test_a_record_without_a_person_or_a_job_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(RecordRefused) as told:
        rows(**changed)
    assert told.value.details["reason"] == reason


def test_the_companies_of_a_person() -> None:
    found = {c["company_id"]: c for c in PDL.mapping.companies(Told(ANA), as_of=DAY) if c.get("employees")}
    acme = found["acme-co"]
    assert (acme["domain"], acme["name"], acme["employees"], acme["founded_year"]) == (
        "acme.com",
        "Acme",
        4000,
        1999,
    )
    everywhere = {c["company_id"] for c in PDL.mapping.companies(Told(ANA), as_of=DAY)}
    assert everywhere == {"acme-co", "bolt", "name:çore ag"}


def test_a_company_record() -> None:
    told = {
        "id": "acme-co", "name": "acme", "display_name": "Acme", "website": "acme.com", "ticker": "ACM",
        "gics_sector": "Materials", "industry": "mining", "employee_count": 4100, "founded": 1999,
        "location": {"country": "France", "locality": "Lyon"}, "alternative_names": ["Acme SA", 7],
        "alternative_domains": ["acme.net"],
    }  # fmt: skip
    (found,) = PDL.mapping.companies(Told(told), as_of=DAY)
    assert found["aliases"] == ["Acme SA", "acme.net"]
    assert (found["sector"], found["country"], found["city"]) == ("Materials", "France", "Lyon")
    assert (found["name"], found["employees"], found["ticker"]) == ("Acme", 4100, "ACM")


Buy = Callable[..., walking.Report]


@pytest.mark.django_db
@pytest.mark.usefixtures("fakes_answer")
class TestAsASource:
    @pytest.fixture
    def buy(self, clock: Clock) -> Iterator[Buy]:
        """Buy these records by an endpoint and a query."""
        about = small(PDL.about)

        def do(
            records: list[Any], query: dict[str, Any] = QUERY, endpoint: str = "person_search"
        ) -> walking.Report:
            chosen = next(e for e in about.endpoints if e.name == endpoint)
            with listening(Fake(about, chosen, records)) as fake:
                one = walking.Ask(fake.known, chosen, query, walking.Caps(pages=50))
                return providers.search(ask=one, times=clock.times, dice=random.Random(1))

        yield do

    def test_it_loads(self, buy: Buy, clock: Clock) -> None:
        assert buy([ANA]).records == 1
        source = providers.Source("people_data_labs", QUERY, lawful_basis="legitimate interests")
        assert (source.name, source.as_of, source.roster().num_rows) == ("people_data_labs", DAY, 3)
        terms = terms_of(source)
        assert not terms.is_complete and "People Data Labs" in terms.licence
        assert terms.lawful_basis == "legitimate interests"
        report = ingest.load(source=source, now=clock.now())
        assert report.people == 1
        number = versions.current()
        assert number is not None
        ids = search.companies(version=number, query=CompanyQuery())
        companies = search.company_rows(version=number, ids=ids)
        names = dict(zip(companies["id"].to_pylist(), companies["name"].to_pylist(), strict=True))
        spells = search.role_history(version=number, profile_id=1).to_pylist()
        ends = {names[spell["company_id"]]: spell["ended_on"] for spell in spells}
        assert ends == {"Acme": None, "Bolt": date(2017, 2, 28), "Çore ＡＧ": date(2013, 12, 31)}

    def test_what_was_bought_before_the_newest_load_loads_too(self, buy: Buy, clock: Clock) -> None:
        """The load is of today; what a row says is as old as its answer."""
        buy([ANA | {"job_last_verified": None}])
        clock.sleep(3 * 86_400)
        other = {"query": {"term": {"job_company_website": "bolt.io"}}}
        buy([ANA | {"id": "other"}], other)
        ingest.load(source=providers.Source("people_data_labs", other), now=clock.now())
        late = providers.Source("people_data_labs", QUERY, as_of=clock.now().date())
        assert ingest.load(source=late, now=clock.now()).version == 2
        assert max(late.roster()["last_seen"].to_pylist()) == DAY

    def test_many_load(self, buy: Buy, clock: Clock) -> None:
        people = provider_samples.records("people_data_labs", "people", 60)
        buy(people)
        source = providers.Source("people_data_labs", QUERY)
        assert ingest.load(source=source, now=clock.now()).people == 60
        assert source.refused == 0

    def test_enrichments_of_companies_add_what_they_tell(self, buy: Buy) -> None:
        buy([ANA])
        told = {"id": "acme-co", "name": "acme", "display_name": "Acme Group", "ticker": "ACM", "website": "acme.com",
                "alternative_domains": ["acme.net"], "employee_count": None}  # fmt: skip
        buy([told], {"website": "acme.com"}, "company_enrich")
        rows = providers.Source("people_data_labs", QUERY).companies().to_pylist()
        acme = next(row for row in rows if row["company_id"] == "acme-co")
        assert (acme["name"], acme["ticker"], acme["aliases"]) == ("Acme Group", "ACM", ["acme.net"])
        assert acme["employees"] == 4000

    def test_an_enrichment_of_a_person_is_a_source_too(self, buy: Buy) -> None:
        buy([ANA], {"email": "ana@acme.com"}, "person_enrich")
        source = providers.Source("people_data_labs", {"email": "ana@acme.com"}, endpoint="person_enrich")
        assert source.roster().num_rows == 3

    def test_what_was_not_bought_is_no_source(self) -> None:
        from rollcall.universe.providers.source import NothingBought

        with pytest.raises(NothingBought):
            providers.Source("people_data_labs", {"query": {"never": "asked"}})
        with pytest.raises(registry.ProviderUnknown):
            providers.Source("nobody", QUERY)
        with pytest.raises(registry.EndpointUnknown):
            providers.Source("people_data_labs", QUERY, endpoint="phone_search")
