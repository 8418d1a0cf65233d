"""Two spellings of one person become one; two people of one name stay two; each decision says why."""

import random
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.universe.identity import people
from rollcall.universe.identity.people import clustering, deciding, model, persons
from rollcall.universe.identity.people.clustering import Edge
from rollcall.universe.identity.people.persons import Person


def record(number: int, name: str, **told: Any) -> dict[str, Any]:
    """Somebody's chief financial officer at company 1 since 2020, as source "a" tells it, unless `told` otherwise."""
    source = told.get("source", "a")
    usual = {"title": "CFO", "company_id": 1, "source": source, "source_key": f"{source}{number}"}
    days = {"since": date(2020, 1, 1), "last_seen": date(2024, 1, 1)}
    return {"record": number, "full_name": name} | usual | days | told


def table(rows: list[dict[str, Any]]) -> pa.Table:
    names = sorted({name for row in rows for name in row})
    kinds = {name: pa.string() for name in ("email", "profile_url", "source_key", "title", "full_name")}
    return pa.table({name: pa.array([row.get(name) for row in rows], kinds.get(name)) for name in names})


def resolved(*rows: dict[str, Any], **more: Any) -> people.Decisions:
    return people.resolve(table(list(rows)), **more)


def clusters(decisions: people.Decisions) -> dict[int, int]:
    return dict(zip(*(column.to_pylist() for column in decisions.clusters.columns), strict=True))


def are_one(decisions: people.Decisions, left: int = 1, right: int = 2) -> bool:
    found = clusters(decisions)
    return found[left] == found[right]


def test_it_works() -> None:
    decisions = resolved(record(1, "Bob Smith"), record(2, "Robert Smith", source="b"), record(3, "Ann Lee"))
    assert clusters(decisions) == {1: 1, 2: 1, 3: 3}
    (pair,) = decisions.pairs.to_pylist()
    assert (pair["left"], pair["right"], pair["verdict"]) == (1, 2, "same")
    assert pair["probability"] > 0.99
    assert pair["why"] == (
        "same because “Bob Smith” and “Robert Smith”: one first name is a form of the other, the same last name,"
        " the same company at the same time, the same title"
    )


def joined(pairs: list[tuple[str, str]], source: str) -> list[tuple[str, str]]:
    """Those of the pairs that become one person, each two at a company of their own."""
    rows = []
    for place, (one, other) in enumerate(pairs):
        rows.append(record(2 * place, one, company_id=place))
        rows.append(record(2 * place + 1, other, company_id=place, source=source))
    found = clusters(resolved(*rows))
    return [pair for place, pair in enumerate(pairs) if found[2 * place] == found[2 * place + 1]]


ONE_PERSON = [
    ("Bob Smith", "Robert Smith"),
    ("Jürgen Müller", "Juergen Mueller"),
    ("Jürgen Müller", "MUELLER JUERGEN"),
    ("J. Smith", "John Smith"),
    ("Smith, John", "John Smith"),
    ("SMITH JOHN A", "John Smith"),
    ("John A. Smith", "John Smith"),
    ("John Adam Smith", "John A Smith"),
    ("Jon Smth", "John Smith"),
    ("Владимир Петров", "Vladimir Petrov"),
    ("Jane Smith-Jones", "Jane Jones"),
    ("Jane Smith (née Jones)", "Jane Jones"),
    ("Dr. Jane Doe, PhD", "Jane Doe"),
    ("Jan van der Berg", "Jan Berg"),
    ("Mary Ann Lee", "Maryann Lee"),
    ("Wei Zhang", "Zhang Wei"),
    ("Jae-yong Lee", "Lee Jae-yong"),
    ("José García Márquez", "Jose Garcia"),
    ("John Smith Jr.", "John Smith"),
]
TWO_PEOPLE = [
    ("Given1 Family1", "Given2 Family1"),
    ("P1 Doe", "P11 Doe"),
    ("Sam User12", "Sam User13"),
    ("John Smith Jr.", "John Smith Sr."),
    ("John Smith III", "John Smith Jr"),
    ("John A. Smith", "John B. Smith"),
    ("Jane Smith", "John Smith"),
    ("Paul Weber", "Paula Weber"),
    ("Daniel Weber", "Danielle Weber"),
    ("Jane Smith", "Jane Jones"),
    ("Jane Smith", "Peter Jones"),
    ("Robert Smith", "William Smith"),
    ("Maria Silva", "Mario Silva"),
    ("王伟", "王薇"),
    ("Smith", "Smith"),
    ("", ""),
]


