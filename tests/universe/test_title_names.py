"""Someone brings names of rank and function from Apollo or People Data Labs, and takes them back again."""

import re

import pytest

from rollcall.universe import titles
from rollcall.universe.titles import taxonomy
from rollcall.universe.titles.taxonomy import ApolloNames, PdlNames, Place

# As their documentation lists them (docs/explanation/job-titles.md names the pages).
APOLLO_SENIORITIES = re.findall(
    r"\w+", "owner founder c_suite partner vp head director manager senior entry intern"
)
APOLLO_DEPARTMENTS = re.findall(
    r"\w+",
    """c_suite product_management master_engineering_technical design education master_finance master_human_resources
    master_information_technology master_legal master_marketing medical_health master_operations master_sales
    consulting""",
)
PDL_LEVELS = re.findall(r"\w+", "cxo director entry manager owner partner senior training unpaid vp")
PDL_ROLES = re.findall(
    r"\w+",
    """advisory analyst creative education engineering finance fulfillment health hospitality human_resources legal
    manufacturing marketing operations partnerships product professional_service public_service research sales
    sales_engineering support trade unemployed""",
)


def test_every_published_name_is_known() -> None:
    assert sorted(taxonomy.published("apollo", "level")) == sorted(APOLLO_SENIORITIES)
    assert sorted(taxonomy.published("apollo", "area")) == sorted(APOLLO_DEPARTMENTS)
    assert sorted(taxonomy.published("pdl", "level")) == sorted(PDL_LEVELS)
    assert sorted(taxonomy.published("pdl", "area")) == sorted(PDL_ROLES)
    assert len(taxonomy.published("apollo", "specialty")) == 197
    assert len(taxonomy.published("pdl", "specialty")) == 106


def test_nothing_of_apollo_is_lost_on_the_way_out_and_back() -> None:
    subdepartments = taxonomy.published("apollo", "specialty")
    for names in (
        *(ApolloNames(seniority=name) for name in APOLLO_SENIORITIES),
        *(ApolloNames(department=name) for name in APOLLO_DEPARTMENTS),
        *(ApolloNames("vp", "master_sales", name) for name in subdepartments),
    ):
        assert taxonomy.to_apollo(taxonomy.from_apollo(names)) == names
    assert len({taxonomy.from_apollo(ApolloNames(subdepartment=name)) for name in subdepartments}) == 197


def test_nothing_of_people_data_labs_is_lost_on_the_way_out_and_back() -> None:
    sub_roles = taxonomy.published("pdl", "specialty")
    for names in (
        *(PdlNames(level=name) for name in PDL_LEVELS),
        *(PdlNames(role=name) for name in PDL_ROLES),
        *(PdlNames("cxo", "finance", name) for name in sub_roles),
    ):
        assert taxonomy.to_pdl(taxonomy.from_pdl(names)) == names
    assert len({taxonomy.from_pdl(PdlNames(sub_role=name)) for name in sub_roles}) == 106


def test_every_name_has_a_rank_and_a_department_of_ours() -> None:
    for whose, names in (("apollo", ApolloNames), ("pdl", PdlNames)):
        back = taxonomy.from_apollo if whose == "apollo" else taxonomy.from_pdl
        for kind, at in (("level", 0), ("area", 1), ("specialty", 2)):
            for name in taxonomy.published(whose, kind):
                place = back(names(*("" if i != at else name for i in range(3))))  # type: ignore[arg-type]
                assert place.seniority in titles.SENIORITIES
                assert place.department in titles.DEPARTMENTS


@pytest.mark.parametrize(
    ("title", "apollo", "pdl"),
    [
        ("Founder & CTO", ("founder", "master_engineering_technical"), ("owner", "engineering")),
        ("EVP, CFO & Treasurer", ("c_suite", "master_finance"), ("cxo", "finance")),
        ("Vertriebsleiter", ("head", "master_sales"), ("director", "sales")),
        ("Stagiaire marketing", ("intern", "master_marketing"), ("training", "marketing")),
        ("Board Member", ("", "c_suite"), ("", "advisory")),
    ],
)
def test_a_title_has_their_names(title: str, apollo: tuple[str, str], pdl: tuple[str, str]) -> None:
    place = taxonomy.place(titles.read(title))
    assert taxonomy.to_apollo(place) == ApolloNames(*apollo)
    assert taxonomy.to_pdl(place) == PdlNames(*pdl)


def test_every_reading_has_a_place() -> None:
    for level in titles.ROLE_LEVELS:
        for department in titles.DEPARTMENTS:
            place = Place(level=level, area=department)
            assert (place.seniority in titles.SENIORITIES, place.department) == (True, department)
            taxonomy.to_apollo(place), taxonomy.to_pdl(place)


def test_a_name_that_nobody_publishes_is_refused() -> None:
    with pytest.raises(taxonomy.UnknownName, match="Apollo publishes no level 'boss'"):
        taxonomy.from_apollo(ApolloNames(seniority="boss"))
    with pytest.raises(taxonomy.UnknownName, match="People Data Labs publishes no area 'c_suite'"):
        taxonomy.from_pdl(PdlNames(role="c_suite"))
    with pytest.raises(taxonomy.UnknownPlace):
        taxonomy.to_pdl(Place(area="nowhere"))
