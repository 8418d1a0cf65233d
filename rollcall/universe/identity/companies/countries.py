"""One code for a country, however it is written: "USA", "Deutschland", "Korea, Republic of"."""

import csv
from functools import lru_cache
from pathlib import Path

from rollcall.universe.identity.companies import letters


@lru_cache(maxsize=4_096)
def code(text: str | None) -> str | None:
    """`code("U.S.A.") == "US"`; None where the text is no country that is known."""
    return _codes().get(_key(text)) if text else None


def comparable(text: str | None) -> str | None:
    """The code, or the folded text of a country that the list does not have."""
    return code(text) or _key(text) if text else None


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    found: dict[str, str] = {}
    with (Path(__file__).parent / "data" / "countries.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for name in (row["code"], row["code3"], *row["names"].split("|")):
                if name:
                    found.setdefault(_key(name), row["code"])
    return found


def _key(text: str | None) -> str:
    return "".join(letter for letter in letters.plain(text or "").replace("&", "and") if letter.isalnum())
