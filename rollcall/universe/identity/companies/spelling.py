"""Takes a company's name apart into the words that are compared."""

import re
from functools import lru_cache
from pathlib import Path

from rollcall.universe.identity.companies import letters

TEXT_MAX = 500
# What stands between a name and what it was, or is called besides; in brackets or after a comma or dash.
_BESIDE = re.compile(
    r"\s*[(\[,;–—-]?\s*\b(?:formerly known as|previously known as|also known as|now known as|doing business as"
    r"|trading as|formerly|previously|f/k/a|fka|d/b/a|dba|a/k/a|aka|t/a|vormals|ehemals|früher|anciennement"
    r"|ex-name|antes|voorheen|tidigare|già)\b\s*:?\s*(?P<other>[^)\]]{2,200})[)\]]?",
    re.IGNORECASE,
)
_TICKER = re.compile(
    r"\s*[(\[]?\s*\b(?:NASDAQ(?:GS|GM|CM)?|NYSE(?: ?(?:American|Arca|MKT))?|AMEX|OTC(?:MKTS|QB|QX|BB)?"
    r"|LSE|LON|AIM|TSXV?|TSE|ASX|NSE|BSE|HKEX|SEHK|HKG|SGX|FRA|ETR|XETRA|EPA|Euronext(?: Paris| Amsterdam)?|AMS|SWX|SIX"
    r"|BIT|BME|STO|CPH|OSE|OSL|HEL|JSE|KRX|KOSPI|KOSDAQ|SSE|SZSE|SHA|SHE|BVMF|BMV)\s*:\s*(?P<ticker>[A-Z0-9][A-Z0-9.\-]{0,9})\b\s*[)\]]?",
    re.IGNORECASE,
)
# EDGAR's "/DE/", "/NEW/", "\MD\"; terminals' "Co/The".
_REGISTER = re.compile(r"\s*(?:[/\\]\s*(?:[A-Z]{2,3})\s*[/\\]|\s[/\\](?:[A-Z]{2,3}))\s*$")
_ARTICLE_LAST = re.compile(r"\s*[/,(]\s*the\s*\)?\s*$", re.IGNORECASE)
_PAPER = re.compile(
    r"[\s,(–-]+(?:(?:class|cl\.?|series) [a-z]|common stock|ordinary shares|ord(?:inary)? shs|sponsored adr|adrs?|ads"
    r"|american depositary (?:shares|receipts)|depositary receipts|gdr)\)?\s*$",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"(?<![^\W\d_])([^\W\d_])\.\s?(?=[^\W\d_](?:\.|\b))")
# The vowel signs of Indian and Thai writing are parts of a word.
_WORD = re.compile(r"(?:[^\W_]|[\u0900-\u0e7f])+")
_SLASHED = re.compile(r"\b([a-z])/([a-z])\b")
Tokens = tuple[str, ...]


def split(text: str) -> tuple[str, list[str], str | None]:
    """The name itself, other names written beside it, and its ticker.

    `split("Meta Platforms (NASDAQ: META), formerly Facebook") == ("Meta Platforms", ["Facebook"], "META")`
    """
    name, ticker = text[:TEXT_MAX].strip(), None
    if ":" in name and (found := _TICKER.search(name)):
        ticker = found["ticker"].upper()
        name = f"{name[: found.start()]} {name[found.end() :]}".strip()
    others = []
    for _ in range(3):
        beside = _BESIDE.search(name)
        if beside is None or not name[: beside.start()].strip(" ,;-"):
            break
        others.append(beside["other"].strip(" ,;-"))
        name = f"{name[: beside.start()]} {name[beside.end() :]}".strip(" ,;-")
    return _without_paper(name), others, ticker


def _without_paper(name: str) -> str:
    """Without what registers and exchanges write behind a name."""
    for pattern in (_REGISTER, _PAPER, _ARTICLE_LAST):
        shorter = pattern.sub("", name)
        if shorter.strip():
            name = shorter
    return name


def tokens(name: str) -> Tokens:
    """`tokens("The J. M. Smucker Mfg. Co.") == ("jm", "smucker", "manufacturing", "co")`."""
    return _tokens(letters.plain(name))


def tokens_spelled_out(name: str) -> Tokens:
    """The same with umlauts in two letters."""
    return _tokens(letters.spelled_out(name))


def _tokens(text: str) -> Tokens:
    if "." in text:
        text = _DOTTED.sub(r"\1", text)
    if "&" in text or "+" in text:
        text = _AMPERSAND.sub(r"\1\2", text).replace("&", " and ").replace("+", " and ")
    if "/" in text:
        text = _SLASHED.sub(r"\1\2", text)
    words = _WORD.findall(text)
    found = _with_initials(words)
    if len(found) > 1 and found[0] == "the":
        found = found[1:]
    same = _same_words()
    behind = [*found[1:], ""]
    found = [
        word for word, then in zip(found, behind, strict=False) if word not in _AND or then not in _FAMILY
    ]
    return tuple(written for word in found if (written := _written(word, same)) != "and") or tuple(words)


# "Hartmann y Hijos": what these mean beside anything else nobody knows.
_AND = frozenset(("y", "e", "et", "i", "en"))
_FAMILY = frozenset(
    ("hijos", "hermanos", "asociados", "cia", "compania", "figli", "fratelli", "associati", "fils", "freres",
     "associes", "cie", "synowie", "zonen", "zoon", "filhos", "irmaos")
)  # fmt: skip
_NUMBERED = re.compile(r"([1-9])([a-z]+)")


def _written(word: str, same: dict[str, str]) -> str:
    """One spelling of a word: "mfg" is "manufacturing", "3m" is "threem"."""
    known = same.get(word)
    numbered = _NUMBERED.fullmatch(word) if known is None and word[:1].isdigit() else None
    return f"{same[numbered[1]]}{numbered[2]}" if numbered else known or word


# "AT&T", "S & P", "H&M": one word. "Procter&Gamble" is two.
_AMPERSAND = re.compile(r"(?<!\w)(\w{1,2})\s?[&+]\s?(\w)(?!\w)")


def _with_initials(words: list[str]) -> list[str]:
    """Single letters beside each other are one word: "J M Smucker", "S A"."""
    if all(len(word) > 1 for word in words):
        return words
    found: list[str] = []
    run = ""
    for word in words:
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        if run:
            found.append(run)
            run = ""
        found.append(word)
    return [*found, run] if run else found


@lru_cache(maxsize=1)
def _same_words() -> dict[str, str]:
    found: dict[str, str] = {}
    lines = (Path(__file__).parent / "data" / "words.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            word, _, others = line.partition(":")
            found.update({letters.plain(other).replace("-", ""): word for other in others.split()})
    return found
