"""Takes the legal form off a name ("GmbH & Co. KG", "S.A. de C.V.") and says in which countries it exists."""

import csv
from functools import lru_cache
from pathlib import Path

from rollcall.universe.identity.companies import countries, letters

_DATA = Path(__file__).parent / "data"
Form = tuple[str, ...]
# Forms that stand before a name. "AB" may be the beginning of one, so it counts only after a name or before "(publ)".
_BEFORE: tuple[Form, ...] = (
    ("pt",), ("ooo",), ("oao",), ("pao",), ("zao",), ("jsc",), ("pjsc",), ("ojsc",), ("cjsc",), ("uab",), ("tov",),
    ("kabushiki", "kaisha"), ("cong", "ty", "co", "phan"), ("cong", "ty", "tnhh"), ("บริษัท",), ("firma",),
    ("publichnoe", "aktsionernoe", "obshchestvo"), ("aktsionernoe", "obshchestvo"),
    ("obshchestvo", "s", "ogranichennoi", "otvetstvennostyu"), ("joint", "stock", "company"),
)  # fmt: skip
# Written without spaces in these scripts, before or after the name.
_ATTACHED = (
    "股份有限公司", "有限责任公司", "有限責任公司", "株式会社", "有限会社", "合同会社", "有限公司",
    "주식회사", "유한회사",
)  # fmt: skip
# Said of a company anywhere, they say nothing about where it is.
_EVERYWHERE = frozenset(
    {
        "co",
        "company",
        "corp",
        "corporation",
        "limited",
        "ltd",
        "private",
        "plc",
        "sa",
        "as",
        "ag",
        "inc",
        "incorporated",
    }
)
# Ordinary short words of names, of which the list says that they are forms somewhere.
_NO_FORMS = {
    *(
        "ad",
        "ae",
        "at",
        "ate",
        "ba",
        "bl",
        "bt",
        "ca",
        "cio",
        "cpt",
        "da",
        "dat",
        "ec",
        "ei",
        "ent",
        "ep",
        "et",
        "etat",
    ),
    *(
        "eu",
        "fa",
        "gie",
        "ik",
        "is",
        "na",
        "nl",
        "ok",
        "pat",
        "pc",
        "private",
        "ps",
        "rt",
        "sal",
        "scoop",
        "sem",
        "sep",
    ),
    *("sf", "sp", "ss", "ud", "uk", "vat"),
}


def strip(tokens: Form) -> tuple[Form, frozenset[str]]:
    """The tokens without legal forms, and the countries that the forms speak for (none: they do not say).

    Something of the name is always left: "The Limited, Inc." is "limited".
    """
    ends, begins = _forms()
    said: list[frozenset[str]] = []
    rest = tuple(_detached(tokens))
    stripped = True
    while stripped:
        stripped = False
        for length in range(min(_LONGEST, len(rest) - 1), 0, -1):
            if rest[-length:] in ends:
                said.append(ends[rest[-length:]])
                rest, stripped = rest[:-length], True
                break
    for form in begins:
        if len(rest) > len(form) and rest[: len(form)] == form:
            said.append(ends.get(form, frozenset()))
            rest = rest[len(form) :]
            break
    return rest, _shared(said)


def is_at_end(tokens: Form) -> bool:
    """Whether the tokens end with a legal form."""
    longest = min(_LONGEST, len(tokens) - 1)
    return any(tokens[-length:] in _forms()[0] for length in range(1, longest + 1))


def _detached(tokens: Form) -> list[str]:
    """East Asian forms are taken off the word they are written to; one that stands alone is left out."""
    found = []
    for token in tokens:
        if token in _ATTACHED and len(tokens) > 1:
            continue
        bare = token
        for form in _ATTACHED if not token.isascii() else ():
            if bare != form:
                bare = bare.removesuffix(form).removeprefix(form)
        found.append(bare)
    return found


def _shared(said: list[frozenset[str]]) -> frozenset[str]:
    """Of several forms the countries of all; forms that are known everywhere do not say."""
    speaking = [codes for codes in said if codes]
    return frozenset.intersection(*speaking) if speaking else frozenset()


_LONGEST = 6


@lru_cache(maxsize=1)
def _forms() -> tuple[dict[Form, frozenset[str]], tuple[Form, ...]]:
    found: dict[Form, set[str]] = {}
    with (_DATA / "legal_forms.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code = countries.code(row["key"]) if row["kind"] == "country" else None
            found.setdefault(_as_tokens(row["term"]), set()).update([code] if code else [])
    with (_DATA / "legal_forms_more.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(_as_tokens(row["term"]), set()).update(row["countries"].split("|"))
    ends = {
        form: frozenset() if len(form) == 1 and form[0] in _EVERYWHERE else frozenset(codes - {""})
        for form, codes in found.items()
        if form and not (len(form) == 1 and form[0] in _NO_FORMS)
    }
    return ends, _BEFORE


def _as_tokens(term: str) -> Form:
    """As a name is taken apart: `"sp. z o.o." -> ("sp", "z", "oo")`, `"& co." -> ("co",)`."""
    text = letters.plain(term).replace("&", " ").replace("/", "").replace(":", "")
    words = [word.replace(".", "") for word in text.replace(". ", " ").split()]
    return tuple(word for word in words if word and word != "and")