@pytest.mark.parametrize("source", ["a", "b"])
def test_c3_two_spellings_of_one_person_become_one(source: str) -> None:
    assert joined(ONE_PERSON, source) == ONE_PERSON
    turned = [(other, one) for one, other in ONE_PERSON]
    assert joined(turned, source) == turned


@pytest.mark.parametrize("source", ["a", "b"])
def test_two_people_with_one_title_at_one_company_stay_two(source: str) -> None:
    """Title, company and time together are never enough."""
    assert joined(TWO_PEOPLE, source) == []


def test_homonyms_that_one_source_lists_at_once_stay_two() -> None:
    decisions = resolved(record(1, "John Smith"), record(2, "John Smith", title="Sales Manager"))
    assert not are_one(decisions)
    (pair,) = decisions.apart.to_pylist()
    assert pair["why"].startswith(
        "kept apart because a lists both at once at one company, under different titles"
    )
    assert decisions.pairs.num_rows == 0


@pytest.mark.parametrize(("title", "verdict"), [("Director", "doubtful"), ("CFO", "same")])
def test_c3_two_of_one_name_and_title_that_one_source_lists_at_once(title: str, verdict: str) -> None:
    """Father and son can both be directors, and a source would not write one person down twice; of chief financial
    officers there is one."""
    decisions = resolved(
        record(1, "Bennett Dorrance", title=title), record(2, "Bennett Dorrance", title=title)
    )
    assert are_one(decisions) == (verdict == "same")
    assert decisions.pairs["verdict"].to_pylist() == [verdict]


def test_homonyms_that_two_sources_list_under_other_titles_are_doubtful() -> None:
    decisions = resolved(record(1, "John Smith"), record(2, "John Smith", title="Sales Manager", source="b"))
    assert not are_one(decisions)
    assert decisions.pairs["verdict"].to_pylist() == ["doubtful"]
    assert "but other titles" in decisions.pairs["why"][0].as_py()


def test_father_and_son_stay_two_although_a_third_source_knows_one_only() -> None:
    """Whom “John Smith, CFO” means, nobody can tell when another source has two chief financial officers so called."""
    son = record(1, "John Smith Jr.", birth_date="1980-05-05")
    father = record(2, "John Smith Sr.", birth_date="1950-03-03")
    decisions = resolved(son, father, record(3, "John Smith", source="b"))
    assert len(set(clusters(decisions).values())) == 3
    assert set(decisions.pairs["verdict"].to_pylist()) == {"doubtful"}
    assert not are_one(resolved(son | {"full_name": "John Smith"}, father | {"full_name": "John Smith"}))


def test_an_initial_that_fits_two_people_is_joined_with_neither() -> None:
    rows = record(1, "J. Smith"), record(2, "John Smith", source="b"), record(3, "Jane Smith", source="b")
    decisions = resolved(*rows)
    assert len(set(clusters(decisions).values())) == 3
    assert all("another person fits about as well" in why for why in decisions.pairs["why"].to_pylist())
    assert are_one(resolved(rows[0], rows[1], rows[2] | {"title": "Engineer"}))


def test_one_profile_address_makes_one_person_of_two_jobs() -> None:
    one = record(1, "Jane Doe", profile_url="https://de.linkedin.com/in/Jane-Doe/")
    other = record(
        2, "Jane Miller", profile_url="linkedin.com/in/jane-doe?x=1", company_id=2, source="b", title="CEO"
    )
    decisions = resolved(one, other)
    assert are_one(decisions)
    assert (
        decisions.pairs["why"][0].as_py()
        == "same because “Jane Doe” and “Jane Miller”: the same profile address"
    )


def test_two_linkedin_addresses_are_two_people() -> None:
    one, other = record(1, "Jane Doe", profile_url="linkedin.com/in/jane1"), record(2, "Jane Doe", source="b")
    assert are_one(resolved(one, other))
    decisions = resolved(one, other | {"profile_url": "linkedin.com/in/jane2"})
    assert not are_one(decisions)
    assert "LinkedIn address of their own" in decisions.apart["why"][0].as_py()


