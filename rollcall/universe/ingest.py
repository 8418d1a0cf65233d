"""Loads a snapshot of a source: one at a time, into a new version of the universe."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.core.errors import Conflict, Invalid
from rollcall.universe import erasure, publication, records, spells, titles
from rollcall.universe.columns import at, conform, first_of_each, flat, mapped, with_columns
from rollcall.universe.domains import root_domain
from rollcall.universe.fields import TEXT_FIELDS
from rollcall.universe.folding import fold
from rollcall.universe.matching import Keys, source_key
from rollcall.universe.models import UniverseVersion
from rollcall.universe.publication import Contents
from rollcall.universe.sources.source import COMPANIES, ROSTER, Source

_FACTS = [name for name in COMPANIES.names if name in records.COMPANY.names and name != "observed_on"]


class OlderThanKnown(Conflict):
    """This snapshot of {source} is of {as_of}, but one of {known} is loaded already. Load newer ones only: what
    was learned later would be undone."""


class FromTheFuture(Invalid):
    """This snapshot says it is of {as_of}, which has not come yet. Check the date."""


class EmptyRoster(Invalid):
    """The roster of {source} has no rows, so it says nothing about anybody. Check the file; nothing was changed."""


class CompaniesMissing(Invalid):
    """The roster of {source} names companies that the source does not describe, for example {examples}."""


@dataclass(frozen=True)
class LoadReport:
    """What a load learned. Companies, people and positions are the totals of the new version."""

    version: int
    source: str
    as_of: date
    companies: int
    people: int
    positions: int
    roster_rows: int
    joined: int
    left: int
    title_changed: int
    respelled: int
    new_companies: int
    new_people: int
    collapsed_duplicates: int
    erased_left_out: int


def load(*, source: Source, now: datetime) -> LoadReport:
    """Publish a new version that knows what `source` says, and report what changed.

    Raises:
        LoadUnderWay: another load has not ended.
        OlderThanKnown, FromTheFuture, EmptyRoster, CompaniesMissing: the snapshot cannot be used.
        NoRoom: the disk is full.
    In all these cases, and after a crash at any instant, the former version is still the one in use.
    """
    with publication.one_at_a_time():
        _check_date(source, now)
        learned = _learn(source, publication.read_current())
        version = publication.publish(learned.after, as_of=source.as_of, source=source.name, now=now)
    return LoadReport(
        version=version.number,
        source=source.name,
        as_of=source.as_of,
        companies=version.companies,
        people=version.profiles,
        positions=version.positions,
        **learned.counts,
    )


@dataclass(frozen=True)
class _Learned:
    after: Contents
    counts: dict[str, int]


def _learn(source: Source, before: Contents) -> _Learned:
    """What is known after the snapshot, and what it changed."""
    roster, told = conform(source.roster(), ROSTER), conform(source.companies(), COMPANIES)
    if not roster.num_rows:
        raise EmptyRoster(source=source.name)
    keys = Keys(
        before.tables["keys"], next_company_id=before.next_company_id, next_profile_id=before.next_profile_id
    )
    companies, company_ids = _companies(before.tables["companies"], told, keys, source)
    # Before erased people are left out: a company is in the roster even if they were all it had.
    covered = _covered(roster, told, company_ids, source)
    blocked = erasure.blocked_keys()
    gone = _gone(before.tables["keys"], blocked)
    told_people = _without_blocked(with_columns(roster, company_id=covered), source.name, blocked)
    people = _one_row_a_pair(_with_places(_identified(told_people, keys, source), companies))
    merged = spells.merge(
        before=_known_positions(before, gone),
        roster=people,
        covered=covered.unique(),
        source=source.name,
        as_of=source.as_of,
    )
    tables = {
        "companies": companies,
        "positions": merged.positions,
        "profiles": _without(_profiles(before.tables["profiles"], people, source.name), "id", gone),
        "keys": _without_keys(keys.table, gone),
        "redirects": before.tables["redirects"],
    }
    next_company_id, next_profile_id = keys.next_ids["company"], keys.next_ids["profile"]
    counts = {
        "roster_rows": people.num_rows,
        "joined": merged.joined,
        "left": merged.left,
        "title_changed": merged.title_changed,
        "respelled": merged.respelled,
        "new_companies": next_company_id - before.next_company_id,
        "new_people": next_profile_id - before.next_profile_id,
        "collapsed_duplicates": source.collapsed_duplicates + told_people.num_rows - people.num_rows,
        "erased_left_out": roster.num_rows - told_people.num_rows,
    }
    after = Contents(tables, next_company_id, next_profile_id, sources=before.sources, before=before)
    return _Learned(after, counts)


def _check_date(source: Source, now: datetime) -> None:
    # A day of grace: the source may live east of here.
    if source.as_of > now.date() + timedelta(days=1):
        raise FromTheFuture(as_of=source.as_of.isoformat())
    known = (
        UniverseVersion.objects.filter(source=source.name)
        .order_by("-as_of")
        .values_list("as_of", flat=True)
        .first()
    )
    if known is not None and source.as_of < known:
        raise OlderThanKnown(source=source.name, as_of=source.as_of.isoformat(), known=known.isoformat())


def _companies(before: pa.Table, told: pa.Table, keys: Keys, source: Source) -> tuple[pa.Table, Any]:
    """All companies after the load, and the id of each that was told. Facts that were not told stay as they were."""
    domain = mapped(told["domain"], root_domain)
    by_domain = pc.binary_join_element_wise(pa.scalar("domain:"), domain, "")
    ids = keys.identify("company", [source_key(source.name, told["company_id"]), by_domain])
    new = with_columns(
        told,
        id=ids,
        domain=domain,
        source_key=told["company_id"],
        source=pa.array([source.name] * told.num_rows, pa.string()),
        observed_on=pc.coalesce(told["observed_on"], pa.scalar(source.as_of)),
    )
    new = first_of_each(new, ["id"])
    for name in _FACTS:
        new = with_columns(new, **{name: pc.coalesce(new[name], at(before[name], new["id"], before["id"]))})
    new = with_columns(new, name=pc.coalesce(new["name"], new["domain"], new["source_key"]))
    bands = pa.array([records.size_band(count) for count in new["employees"].to_pylist()], pa.string())
    new = with_columns(new, size_band=bands)
    new = with_columns(new, **{f"folded_{name}": mapped(new[name], fold) for name in TEXT_FIELDS})
    kept = before.filter(pc.invert(pc.is_in(before["id"], value_set=flat(new["id"]))))
    return pa.concat_tables([kept, conform(new, records.COMPANY_STORED)]).combine_chunks().sort_by("id"), ids


def _covered(roster: pa.Table, told: pa.Table, ids: Any, source: Source) -> Any:
    """The company of each row of the roster."""
    found = at(ids, roster["company_id"], told["company_id"])
    if found.null_count:
        strangers = roster["company_id"].filter(pc.is_null(found)).unique().to_pylist()
        raise CompaniesMissing(source=source.name, examples=", ".join(str(name) for name in strangers[:3]))
    return found


def _without_blocked(roster: pa.Table, source: str, blocked: frozenset[str]) -> pa.Table:
    """The roster without people who asked to be forgotten."""
    if not blocked:
        return roster
    names = source_key(source, roster["person_id"]).to_pylist()
    return roster.filter(pa.array([erasure.hashed(name) not in blocked for name in names], pa.bool_()))


def _gone(keys: pa.Table, blocked: frozenset[str]) -> frozenset[int]:
    """The profiles of people who asked to be forgotten since the last load."""
    if not blocked:
        return frozenset()
    people = keys.filter(pc.equal(keys["kind"], "profile"))
    named = zip(people["key"].to_pylist(), people["id"].to_pylist(), strict=True)
    return erasure.blocked_profiles() | {number for name, number in named if erasure.hashed(name) in blocked}


def _identified(roster: pa.Table, keys: Keys, source: Source) -> pa.Table:
    ids = keys.identify("profile", [source_key(source.name, roster["person_id"])])
    return with_columns(roster, source_key=roster["person_id"], profile_id=ids)


def _with_places(people: pa.Table, companies: pa.Table) -> pa.Table:
    """Where the source says nothing about a person's place, it is the company's headquarters."""
    unsaid = pc.and_(
        pc.is_null(people["country"]), pc.and_(pc.is_null(people["region"]), pc.is_null(people["city"]))
    )
    for name in ("country", "region", "city"):
        headquarters = at(companies[name], people["company_id"], companies["id"])
        people = with_columns(people, **{name: pc.if_else(unsaid, headquarters, people[name])})
    return people


def _one_row_a_pair(people: pa.Table) -> pa.Table:
    """Two companies of a source can turn out to be one: of a person at both, the row seen last counts."""
    newest_first = people.sort_by([("last_seen", "descending")])
    return first_of_each(newest_first, ["company_id", "profile_id"])


def _known_positions(before: Contents, gone: frozenset[int]) -> pa.Table:
    """The former positions without erased people, their titles read by the present rules."""
    positions = _without(before.tables["positions"], "profile_id", gone)
    return positions if before.titles_version == titles.RULES_VERSION else spells.read_titles(positions)


def _profiles(before: pa.Table, found: pa.Table, source: str) -> pa.Table:
    """Everybody ever seen, under the newest name."""
    latest = first_of_each(found, ["profile_id"])
    new = with_columns(
        latest, id=latest["profile_id"], source=pa.array([source] * latest.num_rows, pa.string())
    )
    for name in ("full_name", "first_name", "last_name", "profile_url"):
        new = with_columns(new, **{name: pc.coalesce(new[name], at(before[name], new["id"], before["id"]))})
    kept = before.filter(pc.invert(pc.is_in(before["id"], value_set=flat(new["id"]))))
    return pa.concat_tables([kept, conform(new, records.PROFILE)]).combine_chunks().sort_by("id")


def _without(table: pa.Table, column: str, ids: frozenset[int]) -> pa.Table:
    if not ids:
        return table
    return table.filter(pc.invert(pc.is_in(table[column], value_set=pa.array(sorted(ids), pa.int64()))))


def _without_keys(keys: pa.Table, gone: frozenset[int]) -> pa.Table:
    """What erased people were called is forgotten as well; their ids are not given to anybody else."""
    people = pc.equal(keys["kind"], "profile")
    return pa.concat_tables([keys.filter(pc.invert(people)), _without(keys.filter(people), "id", gone)])
