"""What is known of one person so far, and whether two of them can be one at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from operator import eq

from rollcall.universe.identity.people import nicknames, readings, spelling, unlike
from rollcall.universe.identity.people.clustering import Check
from rollcall.universe.identity.slips import edits

# A parent and a child of one name are so many years apart.
CHILD_YEARS = (18, 40)


@dataclass(frozen=True, slots=True)
class Spell:
    """One title at one company, as one source tells it; days as numbers, 0 where nobody says.

    `words` are those of the name, in the order of the alphabet; `is_sole`: a company has but one of this title.
    """

    source: str
    source_key: str
    company: int
    starts: int
    ends: int
    title: str
    generation: str
    words: str = ""
    is_sole: bool = False


@dataclass(slots=True)
class Person:
    """Everything that records taken for one person say; joining two is the union."""

    known: set[int] = field(default_factory=set)
    firsts: set[str] = field(default_factory=set)
    roots: set[str] = field(default_factory=set)
    lasts: set[str] = field(default_factory=set)
    middles: set[str] = field(default_factory=set)
    furthers: set[str] = field(default_factory=set)
    generations: set[str] = field(default_factory=set)
    births: set[str] = field(default_factory=set)
    pages: set[str] = field(default_factory=set)
    mails: set[str] = field(default_factory=set)
    spells: set[Spell] = field(default_factory=set)

    def join(self, other: "Person") -> None:
        for name in _PARTS:
            getattr(self, name).update(getattr(other, name))


_OTHER_NAMES = "their first names differ"
_ELDER = "one is the elder and one the younger"
# Asked about: a source may repeat itself after all, a third record may be right.
KNOWN_AS_TWO = "they were known as two before, and nothing else is told of them now"
NAMESAKES = "one source lists both at once at one company"
_PARTS = ("known", "firsts", "roots", "lasts", "middles", "furthers", "generations", "births", "pages", "mails",
          "spells")  # fmt: skip


def checker(
    portraits: Mapping[int, Person], apart: frozenset[tuple[int, int]], settled: frozenset[int] = frozenset()
) -> Check:
    """A function that says why two groups of people cannot be one; `apart` are known ids that are kept apart.

    `settled`: known ids of which nothing new is told. They were compared when they came, so nobody makes one of two.
    """

    def check(one: frozenset[int], other: frozenset[int]) -> str | None:
        left, right = (whole(group) for group in (one, other))
        if apart and any((min(pair), max(pair)) in apart for pair in product(left.known, right.known)):
            return "somebody decided that they are two"
        reason = contradiction(left, right)
        both = [person.known & settled for person in (left, right)]
        if reason is None and all(both) and both[0].isdisjoint(both[1]):
            return KNOWN_AS_TWO
        return reason

    def whole(group: frozenset[int]) -> Person:
        if len(group) == 1:
            return portraits[next(iter(group))]
        return union(portraits[number] for number in group)

    return check


def contradiction(one: Person, other: Person) -> str | None:
    """Why the two cannot be one person, in words; None when nothing says so."""
    if _apart(one.generations, other.generations, _same_generation):
        told = sorted(one.generations | other.generations)
        return f"{_ELDER} ({', '.join(told)})"
    if any(
        _apart(_numbers(a), _numbers(b), eq)
        for a, b in ((one.firsts, other.firsts), (one.lasts, other.lasts))
    ):
        return "the numbers in their names differ"
    if one.pages and other.pages and not one.pages & other.pages:
        return "each has a LinkedIn address of their own"
    if one.births & other.births:
        return _OTHER_NAMES if _are_twins_at_work(one, other) else _homonyms(one, other)
    if _apart(one.births, other.births, _near_births) and _are_parent_and_child(one, other):
        return "their dates of birth are a generation apart"
    if one.mails & other.mails and not has_other_name(one, other):
        return _homonyms(one, other)
    if _share_a_first_name(one, other) and _apart(one.middles, other.middles, _fits):
        return "their middle initials differ"
    if one.firsts & other.firsts and _apart(one.furthers, other.furthers, _may_be_one):
        return "their middle names differ"
    if has_other_name(one, other):
        return _OTHER_NAMES
    reason = _homonyms(one, other)
    if reason or one.pages & other.pages or one.mails & other.mails:
        return reason
    return NAMESAKES if _are_namesakes(one, other) else None


def _are_twins_at_work(one: Person, other: Person) -> bool:
    """Of twins at companies both first names are names; where only addresses are told, one may stand for another."""
    known = nicknames.given()
    return (
        bool(one.spells and other.spells and one.firsts & known and other.firsts & known)
        and not one.pages & other.pages
        and has_other_name(one, other)
    )


def _share_a_first_name(one: Person, other: Person) -> bool:
    """The same, or an initial of it: then what stands behind it is a middle name in both."""
    return any(
        a == b or (min(len(a), len(b)) == 1 and a[0] == b[0]) for a, b in product(one.firsts, other.firsts)
    )


def is_certain(reason: str) -> bool:
    """Whether nobody needs to look at two that share a mailbox or page but contradict each other so."""
    return reason == _OTHER_NAMES or reason.startswith(_ELDER)


def has_other_name(one: Person, other: Person) -> bool:
    """Whether no first name of the one can be a first name of the other, also not in the other order."""
    if not one.firsts or not other.firsts or one.roots & other.roots:
        return False
    if _are_foreign(one) != _are_foreign(other):
        # Nobody can say so of "王伟" and "David Wang".
        return False
    if _any_alike(one.firsts, other.lasts) or _any_alike(other.firsts, one.lasts):
        return False
    return not _any_alike(one.firsts, other.firsts)


def _are_foreign(person: Person) -> bool:
    return any(map(readings.is_foreign, person.firsts | person.lasts))


def _numbers(names: set[str]) -> set[str]:
    """The digits of each name that has any: "user12" and "user13" are no misspelling of one another."""
    return {"".join(filter(str.isdigit, name)) for name in names if any(map(str.isdigit, name))}


def _any_alike(one: set[str], other: set[str]) -> bool:
    return any(_alike(a, b) for a, b in product(one, other))


def _are_namesakes(one: Person, other: Person) -> bool:
    """Whether a source would have written one person down twice; of a chief there is only one."""
    return any(
        not (a.is_sole and b.is_sole) and _are_together(a, b) for a, b in product(one.spells, other.spells)
    )


def _may_be_one(one: str, other: str) -> bool:
    return not unlike.are_other_names(one, other)


def _are_together(a: Spell, b: Spell) -> bool:
    """Whether one source lists two at one company at once."""
    return (
        a.source == b.source
        and a.source_key != b.source_key
        and a.company == b.company
        and not (a.ends and b.starts and a.ends < b.starts)
        and not (b.ends and a.starts and b.ends < a.starts)
    )


def _homonyms(one: Person, other: Person) -> str | None:
    for a, b in product(one.spells, other.spells):
        if _are_together(a, b):
            titles = bool(a.title and b.title)
            if titles and not _one_title(a.title, b.title):
                return f"{a.source} lists both at once at one company, under different titles"
            if not titles and bool(a.generation) != bool(b.generation):
                return f"{a.source} lists both at once at one company, one as {a.generation or b.generation}"
    return None


def _one_title(one: str, other: str) -> bool:
    """Equal, or one a part of the other that says something by itself."""
    short, long = sorted((one, other), key=len)
    return one == other or (" " in short and f" {short} " in f" {long} ")


def _apart(one: set[str], other: set[str], fits: object) -> bool:
    assert callable(fits)
    return bool(one and other) and not any(fits(a, b) for a, b in product(one, other))


def _same_generation(one: str, other: str) -> bool:
    return one == other or {one, other} == {"jr", "2"}


def _fits(one: str, other: str) -> bool:
    return one in other or other in one


def _near_births(one: str, other: str) -> bool:
    return edits(one, other) <= 2


def _are_parent_and_child(one: Person, other: Person) -> bool:
    if not (one.firsts & other.firsts and one.lasts & other.lasts):
        return False
    years = [abs(int(a[:4]) - int(b[:4])) for a, b in product(one.births, other.births)]
    return all(CHILD_YEARS[0] <= year <= CHILD_YEARS[1] for year in years)


def _alike(one: str, other: str) -> bool:
    """An initial, another spelling of one sound, or one slip between names of which not both are known names."""
    if (len(one) == 1 or len(other) == 1) and one[0] == other[0]:
        return True
    if spelling.are_he_and_she(one, other):
        return False
    if spelling.sound(one) == spelling.sound(other):
        return True
    if {one, other} <= nicknames.given():
        return False
    shorter = min(len(one), len(other))
    return shorter >= 3 and (edits(one, other) <= (1 if shorter < 5 else 2) or one[:4] == other[:4])


def union(people: Iterable[Person]) -> Person:
    """All of them as one."""
    whole = Person()
    for person in people:
        whole.join(person)
    return whole