def test_a_mailbox_is_one_person_unless_a_family_or_an_office_shares_it() -> None:
    def with_mail(other: str, mail: str) -> bool:
        one = record(1, "Jane Doe", email=mail)
        return are_one(
            resolved(one, record(2, other, email=mail.upper(), company_id=2, source="b", title="Owner"))
        )

    assert with_mail("Jane Doe-Miller", "jane@doe.com")
    assert not with_mail("John Doe", "doe@gmail.com")
    assert not with_mail("Jane Doe", "info@doe.com")


def test_one_sources_id_is_one_person_whatever_the_name() -> None:
    rows = record(1, "Jane Doe", source_key="x"), record(2, "Jane Miller", source_key="x", company_id=2)
    assert are_one(resolved(*rows))


def test_another_company_under_one_name_is_nobody_known() -> None:
    decisions = resolved(record(1, "John Smith"), record(2, "John Smith", company_id=2, source="b"))
    assert not are_one(decisions)


def test_c6_two_known_people_that_are_one_are_told_as_a_merge() -> None:
    one, other = record(1, "Jane Doe", known_id=9), record(2, "Jane Doe", known_id=5, source="b")
    decisions = resolved(one, other)
    (merge,) = decisions.merges.to_pylist()
    assert (merge["kept_id"], merge["merged_id"]) == (5, 9)
    assert merge["why"].startswith("same because")


def test_what_somebody_decided_is_two_stays_two() -> None:
    one, other = record(1, "Jane Doe", known_id=9), record(2, "Jane Doe", known_id=5, source="b")
    decisions = resolved(one, other, kept_apart=frozenset({(5, 9)}))
    assert not are_one(decisions)
    assert "somebody decided that they are two" in decisions.apart["why"][0].as_py()


def test_new_records_join_those_known_and_known_ones_are_left_alone() -> None:
    known = table([record(1, "Jane Doe", known_id=9), record(2, "Jane Doe", known_id=5, source="b")])
    decisions = people.resolve(table([record(3, "J. Doe", source="c")]).slice(0, 0), known=known)
    assert not are_one(decisions)
    known = known.slice(0, 1)
    assert are_one(people.resolve(table([record(3, "Jane Doe", source="c")]), known=known), 1, 3)


def test_rows_of_one_known_id_stay_one() -> None:
    one, other = (
        record(1, "Jane Doe", known_id=9),
        record(2, "Janet Miller", known_id=9, source="b", company_id=7),
    )
    assert are_one(resolved(one, other))


def test_numbers_must_be_unique_and_nothing_is_nothing() -> None:
    with pytest.raises(people.RecordTwice):
        resolved(record(1, "Jane Doe"), record(1, "John Doe"))
    empty = table([record(1, "Jane Doe")]).slice(0, 0)
    assert people.resolve(empty).clusters.num_rows == 0


def test_text_of_any_kind_does_no_harm() -> None:
    odd = [
        "\x00",
        "\x1f",
        "'; DROP TABLE x; --",
        "x" * 5_000,
        "\ud7ff",
        "😀 😀",
        "(((",
        "Jr",
        "van der",
        "\u202e",
    ]
    rows = [
        record(
            n,
            text,
            title=text,
            email=text,
            profile_url=text,
            city=text,
            phone=text,
            birth_date=text,
            street=text,
        )
        for n, text in enumerate(odd * 2)
    ]
    found = clusters(resolved(*rows))
    assert set(found) == set(range(len(rows)))


CROWD = ["John Smith", "Jon Smith", "J. Smith", "Smith, John", "John Smith Jr", "John Smith Sr", "Jane Smith"]
CROWD += ["Bob Lee", "Robert Lee", "R Lee", "Rob Lee-Jones", "Robert Jones"]


def crowd(seed: int) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    return [
        record(
            number,
            draw.choice(CROWD),
            source=draw.choice("abc"),
            title=draw.choice(["CFO", "Chief Financial Officer", "CEO", None]),
            company_id=draw.choice([1, 1, 2]),
            email=draw.choice([None, None, "smith@x.com", "lee@x.com"]),
            known_id=draw.choice([None, None, None, 5, 6]),
        )
        for number in range(draw.randint(2, 9))
    ]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_the_rows_makes_no_difference(seed: int) -> None:
    rows = crowd(seed)
    shuffled = random.Random(seed + 1).sample(rows, len(rows))
    one, other = people.resolve(table(rows)), people.resolve(table(shuffled))
    for name in ("pairs", "apart", "clusters", "merges"):
        assert getattr(one, name).equals(getattr(other, name)), name


