"""Reads a person's name into comparable parts, whatever its order, alphabet, accents, titles and particles."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rollcall.universe.identity.people import nicknames
from rollcall.universe.identity.people.spelling import HAN, as_typed, fold_token
from rollcall.universe.mending import mended

TEXT_MAX = 300

_TITLES_WORDS = """
mr mrs ms miss mx dr prof professor sir dame hon honorable rev reverend capt captain col colonel gen general lt sgt maj
major adm admiral amb ambassador sen senator gov governor judge lord lady herr frau hr fr dipl ing mag drs mme mlle
monsieur madame sr sra srta don dona dott dottssa ir shri smt mw mevr dhr dra lic arq abg avv mgr hab inz
med rer habil jur mudr judr rndr phdr sheikh shaikh datuk dato hajj pastor rabbi cmdr cdr ssgt maestro geom
"""
_TITLES = frozenset(_TITLES_WORDS.split())
_ALSO_SURNAMES = frozenset(
    (
        "honorable",
        "general",
        "major",
        "judge",
        "lord",
        "dean",
        "don",
        "hon",
        "dame",
        "captain",
        "governor",
        "ambassador",
    )
)
_CREDENTIALS_WORDS = """
phd mba cpa cfa esq esquire rn jd llm llb dds dvm facs frcp mph msc bsc bs ms mscs meng beng pmp cissp cisa cism shrm
phr sphr cfp chfc clu frm caia cma cia acca fca aca mbe obe cbe kbe md edd psyd dphil mphil msw lcsw ret usn usmc usaf
csc drsc mcips fcips fcipd mcipd chrp cphr gphr aphr pmi itil cspo csp facc facog faap faan crna aprn bsn msn dnp
pharmd dpt leed cpcu fcas acas cgma crcm cipp cipm mrics frics mice miet fiet fbcs mbcs fcca mcsi fcsi llp
"""
_CREDENTIALS = frozenset(_CREDENTIALS_WORDS.split())
# These are also surnames or initials: a credential only behind a comma.
_CREDENTIALS_AFTER_COMMA = _CREDENTIALS | frozenset(
    ("ma", "ba", "do", "pe", "pa", "np", "csm", "cap", "cams")
)
_GENERATIONS = {"jr": "jr", "junior": "jr", "jnr": "jr", "sr": "sr", "senior": "sr", "snr": "sr", "ii": "2"} | {
    "2nd": "2", "iii": "3", "3rd": "3", "iv": "4", "4th": "4", "v": "5", "5th": "5"
}  # fmt: skip
_PARTICLES_WORDS = """
van von vom vander vande der den de del della dello delle dei degli di da das do dos du la le les lo el al ul bin ibn
ben bint ter ten te tot zu zum zur af av y e t s op aan in st
"""
_PARTICLES = frozenset(_PARTICLES_WORDS.split())
# Of "Nguyễn Văn An" the family name is the first word, and "Văn" is no particle.
_VIETNAMESE = frozenset(("nguyen", "tran", "pham", "huynh", "hoang", "phan", "dang", "bui", "ngo", "duong"))
_PATRONYMIC = re.compile(r"(?:ov|ev|yev|iv)[iy]?(?:ch|na)$|inichna$|ich$")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
# "Weber, PMI-ACP": letters behind the name that no list knows. "Smith, ANA" has a name there.
_LETTERS_AFTER = re.compile(r"[A-Z][A-Z.®-]{2,7}")
# "JA Smith", "tom_ford".
_RUN_INITIALS = re.compile(r"^([B-DF-HJ-NP-TV-Z][A-Z]|[A-Z][B-DF-HJ-NP-TV-Z])\s(?=[A-Z][a-z])")
_UNSPACED = re.compile(r"([^\W\d_]{2,})[._]([^\W\d_]{2,})")
_ALIAS = re.compile(r"[(\[\"“”‘«„]\s*([^)\]\"“”’»]{1,60}?)\s*[)\]\"“”’»]")
_BORN = re.compile(r"^(?:née?|nee|born|geb\.?|formerly|maiden name)\s+", re.IGNORECASE)
_MAIDEN = re.compile(r"\s(?:née?|geb\.)\s+(?=\S)", re.IGNORECASE)
_HYPHENS = re.compile(r"[\-‐-―_·・/]+")
_DOTTED = re.compile(r"(?:\w\.)+\w?")


# Words that are no name when they stand at an end.
SPECIAL = _TITLES | _CREDENTIALS | frozenset(_GENERATIONS)


@dataclass(frozen=True, slots=True)
class Name:
    """Folded parts. `given` is all given names run together, `middle` are initials, `generation` is "jr", "sr", "2", …,
    `aliases` are further first names, `words` all that are written out, in the order of the alphabet, `typed` is
    `first` with "ae", "oe" and "ue" as they stand, `compound` what a hyphen joins to it,
    `run` all words run together."""

    first: str = ""
    given: str = ""
    middle: str = ""
    last: str = ""
    last_parts: tuple[str, ...] = ()
    generation: str = ""
    aliases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    typed: str = ""
    compound: str = ""
    run: str = ""


@lru_cache(maxsize=200_000)
def read(full_name: str, first_name: str = "", last_name: str = "") -> Name:
    """What a source's name fields say together; the separate fields decide where both are given."""
    text, aliases, born = _without_asides(_clean(full_name))
    told_first, first_aliases, _ = _without_asides(_clean(first_name))
    told_last, _, last_born = _without_asides(_clean(last_name))
    aliases, born = aliases + first_aliases, born + last_born
    if told_first and told_last:
        given, family, generation = _told(told_first, told_last, text)
        between: list[str] = []
    else:
        given, family, generation = _parsed(text or told_last or told_first)
        # Of "José García Márquez" nobody says whether García is his middle or his last name.
        between = [token for token in given[1:] if len(token) > 1 and token not in _PARTICLES]
    compound = given[0].partition("-")[2] if given else ""
    given, family = _apart(given), _apart(family)
    surnames = _surnames(family)
    vietnamese = len(family) == 1 and family[0] in _VIETNAMESE
    particles: frozenset[str] = frozenset() if vietnamese else _PARTICLES
    middles = [token[0] for token in given[1:] if len(token) == 1 or token not in particles]
    named = [fold_token(alias) for alias in aliases if " " not in alias.strip()]
    if given and len(given[0]) == 1:
        # "J. Edgar Hoover" is called Edgar.
        named += [token for token in given[1:2] if len(token) > 1]
    born_as = [part for text in born for part in _surnames(_apart(_tokens(text)))]
    # "Mary (Smith) Jones": in brackets stands the name she had.
    had = [name for name in named if len(name) > 2 and name not in nicknames.given()]
    parts = tuple(
        dict.fromkeys([*surnames, *born_as, *_apart(between), *(had if born_as or surnames else ())])
    )
    return Name(
        first=given[0] if given else "",
        given="".join(token for token in given if token not in _PARTICLES) or "".join(given),
        middle="".join(middles),
        last="".join(surnames),
        last_parts=parts,
        generation=generation,
        aliases=tuple(dict.fromkeys(name for name in named if name)),
        words=tuple(sorted({*_written(given), *_written(surnames)})),
        typed=_typed(given[0], told_first or text) if given else "",
        compound=compound,
        run="".join([*given, *family]),
    )


