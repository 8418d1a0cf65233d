"""One spelling for a title: small words and punctuation gone, abbreviations written out.

Titles and the phrases searched for go through the same function, so that "VP, Fin" finds "Vice President
of Finance" and the other way round. "Vice president" becomes one word, `vice-president`: who looks for
"President" does not mean several hundred vice presidents.
"""

import re

from rollcall.universe.folding import fold

_SMALL = {"of", "the", "for", "and", "a", "an", "in", "at"}
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Forms with a length limit run words together ("ChiefLegalOfficer"); short names (McDonald) are left alone.
_RUN_TOGETHER = re.compile(r"\w{12,}")
_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}|\b[^\W\d_]\.[^\W\d_]\b\.?")
_JOINED = {"r&d": "research development", "int'l": "international", "nat'l": "national", "sec'y": "secretary",
           "gov't": "government", "dep't": "department", "m&a": "mergers acquisitions"}  # fmt: skip

_SHORT = {
    "ceo": "chief executive officer", "cfo": "chief financial officer", "coo": "chief operating officer",
    "cto": "chief technology officer", "cio": "chief information officer", "cmo": "chief marketing officer",
    "chro": "chief human resources officer", "clo": "chief legal officer", "ciso": "chief information security officer",
    "gc": "general counsel", "gm": "general manager", "md": "managing director",
    "vp": "vice-president", "svp": "senior vice-president", "srvp": "senior vice-president",
    "evp": "executive vice-president", "sevp": "senior executive vice-president",
    "avp": "assistant vice-president", "gvp": "group vice-president", "rvp": "regional vice-president",
    "cvp": "corporate vice-president", "cevp": "corporate executive vice-president",
    "sr": "senior", "snr": "senior", "jr": "junior", "mgr": "manager", "mngr": "manager", "mgmt": "management",
    "mgt": "management", "dir": "director", "pres": "president", "exec": "executive", "hd": "head", "chf": "chief",
    "asst": "assistant", "assoc": "associate", "coord": "coordinator", "supv": "supervisor", "rep": "representative",
    "ofcr": "officer", "offcr": "officer", "offr": "officer", "ofr": "officer", "ops": "operations",
    "revops": "revenue operations", "mktg": "marketing", "mkting": "marketing", "mkt": "marketing", "fin": "finance",
    "hr": "human resources", "it": "information technology", "intl": "international", "natl": "national",
    "corp": "corporate", "tech": "technology", "info": "information", "acct": "accounting", "acctg": "accounting",
    "admin": "administration", "grp": "group", "dev": "development", "devel": "development", "biz": "business",
    "bizdev": "business development", "bizops": "business operations", "bus": "business", "strat": "strategy",
    "comms": "communications", "cust": "customer", "svc": "service", "svcs": "services", "secy": "secretary",
    "secty": "secretary", "secr": "secretary", "treas": "treasurer", "eng": "engineering", "engr": "engineer",
    "mfg": "manufacturing", "govt": "government", "gov": "government", "aff": "affairs", "sys": "systems",
    "prod": "product", "sol": "solutions", "sols": "solutions", "div": "division", "dept": "department",
    "glob": "global", "glbl": "global", "qa": "quality assurance", "pr": "public relations",
    "swe": "software engineer", "sdr": "sales development representative", "csm": "customer success manager",
    "bdr": "business development representative", "mkts": "markets", "sustain": "sustainability",
    "compl": "compliance", "equip": "equipment", "res": "resources", "dist": "distribution",
    "chairman": "chair", "chairwoman": "chair", "chairperson": "chair", "cochair": "co chair",
}  # fmt: skip
# What an abbreviation means only beside certain words: (word before, abbreviation, word after), None = any.
_BESIDE = (
    ("vice", "president", None, "vice-president"),
    ("chief", "finance", None, "financial"),
    ("chief", "operations", "officer", "operating"),
    ("chief", "op", None, "operating"),
    ("chief", "administration", None, "administrative"),
    ("chief", "technical", "officer", "technology"),
    ("corporate", "sec", None, "secretary"),
    ("counsel", "sec", None, "secretary"),
    (None, "gen", "counsel", "general"),
    (None, "gen", "manager", "general"),
    (None, "ch", "executive", "chief"),
    (None, "ch", "financial", "chief"),
    (None, "ch", "legal", "chief"),
)
_OFFICER_AFTER_CHIEF = {"off", "ofc", "office"}


def words(title: str) -> str:
    """`words("EVP & CFO") == " executive vice-president chief financial officer "`; "" when nothing is left."""
    tokens = _written_out(_tokens(title))
    return f" {' '.join(tokens)} " if tokens else ""


def phrase(text: str) -> str:
    """The words to look for inside `words(title)`: the same spelling, by the same rules."""
    return words(text)


def apart(title: str) -> str:
    """The title with words that a form ran together taken apart."""
    return _RUN_TOGETHER.sub(lambda found: _BOUNDARY.sub(" ", found.group()), title)


def with_joined_meanings(text: str) -> str:
    """Folded text with "r&d" and its like written out and the dots of initials gone."""
    text = text.replace("’", "'")
    if "&" in text or "'" in text:
        for joined, meaning in _JOINED.items():
            if joined in text:
                text = re.sub(rf"(?<!\w){re.escape(joined)}(?!\w)", meaning, text)
    return _INITIALS.sub(lambda found: found.group().replace(".", ""), text) if "." in text else text


def in_full(word: str) -> str:
    """What an abbreviation stands for; any other word as it is."""
    return _SHORT.get(word, word)


def _tokens(title: str) -> list[str]:
    text = with_joined_meanings(fold(apart(title)))
    found = (token.replace("'", "") for token in _TOKEN.findall(text))
    return [word for token in found for word in in_full(token).split() if word not in _SMALL]


def _written_out(tokens: list[str]) -> list[str]:
    """Abbreviations whose meaning hangs on their neighbours; "vice president" made one word."""
    out: list[str] = []
    for i, token in enumerate(tokens):
        word = _beside(out, token, tokens[i + 1] if i + 1 < len(tokens) else None)
        if word == "vice-president" and out[-1:] == ["vice"]:
            out.pop()
        out.append(word)
    return out


def _beside(before: list[str], token: str, after: str | None) -> str:
    if token in _OFFICER_AFTER_CHIEF and "chief" in before:
        return "officer"
    for first, short, last, meaning in _BESIDE:
        if token == short and (first is None or before[-1:] == [first]) and last in (None, after):
            return meaning
    return token
