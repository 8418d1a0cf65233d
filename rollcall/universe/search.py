"""The face of the universe: every other room asks here, and the engine in use answers."""

import os
import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from rollcall.core.errors import Invalid
from rollcall.universe import domains as domain_names
from rollcall.universe import engines, erasure, reckoning, records, versions
from rollcall.universe.answers import Count, Coverage, Facets
from rollcall.universe.columns import at
from rollcall.universe.diff import pairs as standings
from rollcall.universe.engine import Engine, PeopleFinder
from rollcall.universe.fields import TEXT_FIELDS
from rollcall.universe.identity import following
from rollcall.universe.identity.companies import addresses, explaining
from rollcall.universe.index import coverage as index_coverage
from rollcall.universe.index import facets as index_facets
from rollcall.universe.index import opening, otherwise
from rollcall.universe.index.answering import Indexed
from rollcall.universe.index.layout import Column, Opened
from rollcall.universe.index.owned import Pairs
from rollcall.universe.queries import CompanyQuery, PeopleKept, PeopleQuery, PersonaQuery

__all__ = ["CompanyQuery", "Found", "PeopleKept", "PeopleQuery", "PersonaQuery"]

OPEN_MAX = 4


class UnknownFacet(Invalid):
    """The values of {field!r} are not listed. Choose one of: {allowed}."""


@dataclass(frozen=True)
class Found:
    """Which of the pasted domains are companies here (by the text as pasted), and which are not."""

    ids: dict[str, int]
    unmatched: list[str]


def companies(*, version: int, query: CompanyQuery) -> list[int]:
    """The ids of the companies asked for, in order."""
    return _engine(version).companies(query)


def count_companies(*, version: int, query: CompanyQuery) -> int:
    return _engine(version).count_companies(query)


def count_after_each(*, version: int, query: CompanyQuery) -> list[int]:
    """S2: how many companies are left after each top-level line of the filter."""
    if query.where is None or not query.where.items:
        return []
    return _engine(version).count_after_each(query.where)


def company_rows(*, version: int, ids: Sequence[int]) -> pa.Table:
    """The companies with these ids, in their order; ids that this version does not know are left out."""
    return _engine(version).company_rows(ids)


def find_domains(*, version: int, domains: list[str]) -> Found:
    """The companies behind pasted domains or URLs, in any spelling, also former ones and those of merged companies.

    A page on a shared host and an address of a free mailbox are nobody's.
    """
    roots = {
        text: None if addresses.is_of_nobody(text) else domain_names.root_domain(text)
        for text in dict.fromkeys(domains)
    }
    known = _engine(version).domain_ids(sorted({root for root in roots.values() if root}))
    ids = {text: known[root] for text, root in roots.items() if root in known}
    return Found(ids=ids, unmatched=[text for text in roots if text not in ids])


def explain_company(*, version: int, company_id: int) -> list[str]:
    """Why each record is this company, and which ids lead to it; a sentence each."""
    folder = versions.path(version)
    now = following.redirects(version).of("company", company_id)
    return explaining.explain(
        company_id=now,
        aliases=records.read(folder, "aliases", filters=[("company_id", "=", now)]),
        keys=records.read(folder, "keys", filters=[("kind", "=", "company"), ("id", "=", now)]),
        redirects=records.read(folder, "redirects", filters=[("kind", "=", "company"), ("to_id", "=", now)]),
    )


def people(*, version: int, query: PeopleQuery) -> pa.Table:
    """Current people of the query's companies: company_id, profile_id, company_rank, person_rank, persona_mask.

    Ranks start at 1; a person's rank is the best that any persona gave. Bit i of the mask is persona i.
    """
    return _people_finder(version).people(query, erasure.blocked_profiles())


def count_people(*, version: int, query: PeopleQuery, owned: Pairs | None = None) -> Count:
    """How many people `people` would find, and how many of them are among the pairs that are owned."""
    return _people_finder(version).count_people(query, erasure.blocked_profiles(), owned)


