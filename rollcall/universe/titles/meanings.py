"""Abbreviations that stand for several posts: which one is meant, other words of the title tell."""

import re

# Abbreviation: what it stands for beside these words; beside none of them it is what the lists say.
_BESIDE = {
    "cro": {"risk": "risk risks", "research": "research scientific", "restructuring": "restructuring"},
    "cpo": {
        "people": "people hr human talent culture personnel",
        "procurement": "procurement purchasing sourcing supply",
        "privacy": "privacy",
    },
    "cco": {
        "compliance": "compliance ethics regulatory",
        "communications": "communications communication pr",
        "customer": "customer customers client clients",
        "creative": "creative",
        "credit": "credit",
    },
    "cdo": {
        "data": "data analytics ai",
        "diversity": "diversity inclusion dei equity",
        "development": "development advancement",
        "design": "design",
    },
    "cso": {
        "sales": "sales",
        "information security": "security cyber",
        "scientific": "scientific science research r&d",
        "sustainability": "sustainability esg",
    },
    "cmo": {"medical": "physician clinical hospital md patient"},
    "cio": {"investment": "investment investments portfolio"},
    "cto": {"transformation": "transformation"},
    "clo": {"learning": "learning"},
    "cao": {"administrative": "administrative administration", "accounting": "accounting"},
}
_MEANT = {
    short: {word: f"chief {meaning} officer" for meaning, words in meanings.items() for word in words.split()}
    for short, meanings in _BESIDE.items()
}
_SHORT = re.compile(rf"\b(?:{'|'.join(_MEANT)})\b", re.I)
_WORD = re.compile(r"[a-z&]+")


def told(title: str) -> str:
    """The title with such abbreviations written out as its other words tell: "CRO, Risk Management"."""
    found = _SHORT.search(title)
    if found is None:
        return title
    meant = _MEANT[found.group().lower()]
    meaning = next((meant[word] for word in _WORD.findall(title.lower()) if word in meant), None)
    return title if meaning is None else f"{title[: found.start()]}{meaning}{title[found.end() :]}"