def _typed(first: str, text: str) -> str:
    words = _HYPHENS.sub(" ", text.replace(".", " ").replace(",", " ")).split()
    return next((as_typed(word) for word in words if fold_token(word) == first), first)


def _clean(text: str) -> str:
    """One space between words, no marks that are not seen."""
    kept = unicodedata.normalize("NFKC", mended(text[:TEXT_MAX]))
    seen = " ".join("".join(_INSTEAD.get(unicodedata.category(c), c) for c in kept).split())
    unspaced = _UNSPACED.fullmatch(seen)
    if unspaced:
        seen = " ".join(unspaced.groups())
    initials = _RUN_INITIALS.match(seen)
    if initials and fold_token(initials[1]) not in SPECIAL | _PARTICLES | nicknames.given():
        seen = " ".join((*initials[1], seen[3:]))
    return _MISREAD.sub(lambda found: _LETTERS[found.group()], _CLAN.sub(r"\1", seen))


# "Ca1io", as a scanner reads Calio; "Mac Donald" and "MacDonald" are one name.
_MISREAD = re.compile(r"(?<=[^\W\d_])[015](?=[^\W\d_])")
_LETTERS = {"0": "o", "1": "l", "5": "s"}
_CLAN = re.compile(r"(?<=\s)(Ma?c)\s(?=[A-Z][a-z]{2})")
_INSTEAD = {"Cf": "", "So": "", "Cc": " "}


