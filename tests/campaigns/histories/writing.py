"""How sources write one person's name, page and mailbox, and one company's name."""

import random

from tests.campaigns.histories import words
from tests.campaigns.histories.words import plain
from tests.campaigns.histories.world import Person

_SHORT_WORDS = {
    "Systems": "Sys",
    "Industries": "Inds.",
    "Services": "Svcs",
    "International": "Intl",
    "Partners": "Ptnrs",
}
__all__ = ["company", "filed", "freely", "mailbox", "page", "plain"]


def filed(person: Person) -> str:
    """`O'BRIEN JAMES A JR`: as registers write it."""
    parts = (person.last, person.first, person.middle, person.generation)
    return plain(" ".join(part for part in parts if part)).upper()


def freely(person: Person, dice: random.Random) -> tuple[str, str]:
    """A name as people write it, and the way that was chosen."""
    first, last, middle = person.first, person.last, person.middle
    way = dice.choices(list(_WAYS), list(_WAYS.values()))[0]
    if way == "short":
        first = words.SHORT.get(first, first)
    elif way == "no accents":
        first, last = plain(first), plain(last)
    elif way == "other letters":
        first, last = words.OTHERWISE.get(first, first), words.OTHERWISE.get(last, last)
    elif way == "initial":
        first = f"{first[0]}."
    elif way == "slip":
        first, last = (first, slip(last, dice)) if dice.random() < 0.6 else (slip(first, dice), last)
    elif way == "maiden" and person.born_as:
        last = f"{person.last} (née {person.born_as})"
    elif way == "hyphen" and person.born_as:
        last = f"{person.born_as}-{person.last}"
    middle = middle and dice.choice(("", "", f"{middle}.", middle))
    generation = {"Jr": ", Jr.", "Sr": " Sr."}.get(person.generation, "") if dice.random() < 0.8 else ""
    credential = f", {person.credential}" if person.credential and dice.random() < 0.5 else ""
    honour = dice.choice(("Dr. ", "Mr. " if person.sex == "m" else "Ms. ")) if dice.random() < 0.05 else ""
    if way == "comma":
        return " ".join(part for part in (f"{last},", first, middle) if part) + generation, way
    name = " ".join(part for part in (first, middle, last) if part) + generation + credential
    return honour + (name.upper() if way == "capitals" else name), way


_WAYS = {
    "plain": 40, "short": 12, "no accents": 8, "other letters": 8, "initial": 6, "slip": 4, "maiden": 4, "hyphen": 4,
    "comma": 7, "capitals": 7,
}  # fmt: skip


def slip(name: str, dice: random.Random) -> str:
    """One letter dropped, doubled, swapped or changed, not the first."""
    if len(name) < 5:
        return name
    place = dice.randrange(1, len(name) - 1)
    head, letter, after, tail = name[:place], name[place], name[place + 1], name[place + 2 :]
    return dice.choice(
        (
            head + after + tail,
            head + letter * 2 + after + tail,
            head + after + letter + tail,
            head + "e" + after + tail,
        )
    )


def page(slug: str, dice: random.Random) -> str | None:
    if not slug:
        return None
    return dice.choice(
        ("https://www.linkedin.com/in/{}", "http://de.linkedin.com/in/{}/?trk=people", "linkedin.com/in/{}/en", "https://m.linkedin.com/in/{}#top")
    ).format(slug.upper() if dice.random() < 0.1 else slug)  # fmt: skip


def mailbox(address: str, dice: random.Random, share: float) -> str | None:
    if not address or dice.random() > share:
        return None
    local, _, host = address.partition("@")
    return dice.choice((address, address.upper(), f"{local}+news@{host}", f"mailto:{address}"))


def company(core: str, form: str, dice: random.Random) -> str:
    """A company's name with another form or none, in capitals, abbreviated."""
    core = " ".join(_SHORT_WORDS.get(word, word) for word in core.split()) if dice.random() < 0.25 else core
    return dice.choice((core, f"{core} {form}", f"{core}, {form}", f"The {core}", core.upper()))
