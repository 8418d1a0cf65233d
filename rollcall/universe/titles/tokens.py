"""The words of a title with its joints kept: which words stand together, and where one role may end."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from rollcall.universe.titles import spelling

DATA = Path(__file__).parent / "data"
JOINT, BREAK = "&", ","
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*|[&+,;/|()\[\]:•·]|(?<=\s)[-–—](?=\s)|[–—]")
_FOR_ALL = re.compile(
    r"[(\[]?\b(?:[mfwhdxi]\s?[/|*.]\s?){1,3}[mfwhdxi]\b[)\]]?|\((?:all genders|gn|divers|[mwfd])\)", re.I
)
# "Leiter/in", "Mitarbeiter*innen", "Chargé(e)", "Directeur/trice", "Director/a": one post, not two.
_GENDER = re.compile(
    r"(?<=\w\w\w)(?:/-?|[:*_·]|\(-?/?)(?:innen|in|e|a|o|ra|trice|euse|rice|ne|ere|ère|nne|as|os|fe)(?:\)|\b)",
    re.I,
)
# One post, not the owner's and a machine operator's.
_OPERATOR = re.compile(r"\bowner\s?[/&]\s?operator\b")
_MARKS = re.compile(r"[/:*_·(|\[]")
# Also the vowel signs of Hebrew and Arabic.
_ACCENTS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u0655]")
# "מנכ״ל" is a word; the article that Arabic writes to a word is none of it.
_GERSHAYIM = re.compile("(?<=[\u05d0-\u05ea])[\"\u05f4\u201d\u2019'](?=[\u05d0-\u05ea])")
_AL = re.compile(r"\b\u0627\u0644(?=[\u0621-\u064a]{3})")
_ELIDED = re.compile(r"\b(l|d|qu|dell|all|nell|sull|un|degl)'(?=\w)", re.I)
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th"})
# A filing's form cuts a title at its thirtieth character; some cut earlier.
CUT_AT = 25


def listed(kind: str, separator: str | None = None) -> list[str]:
    """What `data/spellings.txt` lists under this name."""
    text = (DATA / "spellings.txt").read_text(encoding="utf-8")
    lines = [line.removeprefix(f"{kind}: ") for line in text.splitlines() if line.startswith(f"{kind}: ")]
    return [item.strip() for line in lines for item in line.split(separator)]


_JOINERS = frozenset(listed("joiner"))
SMALL = frozenset(listed("small"))
_CUT_WORDS = tuple(listed("cut"))
_PAIRS = frozenset(listed("pair", ";"))
_SHORT = {short: long for short, _, long in (pair.partition("=") for pair in listed("short", ";"))}
_PARTICULAR = SMALL | {"to", "cheffe", "tech", "sec"}
_TECH_AFTER = {"laboratory", "pharmacy", "maintenance", "service", "field", "vet", "repair", "support", "dental",
               "medical", "surgical", "hvac", "auto", "technology"}  # fmt: skip
_TO = {"assistant", "secretary", "advisor", "adviser", "aide", "ea", "pa", "counselor"}


def of_title(title: str) -> list[str]:
    """Words in plain letters, small words gone; "&" where two may belong together, "," where they part."""
    found = _WORD.findall(plain(title))
    out: list[str] = []
    for i, piece in enumerate(found):
        if not piece[0].isalnum():
            out.append(JOINT if piece in "&+" else BREAK)
        elif piece in _JOINERS and 0 < i < len(found) - 1:
            out.append(JOINT)
        elif piece in _PARTICULAR or "-" in piece:
            _add(out, piece, found[i + 1] if i + 1 < len(found) else "")
        else:
            out += _in_full(piece)
    return _joined(out)


def plain(text: str) -> str:
    """Lower case, without accents, gendered endings, dots of initials and apostrophes."""
    text = spelling.apart(text)
    if _MARKS.search(text):
        text = _GENDER.sub("", _FOR_ALL.sub(" ", text))
    text = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    text = spelling.with_joined_meanings(text)
    if not text.isascii():
        text = _GERSHAYIM.sub("", text)
    if "'" in text:
        text = _ELIDED.sub(r"\1 ", text).replace("'", "")
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_LETTERS))
        text = _AL.sub("", _ACCENTS.sub("", text))
    return _OPERATOR.sub("owner operator", text.replace("e-commerce", "ecommerce"))


def _add(out: list[str], piece: str, after: str) -> None:
    if piece in SMALL:
        if piece in ("of", "de", "du", "des", "d") and out and out[-1] in ("chief", "chef"):
            out[-1] += "-of" if out[-1] == "chief" else "-de"
        return
    if piece == "to" or piece == "cheffe":
        if piece == "cheffe":
            out.append("chef-de")
        elif out and (out[-1] in _TO or out[-2:] == ["chief-of", "staff"]):
            out[-1] += "-to"
        return
    if piece == "tech" and out and out[-1] in _TECH_AFTER and after in ("", ",", "/"):
        out.append("technician")
        return
    if piece == "sec":
        out.append("security" if out and out[-1] in ("information", "cyber", "it") else "secretary")
        return
    if "-" in piece:
        for part in piece.split("-"):
            _add(out, part, after)
        return
    out.extend(_in_full(piece))


@lru_cache(maxsize=65536)
def _in_full(piece: str) -> tuple[str, ...]:
    written = _SHORT.get(piece, spelling.in_full(piece))
    return tuple(word for word in written.split() if word not in SMALL)


def mended(word: str) -> str:
    """The word that a cut one began to be; empty if it is whole or cannot be told."""
    if len(word) < 3 or word in _CUT_WORDS or not word.isascii():
        return ""
    return next((whole for whole in _CUT_WORDS if whole.startswith(word)), "")


def _joined(tokens: list[str]) -> list[str]:
    """Without the joints inside what is one thing: "research & development"."""
    if JOINT not in tokens:
        return tokens
    return [
        token
        for i, token in enumerate(tokens)
        if token != JOINT or not 0 < i < len(tokens) - 1 or f"{tokens[i - 1]} {tokens[i + 1]}" not in _PAIRS
    ]