def _without_asides(text: str) -> tuple[str, list[str], list[str]]:
    """The text without what stands in brackets or quotes; nicknames from there, and names of birth."""
    aliases: list[str] = []
    born: list[str] = []
    for aside in _ALIAS.findall(text):
        (born if _BORN.match(aside) else aliases).append(_BORN.sub("", aside))
    head, *maiden = _MAIDEN.split(_ALIAS.sub(" ", text), maxsplit=1)
    return " ".join(head.split()), aliases, born + maiden


def _tokens(text: str) -> list[str]:
    """Folded words; "Smith-Jones" stays one, with its hyphen, for a surname does not end inside it."""
    found = []
    for word in text.replace(",", " ").split():
        whole = fold_token(word)
        if _DOTTED.fullmatch(word) and whole not in _CREDENTIALS and whole not in _GENERATIONS:
            found += [token for letter in word.split(".") if (token := fold_token(letter))]
        else:
            parts = (fold_token(part) for half in word.split(".") for part in _HYPHENS.split(half))
            found.append("-".join(part for part in parts if part) if whole not in _CREDENTIALS else whole)
    return [token for token in found if token]


def _apart(tokens: list[str]) -> list[str]:
    return [part for token in tokens for part in token.split("-")]


def _told(first: str, last: str, full: str) -> tuple[list[str], list[str], str]:
    """Given names, family names and generation when the source tells them apart."""
    given = [token for token in _tokens(first) if token not in _TITLES] or _tokens(first)
    family, generation = _without_ends(_tokens(last), commas="," in last)
    given, of_given = _without_generation(given)
    whole, of_full = _without_ends(_tokens(full), commas="," in full)
    given, family, whole = _apart(given), _apart(family), _apart(whole)
    if len(given) == 1 and given[0] in whole:
        # "Thomas F Frist" beside first "Thomas" and last "Frist": the full name tells the middle.
        rest = [token for token in whole if token not in given and token not in family]
        given += [token for token in rest if token not in _PARTICLES | _TITLES]
    return given, family, generation or of_given or of_full


def _parsed(text: str) -> tuple[list[str], list[str], str]:
    """Given names, family names and generation of one text."""
    head, comma, tail = text.partition(",")
    if comma:
        after, generation = _without_ends(_tokens(tail), commas=True)
        if after and not _are_letters(head, tail):
            # "Young, III Shannon": some write the generation first.
            after, of_after = _without_generation(after)
            family, of_family = _without_ends(_tokens(head), commas=False)
            return after, family, generation or of_after or of_family
        given, family, of_head = _parsed(head)
        return given, family, generation or of_head
    words = _tokens(text)
    if len(words) == 1 and HAN.search(words[0]) and 2 <= len(words[0]) <= 4:
        cut = 2 if len(words[0]) == 4 else 1
        return [words[0][cut:]], [words[0][:cut]], ""
    words, generation = _without_ends(words, commas=False)
    if len(words) > 2:
        # "FARLEY JR JAMES D"
        words, inside = _without_generation(words)
        generation = generation or inside
    if len(words) < 2:
        return [], words, generation
    begun_small = text.lstrip("'’`")[:1].islower() and not text.islower()
    # "NGUYEN WEI A" is filed as anywhere else.
    if (
        words[0] in _VIETNAMESE
        and len(words) > 2
        and len(words[-1]) > 1
        and words[1] not in nicknames.given()
    ):
        called = 2 if len(words) == 4 and words[1] in ("van", "thi") else len(words) - 1
        return [*words[called:], *words[1:called]], words[:1], generation
    if len(words) == 3 and _CYRILLIC.search(text) and _is_filed_with_father(words):
        return words[1:], words[:1], generation
    return (*_in_order(words, shouted=text.isupper(), marked=text.isupper() or begun_small), generation)


