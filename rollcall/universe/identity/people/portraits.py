"""Puts together what the records of each person say."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import titles
from rollcall.universe.columns import flat
from rollcall.universe.identity.people import nicknames, profile_urls, unlike
from rollcall.universe.identity.people.persons import Person, Spell

_HELD_BY_ONE = ("c_suite", "founder", "owner")


def of(*, told: pa.Table, person: Any, wanted: Any) -> dict[int, Person]:
    """A portrait of each person in `wanted`. `told` has a row a record: see `COLUMNS`; `person` says whose it is."""
    rows = np.flatnonzero(np.isin(person, wanted))
    found: dict[int, Person] = {}
    part = told.select(COLUMNS).take(pa.array(rows))
    for number, row in zip(
        person[rows].tolist(), zip(*(c.to_pylist() for c in part.columns), strict=True), strict=True
    ):
        _add(found.setdefault(number, Person()), row)
    return found


COLUMNS = [
    "known_id", "first", "typed", "last", "middle", "generation", "aliases", "birth", "page", "mail",
    "source", "source_key", "company_id", "starts", "ends", "title", "words", "whole",
]  # fmt: skip


def _add(person: Person, row: tuple[Any, ...]) -> None:
    (
        known,
        first,
        typed,
        last,
        middle,
        generation,
        aliases,
        birth,
        page,
        mail,
        source,
        key,
        company,
        starts,
        ends,
        title,
        words,
        whole,
    ) = row
    if known is not None:
        person.known.add(known)
    if first:
        person.firsts |= {first, typed or first}
        further = unlike.further(first, whole or first, middle or "")
        person.furthers |= {further} - {""}
        person.roots.update(nicknames.roots(first, tuple(aliases or ())))
    for value, place in (
        (last, person.lasts),
        (middle, person.middles),
        (generation, person.generations),
        (birth, person.births),
        (mail, person.mails),
    ):
        if value:
            place.add(value)
    if page and profile_urls.is_chosen(page):
        person.pages.add(page)
    if company is not None and source:
        person.spells.add(
            Spell(
                source=source,
                source_key=key or "",
                company=company,
                starts=starts or 0,
                ends=ends or 0,
                title=title or "",
                generation=generation or "",
                words=words or "",
                is_sole=bool(title) and is_held_by_one(title),
            )
        )


def is_held_by_one(title: str) -> bool:
    """Whether a company has but one who is called so: a chief of something, not one director of many."""
    return titles.read(title).role_level in _HELD_BY_ONE


def dated(records: pa.Table) -> tuple[Any, Any]:
    """First and last day of what a record says, as numbers; where one is not told the other stands for it."""
    ends = pc.coalesce(flat(records["until"]), flat(records["last_seen"]))
    starts = pc.coalesce(flat(records["since"]), ends)
    return starts.cast(pa.int32()), pc.coalesce(ends, starts).cast(pa.int32())