def test_pairs_that_nothing_can_contradict_are_decided_like_all_others() -> None:
    """They are not looked at one by one. Where somebody keeps two people apart, all are: with the same answer."""
    rows = [
        row
        | {"record": 20 * seed + row["record"], "company_id": 3 * seed + row["company_id"], "known_id": None}
        for seed in range(60)
        for row in crowd(seed)
    ]
    one, other = people.resolve(table(rows)), people.resolve(table(rows), kept_apart=frozenset({(-2, -1)}))
    assert one.pairs.num_rows > 50
    for name in ("pairs", "apart", "clusters"):
        assert getattr(one, name).equals(getattr(other, name)), name


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6))
def test_what_was_joined_is_joined_again_beside_new_records(seed: int) -> None:
    """Told as known, a cluster never falls apart, and each record keeps the id it has."""
    rows = crowd(seed)
    first = clusters(people.resolve(table(rows)))
    known = [row | {"known_id": 1_000 + first[row["record"]]} for row in rows]
    new = [row | {"record": row["record"] + 100, "known_id": None} for row in crowd(seed + 7)]
    again = clusters(people.resolve(table(new), known=table(known)))
    for one in first:
        for other in first:
            if first[one] == first[other]:
                assert again[one] == again[other]


NAMES = st.sampled_from(["john", "jane", "j", "jon", "bob"])
PERSONS = st.builds(
    lambda first, generation, middle, birth: Person(
        firsts={first}, roots={first}, lasts={"smith"}, generations=generation, middles=middle, births=birth
    ),
    NAMES,
    st.sampled_from([set(), {"jr"}, {"sr"}]),
    st.sampled_from([set(), {"a"}, {"b"}]),
    st.sampled_from([set(), {"19500101"}, {"19800505"}]),
)


@given(PERSONS, PERSONS)
def test_a_contradiction_is_one_from_both_sides(one: Person, other: Person) -> None:
    assert (persons.contradiction(one, other) is None) == (persons.contradiction(other, one) is None)


@given(PERSONS, PERSONS)
def test_a_generation_told_can_only_bring_a_contradiction(one: Person, other: Person) -> None:
    """Monotone: telling that one is the elder and one the younger never makes two people one."""
    one.generations, other.generations = {"jr"}, {"sr"}
    assert persons.contradiction(one, other)


EDGES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 4)).filter(lambda e: e[0] < e[1]),
    max_size=14,
    unique_by=lambda e: e[:2],
)


@given(EDGES, st.randoms(use_true_random=False))
def test_no_cluster_holds_a_contradiction_in_any_order(
    found: list[tuple[int, int, int]], draw: random.Random
) -> None:
    """Odd and even numbers below four exclude each other."""

    def check(one: frozenset[int], other: frozenset[int]) -> str | None:
        parities = {n % 2 for n in one | other if n < 4}
        return "odd and even" if len(parities) == 2 else None

    edges = [Edge(left, right, float(weight), n) for n, (left, right, weight) in enumerate(found)]
    joined = clustering.join(edges, contradiction=check)
    shuffled = clustering.join(draw.sample(edges, len(edges)), contradiction=check)
    assert joined.cluster == shuffled.cluster and joined.refused == shuffled.refused
    for cluster in set(joined.cluster.values()):
        members = frozenset(n for n, name in joined.cluster.items() if name == cluster)
        assert check(members, members) is None
        assert cluster == min(members)


def test_the_model_is_whole() -> None:
    """Every comparison covers all that can happen once, and names what the rules of judgement ask for."""
    for comparison in model.COMPARISONS:
        assert sum(step.same for step in comparison.steps) == pytest.approx(1, abs=0.15), comparison.name
        assert sum(step.other for step in comparison.steps) == pytest.approx(1, abs=0.1), comparison.name
        assert [step.condition for step in comparison.steps].count("") == 1
    assert deciding.SAME_AT_WORK > deciding.SAME_AT_HOME > deciding.DOUBTFUL
