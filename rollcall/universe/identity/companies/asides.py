"""What people write beside a company's name that is no part of it: taglines, owners, where it is registered."""

import re

from rollcall.universe.identity.companies import countries, legal_forms, letters
from rollcall.universe.mending import mended

_MARKS = re.compile("[™®©℠℗\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")
# Forms that one script writes in brackets: (株), （주）.
_BRACKETED = (
    ("㈱", "株式会社"),
    ("㈲", "有限会社"),
    ("(株)", "株式会社"),
    ("(有)", "有限会社"),
    ("(同)", "合同会社"),
    ("(주)", "주식회사"),
    ("(유)", "유한회사"),
)
_BEHIND = re.compile(
    r"\s+[|•·»]\s+.*$"
    r"|\s*[-–—,(|]\s*official(?:\s+(?:page|site|website|account))?\s*\)?$"
    r"|\s*\(YC [A-Z]\d{2}\)$"
    r"|\s*[(\[](?:an? )?(?:acquired by|part of|division of|subsidiary of|brand of|member of|powered by)\b[^)\]]*[)\]]$"
    r"|\s*(?:,|\s[-–—]|\()\s*(?:an?|part of(?: the)?)\s[^,()]{2,60}"
    r"\s(?:company|corporation|brand|business|subsidiary)\)?$"
    r"|\s*[(\[](?:closed|defunct|inactive|dissolved|liquidated|in liquidation|stealth|hiring)[)\]]$",
    re.IGNORECASE,
)
# In Latin letters AO is the beginning of a name.
_RUSSIAN = re.compile(r"^\s*АО\s+(?=\S)")
_LAST_BRACKET = re.compile(r"^(?P<name>.*\S)\s*[(\[](?P<inside>[^()\[\]]{2,40})[)\]]$")
_INITIALS = re.compile(r"[A-Z]{3,5}")


def strip(text: str) -> str:
    """`strip("Walrus Software™ | We are hiring") == "Walrus Software"`; something of the name is always left."""
    name = _MARKS.sub(" ", mended(text)).replace("（", "(").replace("）", ")")
    for written, meant in _BRACKETED:
        name = name.replace(written, meant)
    name = _RUSSIAN.sub("", name)
    for _ in range(3):
        shorter = _BEHIND.sub("", name).strip()
        if not shorter or shorter == name:
            break
        name = shorter
    return " ".join(name.split())


def registered(name: str) -> tuple[str, str | None]:
    """The name without the country in brackets behind its legal form ("Acme Inc (US)"), and that country's code.

    "Acme (UK) Ltd" has the country in its name; a short form in brackets ("Walrus (WLR)") is only that.
    """
    found = _LAST_BRACKET.match(name)
    if found is None:
        return name, None
    before, inside = found["name"], found["inside"]
    code = countries.code(inside)
    if code and legal_forms.is_at_end(tuple(letters.plain(before).replace(".", "").split())):
        return before, code
    if code is None and _INITIALS.fullmatch(inside) and _is_short_for(inside, before):
        return before, None
    return name, None


def _is_short_for(short: str, name: str) -> bool:
    """Whether its letters stand in the name in this order, the first one first."""
    rest = iter(letter for letter in letters.plain(name) if letter.isalnum())
    first = next(rest, "")
    return first == short[0].lower() and all(letter in rest for letter in short[1:].lower())
