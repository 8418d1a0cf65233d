"""What a title says of other posts than the one held: former ones, and those of whoever somebody works for."""

import re
from collections.abc import Sequence

from rollcall.universe.titles import lexicon
from rollcall.universe.titles.tokens import BREAK, JOINT

# "ex-Google engineer" is an engineer now, "ex-CTO" nothing that is told. Written apart, "EX VP" is an executive one.
_EX = re.compile(r"\bex[-–](?!officio)(?=\w)", re.I)
_EX_WORD = "exholder"
_FORMER = {
    "former", "formerly", "past", "retired", "previously", "previous", "ehemaliger", "ehemalige", "ehemals", "ehem",
    "ancien", "ancienne", "voormalig", "voormalige", "tidigare", "tidligere", "antiguo", "antigua", "byly", "byla",
    "entinen", "бывшии", "бывшая", _EX_WORD,
}  # fmt: skip
_BEHIND = {"retired", "former", "ret", "pensioniert", "retraite", "retraitee", "jubilado", "emerito"}
_NO_LONGER = {"emeritus", "emerita", "emerite", "emerito", "emeritiert"}
# "Helping CFOs sleep at night", "Seeking a role in finance": what somebody wants is no post.
_WISHES = (
    ("helping",), ("i", "help"), ("we", "help"), ("seeking",), ("actively", "seeking"), ("looking",), ("aspiring",),
    ("empowering",), ("passionate", "about"), ("open", "to"), ("open", "work"), ("future",),
)  # fmt: skip
_NOT_OVER = {"due", "service", "performance"}
_SHORT = r"ceo|cfo|coo|cto|cio|cmo|cro|cpo|md|president|chairman"
_OFFICE = re.compile(
    r"\b(?:the )?office of (?:the )?(?P<whose>[^,;|/()]{2,80})|(?P<theirs>[\w .-]{2,60})['’]s? office\b"
    rf"|\b(?P<short>{_SHORT}) office\b",
    re.I,
)
_BOSS = (
    rf"(?:(?:{_SHORT}|c-?suite|chief|executives?|vps?|[se]vp|vice.president|chair\w*|managing director|director"
    r"|head|board|founders?|owners?|general counsel)s?\b)"
)
# "Driver to the Managing Director", "Coach for CEOs", "Supporting the CMO": theirs is the rank, not the driver's.
_FOR = re.compile(
    r"(?:(?<=\w)(?<!deputy)(?<!promoted)(?<!elected)(?<!appointed)\s+(?:reporting )?(?:to|for)"
    rf"|\b(?:supporting|assisting|coaching))\s+(?:the |our |a |an |my )?{_BOSS}"
    r"(?:(?!\s[-–—]\s)[^,;|/()•·])*",
    re.I,
)
_AIDE = re.compile(
    rf"(?P<boss>[\w .&-]{{1,60}}['’]s|\b(?:{_SHORT}))\s+"
    r"(?P<aide>(?:(?:executive|personal|administrative) )?assistant)\b",
    re.I,
)
_HINTS = (" to ", " for ", "supporting ", "assisting ", "coaching ")
# These are told from whoever they assist by the lists.
_AIDES_TO = re.compile(r"\b(?:assistant|secretary|advis[eo]r|aide|ea|pa|counsell?or|staff) to ", re.I)


def marked(title: str) -> str:
    """The title with "ex-" as a word of its own, and without those whom somebody works for."""
    folded = title.lower()
    if "assistant" in folded:
        title = _AIDE.sub(lambda found: f"{found['aide']} to {found['boss']}", title)
    if any(word in folded for word in _HINTS) and not _AIDES_TO.search(title):
        title = _FOR.sub("", title)
    return _EX.sub(f"{_EX_WORD} ", title)


def held(words: Sequence[str]) -> list[str]:
    """Without the parts that name what somebody was: "VP Sales | ex-Salesforce", "Investor, former CFO"."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word == BREAK:
            parts.append([])
        else:
            parts[-1].append(word)
    kept: list[list[str]] = []
    for part in parts:
        if kept and part and all(word in _BEHIND for word in part):
            kept.pop()
        else:
            kept.append(_present(part))
    out: list[str] = []
    for part in kept:
        out += [BREAK, *part] if out else part
    return out


def office(title: str) -> tuple[str, str]:
    """The title without whose office it is, and whose: ("Chief of Staff, ", "CFO"); whose is "" if it says none."""
    found = _OFFICE.search(title) if "office" in title.lower() else None
    if found is None:
        return title, ""
    return title[: found.start()] + title[found.end() :], (
        found["whose"] or found["theirs"] or found["short"]
    ).strip()


def _present(part: list[str]) -> list[str]:
    """The part as far as it tells of now."""
    if len(part) > 1 and (part[-1] == "retired" or not _NO_LONGER.isdisjoint(part)):
        return []
    if any(part[: len(wish)] == list(wish) for wish in _WISHES):
        return []
    out: list[str] = []
    at = 0
    while at < len(part):
        word, after = part[at], part[at + 1] if at + 1 < len(part) else ""
        if word == _EX_WORD and after and not lexicon.known(after):
            # The name of a company: who was there does something else now.
            at += 2
            continue
        if word in _FORMER and after and after not in _NOT_OVER:
            return out[:-1] if out[-1:] == [JOINT] else out
        out.append(word)
        at += 1
    return out
