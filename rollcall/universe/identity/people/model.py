"""The model: what is compared, in which steps, and how much each step speaks for or against one person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One outcome of a comparison. `same` is how often two records of one person show it, `other` how often two
    records of two people who were drawn at random do. `because` is how it reads in a reason."""

    name: str
    condition: str
    same: float
    other: float
    because: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Steps from the nearest to the farthest; the last is "anything else". Nothing told on a side counts nothing."""

    name: str
    told: tuple[str, ...]
    steps: tuple[Step, ...]
    # When this holds, it says nothing although it is told.
    idle_when: str = ""


# Of so many pairs that are worth a thought one is the same person: 2 to the power of 16.
PRIOR = 1 / 65_536

_TYPO = "damerau_levenshtein({0}_l, {0}_r) <= {1} AND least(length({0}_l), length({0}_r)) >= {2}"
_NEAR = "jaro_winkler_similarity({0}_l, {0}_r) >= {1}"


def _typo(column: str, edits: int, least: int) -> str:
    return _TYPO.format(column, edits, least)


def _near(column: str, least: float) -> str:
    return _NEAR.format(column, least)


def _overlap(column: str) -> str:
    return f"list_has_any({column}_l, {column}_r)"


def _contained(one: str, other: str) -> str:
    """The one's title is a part of the other's that says something by itself: a single word does not."""
    return (
        f"(contains(' ' || title_{other} || ' ', ' ' || title_{one} || ' ') AND contains(title_{one}, ' '))"
    )


# Colleagues share an address and a switchboard.
_COLLEAGUES = "coalesce(company_l = company_r, false)"
_INITIAL = "(length({0}_l) = 1 OR length({0}_r) = 1) AND substr({0}_l, 1, 1) = substr({0}_r, 1, 1)"


def _crossed(one: str, other: str) -> str:
    """The given names of one are (nearly) the last name of the other."""
    near = f"jaro_winkler_similarity(whole_{one}, last_{other}) >= 0.88"
    written_out = f"length(first_{one}) > 1 AND length(last_{other}) > 1"
    return f"({near} OR list_contains(parts_{other}, first_{one})) AND {written_out}"


# Mario and Maria, Paul and Paula, Daniel and Danielle: nearly alike, but two names.
_HE_AND_SHE = (
    "(right(first_l, 1) <> right(first_r, 1) AND first_sound_l <> first_sound_r"
    " AND (right(first_l, 1) = 'a' OR right(first_r, 1) = 'a')"
    " AND (left(first_l, -2) <> left(first_r, -2) OR right(first_l, 2) <> reverse(right(first_r, 2))))"
    " OR (starts_with(first_l, first_r) AND first_l <> first_r AND right(first_l, 1) = 'e')"
    " OR (starts_with(first_r, first_l) AND first_l <> first_r AND right(first_r, 1) = 'e')"
)
# "Ryan Anita Jane" and "Anita Ryan": every word of the one is in the other.
_SAME_WORDS = (
    "((list_has_all(words_l, words_r) OR list_has_all(words_r, words_l))"
    " AND least(array_length(words_l), array_length(words_r)) > 1)"
)
_SWAPPED = f"({_SAME_WORDS} OR ({_crossed('l', 'r')} AND {_crossed('r', 'l')}))"
# "K. Yearout" and "Yearout Karalyn".
_INITIAL_SWAPPED = " OR ".join(
    f"(length(first_{one}) = 1 AND first_{one} = substr(last_{other}, 1, 1) AND last_{one} = first_{other})"
    for one, other in ("lr", "rl")
)
# "Dave Zapolsky" and "Zapolsky David".
_SHORT_SWAPPED = " OR ".join(
    f"(last_{one} = first_{other} AND list_has_any(roots_{one}, last_roots_{other}))"
    for one, other in ("lr", "rl")
)
_CROSSED = f"({_crossed('l', 'r')}) OR ({_crossed('r', 'l')})"

# "Jan van der Berg" and "Jan Vanderberg": every letter is the same.
_ONE_RUN = "(run_l = run_r AND length(run_l) > 6)"
_HEARD = f"(foreign_l <> foreign_r AND {_overlap('heard')})"

# Who is called junior is often "II" elsewhere.
_SECOND = "(generation_l IN ('jr', '2') AND generation_r IN ('jr', '2'))"
# "jane7@" is not a slip of "jane8@": who came later took another number.
_DIGITS = "regexp_replace(mail_{}, '[^0-9]', '', 'g')"
# Paul and Paula are one slip apart, but both are names: `given_` is told when the first name is a known one.
GIVEN = Comparison(
    "given",
    ("first",),
    (
        Step(
            "exact",
            f"((first_l = first_r OR whole_l = whole_r) AND length(first_l) > 1) OR {_ONE_RUN}",
            0.70,
            0.008,
            "the same first name",
        ),
        Step("heard", _HEARD, 0.04, 0.0008, "the name in one writing can be read as in the other"),
        Step(
            "swapped",
            _SWAPPED,
            0.06,
            0.0001,
            "the same names in another order",
        ),
        Step(
            "short",
            f"({_overlap('roots')}) OR {_SHORT_SWAPPED}",
            0.08,
            0.002,
            "one first name is a form of the other",
        ),
        Step(
            "initial", f"({_INITIAL.format('first')}) OR {_INITIAL_SWAPPED}", 0.05, 0.003, "the initial fits"
        ),
        Step(
            "spelling",
            f"NOT ({_HE_AND_SHE}) AND ((first_sound_l = first_sound_r) OR ((given_l IS NULL OR given_r IS NULL)"
            f" AND (({_typo('typed', 1, 4)}) OR ({_near('first', 0.93)}) OR ({_near('whole', 0.93)}))))",
            0.08,
            0.004,
            "first names spelled nearly alike",
        ),
        Step("like", _near("first", 0.8), 0.02, 0.04, ""),
        Step("other", "", 0.05, 0.886, "the first names differ"),
    ),
)
FAMILY = Comparison(
    "family",
    ("last",),
    (
        Step(
            "exact",
            f"(last_l = last_r AND length(last_l) > 1) OR {_ONE_RUN}",
            0.80,
            0.001,
            "the same last name",
        ),
        Step("heard", _HEARD, 0.04, 0.0004, ""),
        Step(
            "swapped",
            f"({_SWAPPED}) OR {_INITIAL_SWAPPED} OR {_SHORT_SWAPPED}",
            0.06,
            0.0003,
            "",
        ),
        Step("part", _overlap("parts"), 0.03, 0.0008, "a last name that is part of the other"),
        Step(
            "spelling",
            f"(last_sound_l = last_sound_r) OR ({_typo('last', 1, 4)}) OR ({_near('last', 0.94)})",
            0.08,
            0.0008,
            "last names spelled nearly alike",
        ),
        Step(
            "like",
            f"({_typo('last', 2, 6)}) OR ({_near('last', 0.88)})",
            0.03,
            0.004,
            "last names that look alike",
        ),
        Step("crossed", _CROSSED, 0.02, 0.002, "a first name is the other's last name"),
        Step("initial", _INITIAL.format("last"), 0.01, 0.002, "the initial of the last name fits"),
        Step("other", "", 0.03, 0.92, "the last names differ"),
    ),
)
MIDDLE = Comparison(
    "middle",
    ("middle",),
    (
        Step("exact", "middle_l = middle_r", 0.80, 0.07, "the same middle initial"),
        Step(
            "fits",
            "contains(middle_l, middle_r) OR contains(middle_r, middle_l)",
            0.17,
            0.03,
            "middle initials that fit",
        ),
        Step("other", "", 0.03, 0.90, "the middle initials differ"),
    ),
    # Written in another order, another word stands in the middle.
    idle_when="coalesce(first_l <> first_r AND NOT list_has_any(roots_l, roots_r)"
    f" AND NOT ({_INITIAL.format('first')}), false)",
)
GENERATION = Comparison(
    "generation",
    ("generation",),
    (
        Step("exact", f"generation_l = generation_r OR {_SECOND}", 0.95, 0.05, "the same generation"),
        Step("other", "", 0.05, 0.95, "one is the elder and one the younger"),
    ),
)
BIRTH = Comparison(
    "birth",
    ("birth",),
    (
        Step("exact", "birth_l = birth_r", 0.85, 0.00004, "the same date of birth"),
        Step(
            "typo",
            f"({_typo('birth', 1, 8)}) OR (substr(birth_l, 1, 4) = substr(birth_r, 1, 4)"
            " AND substr(birth_l, 5, 2) = substr(birth_r, 7, 2) AND substr(birth_l, 7, 2) = substr(birth_r, 5, 2))",
            0.10,
            0.001,
            "dates of birth one slip apart",
        ),
        Step("like", f"{_typo('birth', 2, 8)}", 0.03, 0.02, "dates of birth that look alike"),
        Step("other", "", 0.02, 0.979, "the dates of birth differ"),
    ),
)
PHONE = Comparison(
    "phone",
    ("phone",),
    (
        Step("exact", "phone_l = phone_r", 0.6, 0.00005, "the same telephone number"),
        Step("other", "", 0.4, 0.99995, "the telephone numbers differ"),
    ),
    idle_when=_COLLEAGUES,
)
MAIL = Comparison(
    "mail",
    ("mail",),
    (
        Step("exact", "mail_l = mail_r", 0.6, 0.00005, "the same e-mail address"),
        Step(
            "name",
            "split_part(mail_l, '@', 1) = split_part(mail_r, '@', 1)",
            0.05,
            0.0005,
            "the same name in both e-mail addresses",
        ),
        Step(
            "typo",
            f"({_near('mail', 0.95)}) AND {_DIGITS.format('l')} = {_DIGITS.format('r')}",
            0.05,
            0.0005,
            "e-mail addresses spelled nearly alike",
        ),
        Step("other", "", 0.3, 0.999, "the e-mail addresses differ"),
    ),
)
COMPANY = Comparison(
    "company",
    ("company",),
    (
        Step(
            "together",
            "company_l = company_r AND (coalesce(starts_l <= ends_r, true) AND coalesce(starts_r <= ends_l, true))",
            0.80,
            0.006,
            "the same company at the same time",
        ),
        Step("apart", "company_l = company_r", 0.10, 0.003, "the same company at another time"),
        Step("other", "", 0.10, 0.988, "another company"),
    ),
)
TITLE = Comparison(
    "title",
    ("title",),
    (
        Step("exact", "title_l = title_r", 0.55, 0.01, "the same title"),
        Step(
            "part",
            f"{_contained('l', 'r')} OR {_contained('r', 'l')}",
            0.2,
            0.015,
            "one title is part of the other",
        ),
        Step("role", "role_l = role_r", 0.13, 0.11, "titles of one rank and department"),
        Step("department", "department_l = department_r", 0.05, 0.05, "titles of one department"),
        Step("other", "", 0.07, 0.815, "other titles"),
    ),
)
STREET = Comparison(
    "street",
    ("street",),
    (
        Step("exact", "street_l = street_r", 0.50, 0.0002, "the same street"),
        Step(
            "spelling",
            f"({_near('street', 0.92)}) OR ({_typo('street', 3, 10)})",
            0.25,
            0.0005,
            "streets spelled nearly alike",
        ),
        Step(
            "words",
            "array_length(list_intersect(street_words_l, street_words_r)) * 2"
            " >= greatest(array_length(street_words_l), array_length(street_words_r))",
            0.15,
            0.01,
            "streets that share words",
        ),
        Step("other", "", 0.1, 0.989, "the streets differ"),
    ),
    idle_when=_COLLEAGUES,
)
POSTCODE = Comparison(
    "postcode",
    ("postcode",),
    (
        Step("exact", "postcode_l = postcode_r", 0.80, 0.001, "the same postcode"),
        Step(
            "typo",
            "damerau_levenshtein(postcode_l, postcode_r) <= 1",
            0.15,
            0.008,
            "postcodes one slip apart",
        ),
        Step("other", "", 0.05, 0.991, "the postcodes differ"),
    ),
    idle_when=_COLLEAGUES,
)
CITY = Comparison(
    "city",
    ("city",),
    (
        Step("exact", "city_l = city_r", 0.75, 0.004, "the same city"),
        Step(
            "spelling",
            f"({_near('city', 0.9)}) OR ({_typo('city', 2, 6)})",
            0.17,
            0.004,
            "cities spelled nearly alike",
        ),
        Step("other", "", 0.08, 0.992, "other cities"),
    ),
    idle_when=_COLLEAGUES,
)
REGION = Comparison(
    "region",
    ("region",),
    (
        Step("exact", "region_l = region_r", 0.88, 0.2, "the same region"),
        Step("other", "", 0.12, 0.8, "other regions"),
    ),
    idle_when=_COLLEAGUES,
)
COMPARISONS = (
    GIVEN, FAMILY, MIDDLE, GENERATION, BIRTH, PHONE, MAIL, COMPANY, TITLE, STREET, POSTCODE, CITY, REGION,
)  # fmt: skip