def page_of_people(
    *, version: int, query: PeopleQuery, after: tuple[int, int, int] | None = None, limit: int = 50
) -> pa.Table:
    """The first `limit` rows of `people` behind the one with these (company_rank, person_rank, profile_id)."""
    return _people_finder(version).page_of_people(query, erasure.blocked_profiles(), after, limit)


def people_facets(*, version: int, people: PeopleQuery | PeopleKept, titles_max: int = 20) -> Facets:
    """Of which levels, departments and countries people are, and the titles that most of them have."""
    if isinstance(people, PeopleQuery):
        return _people_finder(version).people_facets(people, erasure.blocked_profiles(), titles_max)
    if not opening.is_used():
        return reckoning.facets(_rows_of_kept(version, people), titles_max)
    index = opening.of(version)
    known = otherwise.of(index, people.overrides)
    return index_facets.of_rows(index, [_index_rows(index, people.pairs)], known, titles_max)


def people_coverage(*, version: int, people: PeopleQuery | PeopleKept, since: date) -> Coverage:
    """P5: how many people, how many of them were seen on `since` or later, and what else is known of them."""
    if isinstance(people, PeopleQuery):
        return _people_finder(version).people_coverage(people, erasure.blocked_profiles(), since)
    if not opening.is_used():
        return reckoning.coverage(_rows_of_kept(version, people), since)
    index = opening.of(version)
    return index_coverage.of_rows(index, [_index_rows(index, people.pairs)], since)


def position_rows(*, version: int, pairs: pa.Table) -> pa.Table:
    """One row a pair, in the order given: the current spell, else the newest ended one, else nulls.

    Ids that ended are answered by those that they lead to. Beside each fact's source stand the licence and the lawful
    basis under which it is held.
    """
    asked = pairs.select(["company_id", "profile_id"])
    now = followed(version=version, pairs=asked)
    rows = _engine(version).position_rows(_without(now, erasure.blocked_profiles()))
    for place, name in enumerate(("profile_id", "company_id")):
        rows = rows.set_column(place, records.POSITION_ROW.field(place), asked[name].cast(pa.int64()))
    return _with_terms(rows, version)


def current_elsewhere(*, version: int, pairs: pa.Table) -> pa.Table:
    """For each pair whose person was first seen at another company since: the newest such current position."""
    asked = pairs.select(["company_id", "profile_id"])
    now = followed(version=version, pairs=asked)
    found = _engine(version).current_elsewhere(_without(now, erasure.blocked_profiles()))
    if now is asked or not found.num_rows:
        return found
    rows = {(row["profile_id"], row["company_id"]): row for row in found.to_pylist()}
    people = zip(asked.to_pylist(), now.to_pylist(), strict=True)
    answers = [
        rows[living["profile_id"], living["company_id"]] | pair
        for pair, living in people
        if (living["profile_id"], living["company_id"]) in rows
    ]
    return pa.Table.from_pylist(answers, schema=records.ELSEWHERE)


def role_history(*, version: int, profile_id: int) -> pa.Table:
    """All spells of one profile, newest first."""
    if profile_id in erasure.blocked_profiles():
        return records.ROLE.empty_table()
    return _engine(version).role_history(following.redirects(version).of("profile", profile_id))


def followed(*, version: int, pairs: pa.Table) -> pa.Table:
    """The pairs (company_id, profile_id) as this version knows them: by the ids that theirs lead to.

    Of a person who turned out to be two, only one may ever have been at the company: that one was meant.
    """
    asked, known = pairs.select(["company_id", "profile_id"]), following.redirects(version)
    if not known:
        return asked
    now = pa.table(
        {
            "company_id": known.follow("company", asked["company_id"]),
            "profile_id": known.follow("profile", asked["profile_id"]),
        }
    )
    if not known.parts:
        return now
    split = pc.is_in(now["profile_id"], value_set=pa.array(sorted(known.parts), pa.int64()))
    if not pc.any(split).as_py():
        return now
    return _meant(now, split.to_pylist(), known, version)


def facets(*, version: int, field: str, prefix: str = "", limit: int = 50) -> list[tuple[str, int]]:
    """The values of a text field that begin with `prefix`, with the number of companies, most frequent first."""
    if field not in TEXT_FIELDS:
        raise UnknownFacet(field=field[:80], allowed=", ".join(TEXT_FIELDS))
    return _engine(version).facets(field, prefix, limit)