def _is_filed_with_father(words: list[str]) -> bool:
    """ "Иванова Мария Сергеевна": the name of the father stands last, not between the others."""
    return bool(_PATRONYMIC.search(words[2]) and not _PATRONYMIC.search(words[1]))


def _are_letters(head: str, tail: str) -> bool:
    """Whether behind the comma stand but letters of a degree or an office, and before it a whole name."""
    written = tail.replace(",", " ").split()
    names = [token for token in _tokens(head) if token not in SPECIAL | _PARTICLES]
    return len(names) > 1 and not head.isupper() and all(map(_is_degree, written))


def _is_degree(word: str) -> bool:
    token = fold_token(word)
    if token in _CREDENTIALS_AFTER_COMMA:
        return True
    vowels = sum(letter in "AEIOU" for letter in word)
    is_name = token in nicknames.given() or token in _GENERATIONS or ("-" not in word and vowels > 1)
    return bool(_LETTERS_AFTER.fullmatch(word)) and not is_name


def _in_order(words: list[str], *, shouted: bool, marked: bool) -> tuple[list[str], list[str]]:
    """Given and family names in the order of the words, or in that of filings: "SMITH JOHN A", "Morfit G Mason"."""
    filed = len(words[0]) > 1 and len(words[-1]) == 1 and len(words) > 2
    known = nicknames.given()
    rest = [word for word in words[1:] if word in known]
    turned = words[0] not in known and (
        (shouted and bool(rest))
        or (
            len(words) > 2
            and len(words[0]) > 1
            and (words[1] in known or (len(words[1]) == 1 and words[-1] in known))
        )
    )
    # "DE LA CRUZ ANA", "van den Berg Jan": no given name is written small.
    headed = marked and len(words) > 2 and words[0] in _PARTICLES and words[0] not in known
    if filed or headed or turned:
        start = next((i for i, word in enumerate(words) if word not in _PARTICLES), 0)
        if start + 1 < len(words):
            return words[start + 1 :], words[: start + 1]
    for place in range(1, len(words) - 1):
        if words[place] in _PARTICLES and len(words[place]) > 1:
            return words[:place], words[place:]
    return words[:-1], words[-1:]


def _without_ends(words: list[str], *, commas: bool) -> tuple[list[str], str]:
    """Without titles before and credentials behind the name, and the generation that stood there."""
    generation = ""
    while len(words) > 1 and words[0] in _TITLES and not _is_surname(words):
        words = words[1:]
    credentials = _CREDENTIALS_AFTER_COMMA if commas else _CREDENTIALS
    least = 0 if commas else 1
    while len(words) > least and (words[-1] in credentials or words[-1] in _GENERATIONS):
        if words[-1] in _GENERATIONS:
            if words[-1] == "v" and len(words) < 3:
                break
            generation = _GENERATIONS[words[-1]]
        words = words[:-1]
    return words, generation


def _is_surname(words: list[str]) -> bool:
    """ "MAJOR KRISTIN K", "Lord Patrick J": behind a title stand two names at least, or one and no initial."""
    written = [word for word in words[1:] if len(word) > 1 and word not in _GENERATIONS]
    return words[0] in _ALSO_SURNAMES and len(written) == 1 and len(words) > 2


def _without_generation(words: list[str]) -> tuple[list[str], str]:
    kept = [word for word in words if word not in _GENERATIONS or word == "v"]
    found = [_GENERATIONS[word] for word in words if word in _GENERATIONS and word != "v"]
    return (kept, found[0]) if kept and found else (words, "")


def _written(tokens: list[str]) -> list[str]:
    return [token for token in tokens if len(token) > 1 and token not in _PARTICLES]


def _surnames(family: list[str]) -> list[str]:
    return [token for token in family if token not in _PARTICLES] or family
