"""Titles written without blanks between words (Chinese, Japanese, Korean), said in words that the lists know."""

import re
from functools import cache

from rollcall.universe.titles.tokens import DATA

_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af々ー]+")
# Letters of which our lists know few words (Hebrew, Arabic) or none (the scripts of India and South-East Asia).
_UNREAD = re.compile(r"[\u0530-\u1dff\u3040-\ud7af\ufb1d-\ufdff\ufe70-\ufefc]")
# No title is longer; what a hostile one has behind it is left out.
_RUN_MAX = 100
_READ = re.compile(r"[A-Za-z\u00c0-\u024f\u0370-\u052f]")


def said(title: str) -> str:
    """Each run of such signs as the words that its parts stand for, the longest first; other signs are left out."""
    return _RUN.sub(lambda run: f" {_said(run.group())} ", title) if _RUN.search(title) else title


def is_unread(title: str) -> bool:
    """Whether nothing of the title is in a script that the lists know."""
    return bool(_UNREAD.search(title)) and not _READ.search(said(title))


def _said(run: str) -> str:
    words, at = [], 0
    known, longest = _known()
    run = run[:_RUN_MAX]
    while at < len(run):
        for length in range(min(longest, len(run) - at), 0, -1):
            if run[at : at + length] in known:
                words.append(known[run[at : at + length]])
                at += length - 1
                break
        at += 1
    return " ".join(words)


@cache
def _known() -> tuple[dict[str, str], int]:
    lines = (DATA / "ideographs.txt").read_text(encoding="utf-8").splitlines()
    found: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith("#"):
            meaning, signs = line.split(": ", 1)
            found |= dict.fromkeys(signs.split(), meaning)
    return found, max(map(len, found))