_opened: OrderedDict[tuple[object, ...], Engine] = OrderedDict()
_lock = threading.Lock()
# A lock that another thread held at the moment of a fork would stay held for ever in the child.
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


def _engine(version: int) -> Engine:
    """The opened version, kept for later questions of this process (a forked child opens its own)."""
    folder = versions.path(version)
    try:
        stat = (folder / "manifest.json").stat()
    except FileNotFoundError:
        versions.get(version)
        raise versions.VersionDamaged(number=version, folder=str(folder)) from None
    key = (settings.ROLLCALL_ENGINE, str(folder), stat.st_ino, stat.st_mtime_ns, os.getpid())
    with _lock:
        if key in _opened:
            _opened.move_to_end(key)
            return _opened[key]
        versions.get(version)
        engine = _opened[key] = engines.opener(settings.ROLLCALL_ENGINE)(folder)
        while len(_opened) > OPEN_MAX:
            _opened.popitem(last=False)
        return engine


def _people_finder(version: int) -> PeopleFinder:
    """The index where it is in use, else the engine itself."""
    return Indexed(version) if opening.is_used() else _engine(version)


def _rows_of_kept(version: int, kept: PeopleKept) -> pa.Table:
    rows = position_rows(version=version, pairs=kept.pairs)
    hidden = pa.array(sorted(erasure.blocked_profiles()), pa.int64())
    is_current = pc.and_(pc.is_valid(rows["last_seen_on"]), pc.is_null(rows["ended_on"]))
    shown = rows.filter(pc.and_not(is_current, pc.is_in(rows["profile_id"], value_set=hidden)))
    return kept.overrides.applied(shown)


def _index_rows(index: Opened, pairs: pa.Table) -> Column:
    """The rows of those pairs that are current and not erased."""
    company, profile = (np.asarray(pairs[name].to_numpy()) for name in ("company_id", "profile_id"))
    rows = standings.standing(index, standings.Pairs(company, profile)).current
    hidden = np.fromiter(erasure.blocked_profiles(), np.int64)
    return np.asarray(rows[(rows != standings.NONE) & ~np.isin(profile, hidden)])


def _meant(now: pa.Table, split: list[bool], known: following.Redirects, version: int) -> pa.Table:
    rows = now.to_pylist()
    candidates = [
        {"company_id": row["company_id"], "profile_id": one}
        for row, is_split in zip(rows, split, strict=True)
        if is_split
        for one in (row["profile_id"], *known.parts[row["profile_id"]])
    ]
    found = _engine(version).position_rows(pa.Table.from_pylist(candidates, schema=now.schema))
    there = {
        (row["company_id"], row["profile_id"])
        for row, source in zip(candidates, found["source"].to_pylist(), strict=True)
        if source is not None
    }
    for row, is_split in zip(rows, split, strict=True):
        if is_split and (row["company_id"], row["profile_id"]) not in there:
            parts = (one for one in known.parts[row["profile_id"]] if (row["company_id"], one) in there)
            row["profile_id"] = next(parts, row["profile_id"])
    return pa.Table.from_pylist(rows, schema=now.schema)


def _with_terms(rows: pa.Table, version: int) -> pa.Table:
    """What each row's source said of its licence and lawful basis."""
    terms = versions.get(version).manifest.get("terms", {})
    sources = pa.array(sorted(terms), pa.string())
    for name in ("licence", "lawful_basis"):
        said = pa.array([terms[source][name] for source in sources.to_pylist()], pa.string())
        rows = rows.append_column(name, at(said, rows["source"], sources))
    return rows


def _without(pairs: pa.Table, hidden: Collection[int]) -> pa.Table:
    """The pairs, with null for the profile of erased people: no engine will find anything for them."""
    if not hidden:
        return pairs
    gone = pc.is_in(pairs["profile_id"], value_set=pa.array(sorted(hidden), pa.int64()))
    shown = pc.if_else(gone, pa.scalar(None, pa.int64()), pairs["profile_id"])
    return pairs.set_column(1, "profile_id", shown)
