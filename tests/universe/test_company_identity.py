"""Companies over several loads and sources: who is one, who stays two, and why."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.universe import records, search, versions
from rollcall.universe.columns import conform
from rollcall.universe.identity.companies import identifying
from rollcall.universe.matching import Keys
from rollcall.universe.sources.source import COMPANIES
from tests.universe.conftest import Load
from tests.universe.rosters import DAY, person
from tests.universe.test_load_a_roster import LATER, NEXT


class Registry:
    """Companies alone, load after load."""

    def __init__(self) -> None:
        self.keys = Keys(records.KEY.empty_table(), next_company_id=1, next_profile_id=1)
        self.companies = records.COMPANY_STORED.empty_table()
        self.names = records.ALIAS.empty_table()
        self.merged: dict[int, tuple[int, str]] = {}

    def load(self, *rows: dict[str, Any], source: str = "one") -> list[int]:
        numbered = [{"company_id": f"{source}{n}"} | row for n, row in enumerate(rows)]
        told = conform(pa.Table.from_pylist(numbered, schema=COMPANIES), COMPANIES)
        found = identifying.identify(
            told=told, keys=self.keys, source=source, companies=self.companies, known_as=self.names
        )
        self.names, self.merged = found.aliases, found.merged
        ids: list[int] = found.ids.to_pylist()
        known = {row["id"]: row for row in self.companies.to_pylist() if row["id"] not in found.merged}
        for number, row, domain in zip(ids, numbered, found.domain.to_pylist(), strict=True):
            said = {name: row.get(name) for name in COMPANIES.names if name in records.COMPANY.names}
            said["domain"] = domain
            known[number] = (
                {"id": number} | known.get(number, {}) | {k: v for k, v in said.items() if v is not None}
            )
        stored = [known[number] for number in sorted(known)]
        self.companies = conform(
            pa.Table.from_pylist(stored, schema=records.COMPANY_STORED), records.COMPANY_STORED
        )
        return ids

    def holder(self, domain: str) -> int | None:
        own = self.keys.table.to_pylist()
        return next((row["id"] for row in own if row["key"] == f"domain:{domain}"), None)


ACME = {"company_id": "a", "name": "Acme Rocketry Inc.", "domain": "acme.com", "country": "United States"}


def test_c6_a_rebrand_keeps_the_id_and_the_old_domain_finds_it() -> None:
    registry = Registry()
    assert registry.load({"company_id": "a", "name": "Facebook, Inc.", "domain": "facebook.example"}) == [1]
    assert registry.load({"company_id": "a", "name": "Meta Platforms", "domain": "meta.example"}) == [1]
    assert registry.holder("facebook.example") == registry.holder("meta.example") == 1
    stale = {"name": "Facebook", "domain": "facebook.example"}
    assert registry.load(stale, source="two") == [1], "another source has not heard of it yet"


def test_c6_a_rebrand_told_by_another_source() -> None:
    registry = Registry()
    registry.load({"company_id": "a", "name": "Facebook, Inc.", "domain": "facebook.example"})
    new = {"name": "Meta Platforms", "domain": "meta.example", "former_domain": "www.facebook.example"}
    assert registry.load(new, source="two") == [1]
    assert registry.load({"name": "Meta", "domain": "meta.example"}, source="three") == [1]


def test_a_domain_that_changed_hands_is_a_new_company() -> None:
    registry = Registry()
    registry.load(ACME)
    moved = ACME | {"domain": "rocketry.com"}
    squatter = {"company_id": "z", "name": "Zebra Domains", "domain": "acme.com"}
    assert registry.load(squatter, moved) == [2, 1]
    assert (registry.holder("acme.com"), registry.holder("rocketry.com")) == (2, 1)
    assert registry.load(squatter, moved) == [2, 1] and not registry.merged


def test_a_domain_that_was_left_before_is_somebody_elses_if_the_name_is() -> None:
    registry = Registry()
    registry.load(ACME)
    registry.load(ACME | {"domain": "rocketry.com"})
    assert registry.load({"name": "Zebra Domains", "domain": "acme.com"}, source="two") == [2]
    assert registry.load({"name": "Acme Rocketry", "domain": "rocketry.com"}, source="three") == [1]


def test_c6_two_companies_turn_out_to_be_one() -> None:
    registry = Registry()
    registry.load(ACME)
    assert registry.load({"company_id": "b", "name": "Acme Rocketry", "domain": "acme.io"}, source="two") == [
        2
    ]
    assert registry.load(
        {"company_id": "b", "name": "Acme Rocketry", "domain": "acme.com"}, source="two"
    ) == [1]
    assert registry.merged == {2: (1, "its root domain is acme.com")}
    assert registry.holder("acme.io") == 1


def test_a_domain_told_of_a_known_stranger_merges_nobody() -> None:
    registry = Registry()
    registry.load(ACME)
    registry.load({"company_id": "b", "name": "Zebra Mining", "domain": "zebra.com"}, source="two")
    wrong = {"company_id": "b", "name": "Zebra Mining", "domain": "acme.com"}
    assert registry.load(wrong, source="two") == [2] and not registry.merged
    assert registry.holder("acme.com") == 1


def test_c6_a_merger_leads_to_the_company_that_took_over() -> None:
    registry = Registry()
    small = {"company_id": "s", "name": "Small Fry", "domain": "small.com"}
    big = {"company_id": "b", "name": "Big Fish", "domain": "big.com"}
    assert registry.load(small, big) == [1, 2]
    assert registry.load(small | {"merged_into": "b"}, big) == [2, 2]
    assert registry.merged[1][0] == 2 and "merged into b" in registry.merged[1][1]
    assert registry.holder("small.com") == 2
    assert registry.load(small, big) == [2, 2], "an id never comes back"


def test_mergers_in_a_circle_end() -> None:
    registry = Registry()
    one, two = {"company_id": "a", "name": "One"}, {"company_id": "b", "name": "Two"}
    registry.load(one, two)
    assert registry.load(one | {"merged_into": "b"}, two | {"merged_into": "a"}) == [1, 1]
    assert registry.load(one | {"merged_into": "a"}, two | {"merged_into": "nobody"}) == [1, 1]


def test_c6_an_alias_domain_is_the_same_company() -> None:
    registry = Registry()
    registry.load(ACME | {"aliases": ["acme.de", "Acme Raketen", "info@acme.fr"]})
    assert registry.holder("acme.de") == 1 and registry.holder("acme.fr") is None
    assert registry.load({"name": "Acme", "domain": "http://acme.de/"}, source="two") == [1]


def test_an_alias_does_not_take_somebody_elses_domain() -> None:
    registry = Registry()
    registry.load({"name": "Google LLC", "domain": "google.example"})
    liar = ACME | {"aliases": ["google.example"]}
    assert registry.load(liar, source="two") == [2] and not registry.merged
    assert registry.holder("google.example") == 1


@pytest.mark.parametrize(
    "page", ["linkedin.com/company/acme", "facebook.com/x", "gmail.com", "acme@gmail.com"]
)
def test_pages_and_mailboxes_make_nobody_one(page: str) -> None:
    registry = Registry()
    assert registry.load({"name": "Acme", "domain": page}, {"name": "Zebra", "domain": page}) == [1, 2]


def test_two_shops_on_one_host_stay_two() -> None:
    registry = Registry()
    shops = [{"name": "A", "domain": "a.myshopify.com"}, {"name": "B", "domain": "b.myshopify.com"}]
    assert registry.load(*shops) == [1, 2]


def test_a_domain_that_many_strangers_share_is_nobodys() -> None:
    registry = Registry()
    names = ("Zebra Mining", "Bolt Logistics", "Quartz Foods", "Nord Wind", "Umbra Media")
    assert registry.load(*({"name": name, "domain": "directory.com"} for name in names)) == [1, 2, 3, 4, 5]
    family = ("Umbra Media", "Umbra Media France", "Umbra Studios", "Umbra Print", "Umbra GmbH")
    assert set(registry.load(*({"name": name, "domain": "umbra.com"} for name in family), source="two")) == {
        5
    }, "also who was known without"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ACME ROCKETRY, INCORPORATED", {"country": "US"}),
        ("Acme Rocketry Corp (NASDAQ: ACR)", {"country": "USA"}),
        ("Rocketry, Acme", {"country": "U.S.", "industry": "Rockets"}),
        ("Acme Rocketry", {}),
    ],
)
def test_c6_a_record_without_a_domain_is_found_by_its_name(name: str, said: dict[str, Any]) -> None:
    registry = Registry()
    registry.load(ACME | {"industry": "Rockets"}, {"name": "Bolt", "domain": "bolt.io"})
    assert registry.load({"name": name, **said}, source="two") == [1]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Acme Rocketry", {"country": "France"}),
        ("Acme Rocketry GmbH", {"country": "DE"}),
        ("Acme Rocketry UK Ltd", {"country": "United States"}),
        ("Acme", {"country": "United States"}),
        ("Acme Rocketry", {"country": "US", "domain": "other.com"}),
        ("Acme Rocketry", {"country": "US", "industry": "Gold", "ticker": "GLD"}),
    ],
)
def test_homonyms_and_branches_stay_apart(name: str, said: dict[str, Any]) -> None:
    registry = Registry()
    registry.load(ACME | {"industry": "Rockets", "ticker": "ACR"})
    assert registry.load({"name": name, **said}, source="two") == [2]


def test_an_ambiguous_name_is_nobody_that_is_known() -> None:
    registry = Registry()
    registry.load(ACME, ACME | {"company_id": "b", "domain": "acme.io"})
    asked = {"name": "Acme Rocketry", "country": "US"}
    assert registry.load(asked, source="two") == [3]
    assert registry.load(asked | {"ticker": "ACR"}, source="three") == [4]


def test_common_words_need_more_than_a_country() -> None:
    registry = Registry()
    registry.load({"name": "Delta Corp", "domain": "delta.com", "country": "India", "city": "Pune"})
    assert registry.load({"name": "Delta Ltd", "country": "India"}, source="two") == [2]
    assert registry.load({"name": "Delta Ltd", "country": "India", "city": "Pune"}, source="three") == [1]


def test_c6_three_common_words_are_a_name_but_not_those_of_every_county() -> None:
    registry = Registry()
    known = (
        "American Electric Power Co Inc",
        "First National Bank",
        "County General Hospital",
        "General Motors Co",
    )
    registry.load(*({"name": name, "domain": f"d{n}.com"} for n, name in enumerate(known)))
    asked = ("AMERICAN ELECTRIC POWER", "First National Bank", "County General Hospital", "General Motors")
    assert [registry.load({"name": name}, source=f"s{n}") for n, name in enumerate(asked)] == [
        [1],
        [5],
        [6],
        [7],
    ]


def test_c6_a_company_known_without_a_domain_gets_one() -> None:
    registry = Registry()
    registry.load({"name": "Acme Rocketry", "country": "US"})
    assert registry.load(ACME, source="two") == [1]
    assert registry.holder("acme.com") == 1
    both = [ACME | {"company_id": end, "domain": f"acme-rocketry.{end}"} for end in ("net", "org")]
    assert registry.load(*both, source="three") == [2, 3], "two domains are two companies"


def test_two_records_of_one_source_stay_two_unless_more_agrees() -> None:
    registry = Registry()
    twins = [{"name": "Zebra Mining", "country": "Peru"}, {"name": "ZEBRA MINING SA", "country": "Peru"}]
    assert registry.load(*twins) == [1, 2]
    assert registry.load(*(twin | {"city": "Lima"} for twin in twins), source="two") == [3, 4]
    listed = [twin | {"ticker": "ZBR"} for twin in twins]
    assert registry.load(*listed, source="three") == [5, 5]


def test_loading_again_changes_nothing() -> None:
    registry = Registry()
    rows = [
        ACME,
        {"company_id": "n", "name": "Nameless"},
        {"company_id": "b", "name": "Bolt", "domain": "bolt.io"},
    ]
    first = registry.load(*rows)
    before = (registry.keys.table, registry.names, registry.companies)
    assert registry.load(*rows) == first and not registry.merged
    assert before == (registry.keys.table, registry.names, registry.companies)


_COMPANY = st.fixed_dictionaries(
    {
        "name": st.sampled_from(
            [
                None,
                "Acme Rocketry",
                "ACME Rocketry Inc",
                "Rocketry Acme",
                "Zebra Mining",
                "Delta",
                "Zebra",
                "!",
            ]
        ),
        "domain": st.sampled_from(
            [None, None, "acme.com", "www.ACME.com", "zebra.io", "gmail.com", "delta.fr"]
        ),
        "country": st.sampled_from([None, "US", "United States", "France"]),
        "city": st.sampled_from([None, "Paris", "Austin"]),
        "ticker": st.sampled_from([None, "ACR"]),
        "former_domain": st.sampled_from([None, None, None, "zebra.io", "old.com"]),
        "aliases": st.sampled_from([None, None, ["zebra.io"], ["Acme"]]),
        "merged_into": st.sampled_from([None, None, None, "one0", "one1"]),
    }
)


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(_COMPANY, min_size=1, max_size=7), known=st.lists(_COMPANY, max_size=4), data=st.data())
def test_who_is_one_does_not_depend_on_the_order_of_the_rows(
    rows: list[dict[str, Any]], known: list[dict[str, Any]], data: st.DataObject
) -> None:
    named = [{"company_id": f"one{n}"} | row for n, row in enumerate(rows)]
    shuffled = data.draw(st.permutations(named))
    found = []
    for order in (named, shuffled):
        registry = Registry()
        registry.load(*known, source="two")
        ids = registry.load(*order)
        by_key = {row["company_id"]: number for row, number in zip(order, ids, strict=True)}
        found.append(frozenset(frozenset(k for k, v in by_key.items() if v == number) for number in set(ids)))
        assert registry.load(*order) == ids or registry.merged, "idempotent"
    assert found[0] == found[1]


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(_COMPANY, min_size=1, max_size=8))
def test_distinct_domains_of_one_load_are_never_one_by_their_names(rows: list[dict[str, Any]]) -> None:
    plain = [row | {"merged_into": None, "former_domain": None, "aliases": None} for row in rows]
    registry = Registry()
    ids = registry.load(*plain)
    roots: dict[int, set[str]] = {}
    for row, number in zip(plain, ids, strict=True):
        if row["domain"] and row["domain"] != "gmail.com":
            roots.setdefault(number, set()).add(row["domain"].lower().removeprefix("www."))
    assert all(len(domains) == 1 for domains in roots.values())


def test_c6_a_merger_in_a_load_moves_people_and_leaves_a_redirect(load: Load) -> None:
    small = {"company_id": "s", "name": "Small Fry", "domain": "small.com", "founded_year": 1999}
    big = {"company_id": "b", "name": "Big Fish", "domain": "big.com"}
    load(people=[person("ann", "s", "CEO"), person("bo", "b", "CFO")], facts=[small, big])
    report = load(
        people=[person("ann", "b", "CEO", NEXT), person("bo", "b", "CFO", NEXT)],
        as_of=NEXT,
        facts=[big, small | {"merged_into": "b"}],
    )
    assert (report.joined, report.left, report.companies) == (0, 0, 1), "it is the same job as before"
    number = versions.current() or 0
    company = search.company_rows(version=number, ids=[2]).to_pylist()[0]
    assert (company["name"], company["domain"], company["founded_year"]) == ("Big Fish", "big.com", 1999)
    found = search.find_domains(version=number, domains=["small.com", "big.com"])
    assert set(found.ids.values()) == {2}
    redirects = records.read(versions.path(number), "redirects").to_pylist()
    assert [(row["kind"], row["from_id"], row["to_id"]) for row in redirects] == [("company", 1, 2)]
    load(people=[person("ann", "b", "CEO", LATER)], as_of=LATER, facts=[big])
    assert records.read(versions.path(3), "redirects").num_rows == 1


def test_who_was_at_both_is_there_once(load: Load) -> None:
    small, big = {"company_id": "s", "domain": "small.com"}, {"company_id": "b", "domain": "big.com"}
    load(people=[person("ann", "s", "Chair"), person("ann", "b", "CEO", DAY)], facts=[small, big])
    load(
        people=[person("zed", "b", "CFO", NEXT)],
        as_of=NEXT,
        facts=[big, small | {"merged_into": "b"}],
        name="handmade",
    )
    rows = records.read(versions.path(2), "positions").to_pylist()
    assert sum(row["ended_on"] is None and row["profile_id"] == 1 for row in rows) <= 1
    assert {row["company_id"] for row in rows} == {2}


def test_the_host_of_a_company_is_kept(load: Load) -> None:
    load(people=[person("ann", "s", "CEO")], facts=[{"company_id": "s", "domain": "https://shop.acme.com/x"}])
    row = search.company_rows(version=1, ids=[1]).to_pylist()[0]
    assert (row["domain"], row["host"]) == ("acme.com", "shop.acme.com")


def test_every_decision_is_explained(load: Load) -> None:
    load(people=[person("ann", "a", "CEO")], facts=[ACME])
    second = {"company_id": "x", "name": "Acme Rocketry", "domain": "http://acme.com/"}
    load(people=[person("bo", "x", "CFO")], facts=[second], name="two")
    third = {"company_id": "n", "name": "ACME ROCKETRY CORP", "country": "USA"}
    load(people=[person("cy", "n", "COO")], facts=[third], name="three")
    why = "its name is the same (acme rocketry), both are in United States"
    assert search.explain_company(version=3, company_id=1) == [
        "handmade calls it a (“Acme Rocketry Inc.”): the first record of it",
        "two calls it x (“Acme Rocketry”): same because its root domain is acme.com",
        f"three calls it n (“ACME ROCKETRY CORP”): same because {why}",
        "It is or was called “ACME ROCKETRY CORP”, “Acme Rocketry”, “Acme Rocketry Inc.”",
        "It is found by acme.com",
    ]


def test_s1_a_page_on_a_shared_host_finds_nobody(load: Load) -> None:
    linkedin = {"company_id": "l", "name": "LinkedIn", "domain": "linkedin.com"}
    load(people=[person("ann", "l", "CEO")], facts=[linkedin])
    found = search.find_domains(version=1, domains=["linkedin.com", "linkedin.com/company/acme"])
    assert found.ids == {"linkedin.com": 1} and found.unmatched == ["linkedin.com/company/acme"]
