"""The roles that a title names, each with its rank and function, and which of them leads."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rollcall.universe.titles import evidence, held, ideographs, lexicon, meanings, misspelt, tokens
from rollcall.universe.titles.levels import COARSE
from rollcall.universe.titles.lexicon import Entry, Found

# The highest first: of several ranks in one role the first here counts, and so for the role that leads.
_ORDER = ("owner", "founder", "c_suite", "vp", "board", "partner", "head", "director", "manager",
          "volunteer", "senior", "entry", "intern", "staff", "unknown", "")  # fmt: skip
_RANK = {name: place for place, name in enumerate(_ORDER)}
_RANKING, _AIDING = frozenset("LPT"), frozenset("PM")
_TOP = {"owner", "founder", "c_suite"}
_ABOVE_STAFF = _RANK["volunteer"]
_DEPUTY = {"deputy", "vice", "assistant", "associate", "stellvertretender", "stellvertretende", "stellvertretend",
           "adjoint", "adjointe", "adjunto", "adjunta", "aggiunto", "adjunct", "plaatsvervangend"}  # fmt: skip
_AIDES = {"assistant", "assistante", "assistent", "assistentin", "assistenz", "assistente", "asistente", "asystent",
          "asystentka", "asistent", "asistentka", "secretaire", "sekretarin", "sekretar"}  # fmt: skip
# "Staff engineer" is a grade above senior; a staff nurse is a nurse.
_STAFF_ENGINEERS = {"engineering", "data", "product", "security", "information_technology", "research"}
# Boards and managements as bodies: who is named before them works for them.
_BODIES = {
    "geschaftsfuhrung",
    "geschaftsleitung",
    "vorstand",
    "vorstands",
    "direction",
    "direzione",
    "directie",
}
_BEGINNERS = {
    "junior",
    "graduate",
    "entry",
    "jnr",
    "jeune",
    "debutant",
    "berufseinsteiger",
    "absolvent",
    "mlodszy",
}


@dataclass
class Role:
    """One role: its words, what was found in them, and what that makes of it."""

    words: list[str] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    level: str = ""
    department: str = ""
    weight: int = -1
    level_by: str = ""
    department_by: str = ""

    @property
    def untold(self) -> list[str]:
        """The words that do not speak of rank."""
        ranks = [one for one in self.found if one.entry.kind in "LM" or one.entry.level not in ("", "staff")]
        spoken = {at for one in ranks for at in range(one.start, one.end)}
        return [word for at, word in enumerate(self.words) if at not in spoken and word not in _DEPUTY]

    @property
    def rank(self) -> int:
        """Founders and owners stand with the other chiefs when it is asked which role leads."""
        return _RANK["c_suite"] if self.level in _TOP else _RANK[self.level]


def of_title(title: str) -> list[Role]:
    """The roles in the order of the title; none when it has no word."""
    rest, whose = held.office(title)
    bosses = _roles_of(whose) if whose else []
    if not bosses or min(role.rank for role in bosses) > _RANK["head"]:
        return _roles_of(title)
    # The office of a chief is where somebody works, and for which function; its rank is not theirs.
    roles = _roles_of(rest) or [Role(words=["office"], level="staff", department="administration", weight=1)]
    if roles[0].weight < 0:
        roles[0].department, roles[0].weight = bosses[0].department, bosses[0].weight
        roles[0].department_by = bosses[0].department_by
    return roles


def _roles_of(title: str) -> list[Role]:
    title = held.marked(meanings.told(ideographs.said(title)))
    words = held.held([misspelt.right(word) for word in tokens.of_title(title)])
    if len(title) >= tokens.CUT_AT and words and not lexicon.known(words[-1]):
        words[-1] = tokens.mended(words[-1]) or words[-1]
    # Whoever is "assistant to" somebody is not that somebody.
    for at, word in enumerate(words):
        if word.endswith("-to"):
            del words[at + 1 :]
            break
    roles = [_judged(role) for role in _roles(words)]
    if len(roles) > 1:
        _settle_managing(roles)
    return roles


def leading(roles: Sequence[Role]) -> Role:
    """The role of the highest rank; of equals the first that names a function."""
    if len(roles) == 1:
        return roles[0]
    top = min(role.rank for role in roles)
    equals = [role for role in roles if role.rank == top]
    return next((role for role in equals if role.weight > 0), equals[0])


def _roles(words: Sequence[str]) -> list[Role]:
    """A part with a rank or a trade begins a role; a part without one belongs to its neighbour."""
    roles: list[Role] = []
    waiting: list[str] = []
    for part in _parts(words):
        found = lexicon.find(part)
        if not _names_a_role(part, found):
            if roles:
                _extend(roles[-1], part, found)
            else:
                waiting += part
        elif roles and _ends_a_chief(roles[-1], part, found):
            _extend(roles[-1], part, found)
        else:
            whole = waiting + part
            roles.append(Role(words=whole, found=lexicon.find(whole) if waiting else found))
            waiting = []
    if waiting:
        roles.append(Role(words=waiting, found=lexicon.find(waiting)))
    return roles


def _parts(words: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word in (tokens.JOINT, tokens.BREAK):
            parts.append([])
        else:
            parts[-1].append(word)
    return [part for part in parts if part]


def _names_a_role(part: Sequence[str], found: Sequence[Found]) -> bool:
    for one in found:
        kind = one.entry.kind
        if kind in _RANKING or (kind == "M" and one.entry.level != "senior"):
            return True
    return "chief" in part


def _ends_a_chief(role: Role, part: Sequence[str], found: Sequence[Found]) -> bool:
    """ "Chief Legal & Compliance Officer": the officer at the end is still the chief of the beginning."""
    if "chief" not in role.words or "officer" in role.words or "officer" not in part:
        return False
    return "chief" not in part and not any(
        one.entry.kind in "LP" and one.entry.level not in ("officer", "staff") for one in found
    )


def _extend(role: Role, part: Sequence[str], found: Sequence[Found]) -> None:
    shift = len(role.words)
    role.words += part
    role.found += [Found(one.start + shift, one.end + shift, one.entry) for one in found]


def _judged(role: Role) -> Role:
    _set_department(role)
    aide = _aide(role)
    if aide:
        role.level, role.level_by = aide.entry.level if aide.entry.kind == "P" else "staff", aide.entry.text
        role.department, role.department_by, role.weight = "administration", aide.entry.text, 1
        return role
    best, highest = None, len(_ORDER)
    for one in role.found:
        if one.entry.level and one.entry.kind in _RANKING:
            level = _level(role, one.entry)
            if _RANK[level] < highest:
                best, highest = one, _RANK[level]
                role.level, role.level_by = level, one.entry.text
    if "chief" in role.words:
        _chief(role, best)
    _deputy(role, best)
    first = role.found[0] if role.found else None
    if first and first.start == 0 and first.entry.level == "intern" and first.entry.language != "english":
        # "Stagiaire assistante chef de projet": whoever begins so leads no project.
        role.level, role.level_by = first.entry.level, first.entry.text
    elif _RANK[role.level] >= _ABOVE_STAFF:
        _colour(role)
    if not role.level:
        _by_evidence(role)
    return role


def _level(role: Role, entry: Entry) -> str:
    if entry.level == "officer":
        return "staff"
    if entry.level == "managing":
        return "c_suite" if role.weight <= 0 else "partner"
    return entry.level


def _aide(role: Role) -> Found | None:
    """An assistant is not the person assisted, whatever rank that person has."""
    for one in role.found:
        entry = one.entry
        if entry.kind not in _AIDING and entry.level != "staff":
            continue
        if "chief" in role.words and entry.text.endswith("officer"):
            continue
        if entry.kind == "P" and entry.field == "administration" and entry.level in ("staff", "entry"):
            later = [two for two in role.found if two.start >= one.end and two.entry.kind in "LP"]
            above = [two for two in later if two.end == len(role.words) and two.entry.level == "manager"]
            return None if above else one
        if entry.level == "staff" and entry.kind in _RANKING:
            bodies = [two for two in role.found if two.start >= one.end and two.entry.text in _BODIES]
            if bodies and role.words[one.end - 1] != "mitglied":
                return one
        if entry.kind == "M" and entry.text in _AIDES and entry.language != "english":
            later = [two for two in role.found if two.start >= one.end and two.entry.kind in "LPT"]
            ranked = any(_RANK.get(two.entry.level, 99) <= _RANK["director"] for two in later)
            if ranked or any(word in _BODIES for word in role.words[one.end :]):
                return one
    return None


def _chief(role: Role, best: Found | None) -> None:
    """Chiefs that no phrase knows: officers are of the C-suite, "chief engineer" and "bureau chief" are heads."""
    if best and (best.entry.level == "c_suite" or "chief" in best.entry.text):
        return
    at = role.words.index("chief")
    trade = any(
        one.start > at and one.entry.kind == "P" and one.entry.level in ("staff", "entry")
        for one in role.found
    )
    last = at == len(role.words) - 1 and at > 0
    role.level = "head" if "officer" not in role.words and (trade or last) else "c_suite"
    role.level_by = "chief"


def _deputy(role: Role, best: Found | None) -> None:
    if role.level != "c_suite":
        return
    deputies = [at for at, word in enumerate(role.words) if word in _DEPUTY]
    if deputies and not (best and any(best.start <= at < best.end for at in deputies)):
        behind = best is not None and role.words[deputies[-1]] == "assistant" and deputies[-1] >= best.end
        role.level, role.level_by = ("staff", "assistant") if behind else ("vp", role.words[deputies[0]])


def _colour(role: Role) -> None:
    """What only colours a rank: senior, junior, trainee, assistant."""
    colours = [one.entry for one in role.found if one.entry.kind == "M"]
    if not colours:
        _staff(role)
        return
    trainee = next((one for one in colours if one.level == "intern"), None)
    beginner = next((one for one in colours if one.text.split()[0] in _BEGINNERS), None)
    senior = next((one for one in colours if one.level == "senior"), None)
    chosen = trainee or beginner or senior or colours[0]
    if role.level not in ("unknown", "volunteer"):
        role.level, role.level_by = chosen.level, chosen.text


def _staff(role: Role) -> None:
    """Uncoloured: a bare "management" is a manager's, and "staff engineer" is more than an engineer."""
    if not role.level and "management" in role.words:
        role.level, role.level_by = "manager", "management"
    elif role.words[0] == "staff" and role.level == "staff" and role.department in _STAFF_ENGINEERS:
        role.level, role.level_by = "senior", "staff " + role.level_by


def _set_department(role: Role) -> None:
    fields = [one for one in role.found if one.entry.field]
    if not fields:
        return
    best = fields[0]
    for one in fields:
        if one.entry.weight > best.entry.weight:
            best = one
    if best.entry.weight == 1:
        # A president of retail presides; a president of banking is a banker.
        best = next((one for one in fields if one.entry.field == "executive" and one.entry.kind == "P"), best)
    if best.entry.weight > 1 and "chief" in role.words:
        best = next(one for one in fields if one.entry.weight > 1)
    role.department, role.weight, role.department_by = best.entry.field, best.entry.weight, best.entry.text


def _by_evidence(role: Role) -> None:
    level = evidence.level(role.words)
    if level:
        role.level, role.level_by = level.name, f"{level.word} (as in occupation lists)"


def _settle_managing(roles: Sequence[Role]) -> None:
    """A managing director who also heads something is one of many (banks); alone he runs the company."""
    heading = any(role.weight > 0 and COARSE[role.level or "staff"] in ("head", "director") for role in roles)
    for role in roles:
        if heading and role.level == "c_suite" and role.level_by.startswith("managing d"):
            role.level = "partner"
