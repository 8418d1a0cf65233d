"""How senior a title is: the first rule set, read from the top; the first rule that fits decides."""

import re

from rollcall.universe.titles.spelling import words

SENIORITIES: dict[str, str] = {
    "c_suite": "C-suite",
    "board": "Board",
    "vp": "Vice president",
    "head": "Head",
    "director": "Director",
    "manager": "Manager",
    "senior": "Senior",
    "staff": "Staff",
    "entry": "Entry",
    "unknown": "Unknown",
}

_CHIEF_LETTERS = r"c(?:ao|bo|co|cho|clao|do|eco|go|ho|ido|no|po|ro|so|xo|dto|iao|sco|compo)"
_RULES: tuple[tuple[str, str], ...] = tuple(
    (level, rf" (?:{pattern}) ")
    for level, pattern in (
        ("vp", r"vice-president .*(?:chief staff|advis[eo]r to)"),
        # Someone's assistant or adviser is not that someone.
        ("staff", r"(?:executive|personal|administrative) assistant"),
        ("staff", r"(?:assistant|secretary|advisor|adviser) to"),
        ("vp", r"(?:deputy|associate|assistant) chief|deputy general counsel"),
        ("director", r"chief staff|(?:associate|assistant) general counsel"),
        ("c_suite", rf"chief|{_CHIEF_LETTERS}|founder|cofounder|owner|proprietor|managing partner"),
        ("c_suite", r"principal (?:accounting|financial|executive) officer|executive chair|general counsel"),
        ("vp", r"vice-president"),
        ("c_suite", r"president"),
        (
            "board",
            r"chair|board|trustee|non executive director|director non officer insider|independent director",
        ),
        ("vp", r"managing director|partner|executive officer"),
        ("head", r"head|general manager|country manager"),
        ("director", r"director|controller|comptroller|treasurer|corporate secretary|superintendent schools"),
        ("manager", r"manager|supervisor|superintendent|foreman|team lead|team leader|management"),
        (
            "entry",
            r"intern|internship|trainee|junior|apprentice|graduate|student|working student|entry level",
        ),
        ("senior", r"senior|principal|staff engineer|lead|expert|distinguished"),
        ("entry", r"assistant|clerk|receptionist|helper|aide"),
    )
)
_COMPILED = tuple((level, re.compile(pattern)) for level, pattern in _RULES)


def seniority(title: str) -> str:
    """The key in `SENIORITIES`; "unknown" only when the title says nothing at all."""
    return seniority_of_words(words(title))


def seniority_of_words(text: str) -> str:
    if not text:
        return "unknown"
    return next((level for level, pattern in _COMPILED if pattern.search(text)), "staff")
