"""What a title says, and why: rank, finer rank, department, and every role it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rollcall.universe.titles import evidence, ideographs, nonsense, overrides, roles
from rollcall.universe.titles.departments import DEPARTMENTS
from rollcall.universe.titles.levels import COARSE, ROLE_LEVELS, SENIORITIES
from rollcall.universe.titles.overrides import Override, Overrides
from rollcall.universe.titles.roles import Role
from rollcall.universe.titles.spelling import words

_NOTHING = frozenset(
    """n/a na none null nil - . see remarks|please see remarks|see below|not available|not applicable|unknown|other|tbd
    |retired|unemployed|title|employee|self|various|confidential|undisclosed|see remark|10% owner|10% shareholder
    |ten percent owner|10 percent owner|seeking new opportunities|seeking opportunities|open to work|job seeker
    |looking for new opportunities|looking for opportunities|between jobs|career break|homemaker|housewife|ohne|keine
    |sans emploi|sin empleo|desempleado|desempleada|disoccupato|disoccupata|werkloos|werkzoekend|arbeitssuchend
    |rentner|retraite|retraitee|jubilado|jubilada|pensionato|pensionata|aposentado|aposentada|gepensioneerd|pensionista
    |en recherche d'emploi|demandeur d'emploi|desempregado|desempregada|hausfrau|sonstige|varios""".replace(
        "\n", " "
    ).split("|")
) | {"n/a", "na", "none", "null", "nil", "see remarks", "n.a.", "n.a", "x", "xx", "test"}

Otherwise = Overrides | Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Reading:
    """The two values to filter by, and the finer rank below the first."""

    seniority: str
    department: str
    role_level: str


@dataclass(frozen=True, slots=True)
class RoleRead:
    """One role of a title and the words that decided about it."""

    text: str
    seniority: str
    role_level: str
    department: str
    level_words: str
    department_words: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A reading with its roles in the order of the title, the number of the leading one, and the reasons in words."""

    title: str
    reading: Reading
    roles: tuple[RoleRead, ...]
    leading: int
    reasons: tuple[str, ...]


# How loud occupation lists must be to overrule a word as general as "operator".
_SURE = 0.9
_UNREAD = Reading("unknown", "unknown", "unknown")


def read(title: str, *, overrides: Otherwise | None = None) -> Reading:
    """What the title says; an override for the title, in any spelling, says otherwise, wholly or in part.

    Raises:
        UnknownReading
    """
    reading = _reading(title)
    chosen = _chosen(title, overrides) if overrides else None
    return _overridden(reading, chosen) if chosen else reading


def seniority(title: str) -> str:
    """The key in `SENIORITIES`; "unknown" only when the title says nothing at all."""
    return _reading(title).seniority


def department(title: str) -> str:
    """The key in `DEPARTMENTS`; "unknown" when no word of the title tells."""
    return _reading(title).department


def explain(title: str, *, overrides: Otherwise | None = None) -> Explanation:
    """The same reading with its reasons, in plain words."""
    reading, found, lead, borrowed = _read(title)
    final = read(title, overrides=overrides)
    number = next((i for i, role in enumerate(found) if role is lead), 0)
    reasons = _reasons(reading, found, lead, borrowed)
    if final != reading:
        reasons = (*reasons, "This workspace reads the title otherwise: " + _named(final) + ".")
    shown = tuple(_shown(role) for role in found)
    return Explanation(title=title, reading=final, roles=shown, leading=number, reasons=reasons)


@lru_cache(maxsize=1 << 15)
def _reading(title: str) -> Reading:
    """Kept for a while: a load asks for the rank, then for the department, then for both, of the same titles."""
    return _read(title)[0]


def _read(title: str) -> tuple[Reading, list[Role], Role | None, str]:
    """The reading, the roles, the one that leads, and the words that told the department if it could not."""
    if title.strip().casefold() in _NOTHING or nonsense.is_nonsense(title):
        return _UNREAD, [], None, ""
    found = roles.of_title(title)
    if not found or (ideographs.is_unread(title) and not any(role.found for role in found)):
        return _UNREAD, [], None, ""
    lead = roles.leading(found)
    level = _finest(found, lead) or "staff"
    department, by = _department(found, lead)
    return Reading(COARSE[level], department, level), found, lead, by


def _finest(found: list[Role], lead: Role) -> str:
    """The founder and chief executive is a founder: of equal roles the finer rank that says most."""
    equals = [role.level for role in found if role.rank == lead.rank]
    return next((level for level in ("owner", "founder") if level in equals), lead.level)


def _department(found: list[Role], lead: Role) -> tuple[str, str]:
    """Of the leading role; if that names none, of the others; if nobody does, as similar occupations."""
    equals = [role for role in found if role.rank == lead.rank]
    decisive = next((role for role in equals if role.weight > 3), None)
    told = next((role for role in (decisive, lead, *found) if role and role.weight > 0), None)
    if told and told.weight > 1:
        return told.department, told.department_by
    weak = next((role for role in (lead, *found) if role.department), None)
    if told or not weak:
        guess = evidence.department([word for role in found for word in role.untold])
        if guess and (guess.loudness > _SURE or not told):
            return guess.name, f"{guess.word} (as in occupation lists)"
    told = told or weak
    return (told.department, told.department_by) if told else ("unknown", "")


def _chosen(title: str, said: Otherwise) -> Override | None:
    known = said if isinstance(said, Overrides) else overrides.of_titles(said)
    return known.of(words(title))


def _overridden(reading: Reading, chosen: Override) -> Reading:
    finer = chosen.level or reading.role_level
    return Reading(COARSE[finer], chosen.department or reading.department, finer)


def _reasons(reading: Reading, found: list[Role], lead: Role | None, by: str) -> tuple[str, ...]:
    if lead is None:
        return ("No word of this title says what the person does now.",)
    reasons = []
    if len(found) > 1:
        named = "; ".join(f"“{' '.join(role.words)}”" for role in found)
        reasons.append(f"{len(found)} roles are named: {named}. “{' '.join(lead.words)}” leads, by its rank.")
    level = ROLE_LEVELS[reading.role_level]
    reasons.append(
        f"“{lead.level_by}” says {level}."
        if lead.level_by
        else f"No word names a rank, so it is read as {level}."
    )
    department = DEPARTMENTS[reading.department]
    reasons.append(f"“{by}” says {department}." if by else "No word names a department.")
    return tuple(reasons)


def _shown(role: Role) -> RoleRead:
    level = role.level or "staff"
    return RoleRead(
        text=" ".join(role.words),
        seniority=COARSE[level],
        role_level=level,
        department=role.department or "unknown",
        level_words=role.level_by,
        department_words=role.department_by,
    )


def _named(reading: Reading) -> str:
    return f"{SENIORITIES[reading.seniority]}, {DEPARTMENTS[reading.department]}"
