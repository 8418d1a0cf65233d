"""What columns are called elsewhere, and how two names of one thing are found to be the same."""

import re
import unicodedata
from functools import cache
from pathlib import Path

_LIST = Path(__file__).parent / "headers.txt"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# What may stand around a name without changing what it means.
_IDLE = frozenset(
    {"the", "of", "contact", "person", "your", "please", "enter", "current", "primary", "main", "people"}
)
_OF_COMPANY = frozenset({"company", "account", "organization", "organisation", "employer", "firm", "business", "hq",
                         "headquarters", "billing", "issuer", "corporate"})  # fmt: skip
# Whose column is about somebody else: the seller who looks after the contact, say.
_OTHERS = frozenset(
    {"owner", "created", "modified", "manager", "assigned", "assistant", "parent", "referrer", "rep"}
)


def plain(header: str) -> str:
    """`plain("Company — jobTitle*") == "company job title"`: no accents, marks, camels."""
    spaced = _CAMEL.sub(" ", header)
    folded = (
        unicodedata.normalize("NFKD", spaced)
        .casefold()
        .replace("ß", "ss")
        .replace("ł", "l")
        .replace("ø", "o")
    )
    letters = "".join(mark for mark in folded if not unicodedata.combining(mark))
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())


@cache
def known() -> dict[str, tuple[str, int]]:
    """Plain name → our field, and how early it stands in its line: earlier is plainer."""
    found: dict[str, tuple[str, int]] = {}
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            field, _, names = line.partition(":")
            for place, name in enumerate(names.split(";")):
                found.setdefault(plain(name), (field.strip(), place))
    return found


def meant(header: str) -> list[tuple[str, float, str]]:
    """(our field, how likely from 0 to 1, why), the likeliest first; nothing for a header that says nothing."""
    whole = plain(header)
    tries = [(whole, 1.0, "its name"), (plain(header.rsplit(".", 1)[-1]), 0.75, "the end of its name")]
    words = whole.split()
    kept = [word for word in words if word not in _IDLE and not word.isdigit()]
    tries.append((" ".join(kept), 0.9, "its name, nearly"))
    if set(words) & _OF_COMPANY:
        rest = [word for word in kept if word not in _OF_COMPANY]
        tries.append((f"company {' '.join(rest)}", 0.85, "its name: it is about the company"))
    found: dict[str, tuple[float, str]] = {}
    for name, worth, why in tries:
        hit = known().get(name)
        if hit and found.get(hit[0], (0.0, ""))[0] < worth:
            found[hit[0]] = worth, f"{why} “{header}”"
    return sorted(((field, *told) for field, told in found.items()), key=lambda one: -one[1])


def is_of_others(header: str) -> bool:
    """`is_of_others("Contact Owner")`: what its values look like says nothing about the contact."""
    return bool(_OTHERS & set(plain(header).split()))
