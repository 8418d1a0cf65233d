"""Loads a snapshot of a source: one at a time, into a new version of the universe."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.core.errors import Conflict, Invalid
from rollcall.universe import (
    erasure,
    late,
    overlaps,
    persons,
    publication,
    records,
    side_by_side,
    spells,
    titles,
)
from rollcall.universe.columns import all_at, at, conform, first_of_each, flat, mapped, with_columns
from rollcall.universe.fields import TEXT_FIELDS
from rollcall.universe.folding import fold
from rollcall.universe.former import looking
from rollcall.universe.former.known import Known
from rollcall.universe.identity import joining, review
from rollcall.universe.identity.companies import aliases, identifying, mergers, names
from rollcall.universe.identity.companies.identifying import Identified
from rollcall.universe.identity.joining import Joined
from rollcall.universe.matching import Keys, source_key
from rollcall.universe.models import UniverseVersion
from rollcall.universe.publication import Contents, Former
from rollcall.universe.sources.source import COMPANIES, ROSTER, Source, terms_of, unsure_of

_FACTS = [name for name in COMPANIES.names if name in records.COMPANY.names and name != "observed_on"]


class OlderThanKnown(Conflict):
    """This snapshot of {source} is of {as_of}, but one of {known} is loaded already. Load newer ones only: what
    was learned later would be undone."""


class FromTheFuture(Invalid):
    """This snapshot says it is of {as_of}, which has not come yet. Check the date."""


class EmptyRoster(Invalid):
    """{source} has no rows, so it says nothing about anybody. Check the file; nothing was changed."""


class CompaniesMissing(Invalid):
    """The roster of {source} names companies that the source does not describe, for example {examples}."""


@dataclass(frozen=True)
class LoadReport:
    """What a load learned. Companies, people and positions are the totals of the new version.

    `merged` and `split`: people who turned out to be one, and two. `doubtful`: pairs that somebody should look at.
    """

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
    merged: int
    split: int
    doubtful: int


def load(*, source: Source, now: datetime) -> LoadReport:
    """Publish a new version that knows what `source` says, and report what changed.

    Raises:
        LoadUnderWay: another load has not ended.
        OlderThanKnown, FromTheFuture, EmptyRoster, CompaniesMissing: the snapshot cannot be used.
        NoRoom: the disk is full.
    In all these cases, and after a crash at any instant, the former version is still the one in use.
    """
    with publication.one_at_a_time():
        is_complete = terms_of(source).is_complete
        check_day(source=source.name, is_complete=is_complete, as_of=source.as_of, now=now)
        learned = _learn(source, publication.read_current(), publication.next_number())
        version = publication.publish(learned.after, as_of=source.as_of, source=source.name, now=now)
        review.ask(version=version.number, now=now)
    return LoadReport(
        version=version.number,
        source=source.name,
        as_of=source.as_of,
        companies=version.companies,
        people=version.profiles,
        positions=version.positions,
        **learned.counts,
    )


def check_day(*, source: str, is_complete: bool, as_of: date, now: datetime) -> None:
    """Whether a snapshot of this day can be loaded.

    Raises:
        OlderThanKnown, FromTheFuture
    """
    # A day of grace: the source may live east of here.
    if as_of > now.date() + timedelta(days=1):
        raise FromTheFuture(as_of=as_of.isoformat())
    if not is_complete:
        # Each record counts by its own day.
        return
    newest = UniverseVersion.objects.filter(source=source).order_by("-as_of")
    known = newest.values_list("as_of", flat=True).first()
    if known is not None and as_of < known:
        raise OlderThanKnown(source=source, as_of=as_of.isoformat(), known=known.isoformat())


@dataclass(frozen=True)
class _Learned:
    after: Contents
    counts: dict[str, int]


def _learn(source: Source, before: Former, version: int) -> _Learned:
    """What is known after the snapshot, and what it changed."""
    roster, told = conform(source.roster(), ROSTER), conform(source.companies(), COMPANIES)
    # A full roster without people is a mistake; companies alone are something to know.
    if not (roster.num_rows or (told.num_rows and not terms_of(source).is_complete)):
        raise EmptyRoster(source=source.name)
    blocked = erasure.blocked(since=before.erased)
    former = looking.at(before, blocked)
    known = former.companies(told, source.name)
    keys = Keys(known["keys"], next_company_id=before.next_company_id, next_profile_id=before.next_profile_id)
    identified = identifying.identify(
        told=told,
        keys=keys,
        source=source.name,
        companies=known["companies"],
        known_as=_names(known["aliases"], before),
    )
    known |= former.staff(identified.ids, identified.merged)
    known = mergers.tables(known, identified.merged, as_of=source.as_of, version=version)
    companies = _companies(known["companies"], told, identified, source)
    # Before erased people are left out: a company is in the roster even if they were all it had.
    covered = _covered(roster, told, identified.ids, source)
    own_ids = former.ids(source_key(source.name, roster["person_id"]))
    here = with_columns(roster, company_id=covered, own_id=own_ids)
    told_people = persons.without_blocked(here, source.name, blocked.hashes)
    (joined, known), people = side_by_side.both(
        lambda: _joined(told_people, source, former, known, keys, identified.merged, version),
        lambda: _one_row_a_record(_with_places(told_people, companies)),
    )
    people = _dated(with_columns(people, profile_id=joined.ids.take(people["row"])), known, source)
    moved = persons.moved(known, keys, joined.settled)
    are_read = before.titles_version == titles.RULES_VERSION
    # Neither asks what the other found.
    (merged, placed), facts = side_by_side.both(
        lambda: _placed(moved, people, _whole(covered, roster, source), source, are_read=are_read),
        lambda: persons.facts(moved, people, joined, keys, source.name),
    )
    tables = {"companies": companies, "keys": keys.table, "aliases": identified.aliases}
    after = Contents(
        tables | joined.tables | placed | facts,
        former,
        next_company_id=keys.next_ids["company"],
        next_profile_id=keys.next_ids["profile"],
        sources=before.sources,
        terms=before.terms | {source.name: asdict(terms_of(source))},
        erased=blocked.mark,
        before=before,
    )
    counts = {
        "roster_rows": people.num_rows,
        "collapsed_duplicates": source.collapsed_duplicates + told_people.num_rows - people.num_rows,
        "erased_left_out": roster.num_rows - told_people.num_rows,
    }
    return _Learned(after, counts | _changes(after, joined, merged))


def _joined(
    people: pa.Table,
    source: Source,
    former: Known,
    known: joining.Tables,
    keys: Keys,
    merged: Mapping[int, tuple[int, str]],
    version: int,
) -> tuple[Joined, joining.Tables]:
    """Who these people are, and what is known with all that this touches."""
    rows = joining.rows_of(roster=people, source=source.name)
    fresh = joining.fresh_of(strong=joining.strong_of(rows=rows), known=former.evidence(rows))
    decided = review.decided()
    known, maybe = former.people(rows, fresh, decided, keys, known)
    known = known if terms_of(source).is_complete else former.careers(rows, known)
    joined = joining.join(
        rows=rows,
        maybe=maybe,
        fresh=fresh,
        roster=people,
        source=source.name,
        before=known,
        keys=keys,
        decided=decided,
        reopened=sorted({survivor for survivor, _ in merged.values()}),
        version=version,
    )
    return joined, former.moves(joined.settled, known)


def _changes(after: Contents, joined: Joined, merged: spells.Merged) -> dict[str, int]:
    """Who is somewhere else, known for the first time, or known as another one."""
    return {
        "joined": merged.joined,
        "left": merged.left,
        "title_changed": merged.title_changed,
        "respelled": merged.respelled,
        "new_companies": after.next_company_id - after.before.next_company_id,
        "new_people": after.next_profile_id - after.before.next_profile_id,
        "merged": len(joined.settled.merged),
        "split": len(joined.settled.split),
        "doubtful": joined.doubtful,
    }


def _placed(
    known: joining.Tables, people: pa.Table, covered: Any, source: Source, *, are_read: bool
) -> tuple[spells.Merged, joining.Tables]:
    """What all sources say of positions after the snapshot, and which of them are shown."""
    merged = _merged(known, people, covered, source, are_read=are_read)
    positions, shadows = overlaps.apart(merged.positions, shown_before=known["positions"])
    return merged, {"positions": positions, "shadows": shadows}


def _merged(
    known: joining.Tables, people: pa.Table, covered: Any, source: Source, *, are_read: bool
) -> spells.Merged:
    """What all sources say of positions after the snapshot."""
    before = _spoken(known) if are_read else spells.read_titles(_spoken(known))
    name, as_of = source.name, source.as_of
    if terms_of(source).is_complete:
        return spells.merge(before=before, roster=people, covered=covered, source=name, as_of=as_of)
    found = late.apart(people, before, source=name, as_of=as_of)
    merged = spells.merge(before=before, roster=found.timely, covered=covered, source=name, as_of=as_of)
    past = spells.as_spells(found.late, before, name, as_of)
    return replace(merged, positions=late.placed(merged.positions, past, source=name))


def _dated(people: pa.Table, known: joining.Tables, source: Source) -> pa.Table:
    """Single records know whether their source has said something newer since."""
    if terms_of(source).is_complete:
        return people
    return late.marked(people, _spoken(known), source=source.name, as_of=source.as_of)


def _spoken(known: joining.Tables) -> pa.Table:
    return pa.concat_tables([known["positions"], known["shadows"]])


def _whole(covered: Any, roster: pa.Table, source: Source) -> Any:
    """The companies of whom the source tells everybody, so that who is missing has left; of single records none."""
    if not terms_of(source).is_complete:
        return covered.slice(0, 0)
    unsure = pa.array(sorted(unsure_of(source)), pa.string())
    return covered.filter(pc.invert(pc.is_in(roster["company_id"], value_set=unsure))).unique()


def _names(known: pa.Table, before: Former) -> pa.Table:
    """What companies are called, by the present rules."""
    return known if before.names_version == names.RULES_VERSION else aliases.read_again(known)


def _companies(before: pa.Table, told: pa.Table, identified: Identified, source: Source) -> pa.Table:
    """All companies after the load. Facts that were not told stay as they were."""
    new = with_columns(
        told,
        id=identified.ids,
        domain=identified.domain,
        host=identified.host,
        source_key=told["company_id"],
        source=pa.repeat(source.name, told.num_rows),
        observed_on=pc.coalesce(told["observed_on"], pa.scalar(source.as_of)),
    )
    # What is told of a company that was taken over is not told of the one that goes on.
    goes_on = pc.is_null(new["merged_into"])
    new = pa.concat_tables([new.filter(goes_on), new.filter(pc.invert(goes_on))])
    new = first_of_each(new, ["id"])
    older = _older(before, new, source)
    known_domain = at(before["domain"], new["id"], before["id"])
    stale_domain = pc.or_(pc.is_null(new["domain"]), pc.and_(older, pc.is_valid(known_domain)))
    for name in (*_FACTS, "observed_on", "source", "source_key"):
        known = at(before[name], new["id"], before["id"])
        said = pc.if_else(older, pc.coalesce(known, new[name]), pc.coalesce(new[name], known))
        new = with_columns(new, **{name: said})
    # Without its domain a host is as old as that is.
    former_host = at(before["host"], new["id"], before["id"])
    new = with_columns(new, host=pc.if_else(stale_domain, former_host, new["host"]))
    new = with_columns(new, name=pc.coalesce(new["name"], new["domain"], new["source_key"]))
    bands = pa.array([records.size_band(count) for count in new["employees"].to_pylist()], pa.string())
    new = with_columns(new, size_band=bands)
    new = with_columns(new, **{f"folded_{name}": mapped(new[name], fold) for name in TEXT_FIELDS})
    kept = before.filter(pc.invert(pc.is_in(before["id"], value_set=flat(new["id"]))))
    return pa.concat_tables([kept, conform(new, records.COMPANY_STORED)]).combine_chunks().sort_by("id")


def _older(before: pa.Table, new: pa.Table, source: Source) -> Any:
    """Single records that come late fill in what is not known; they replace nothing."""
    if terms_of(source).is_complete:
        return pa.scalar(False)
    known = at(before["observed_on"], new["id"], before["id"])
    return pc.fill_null(pc.less(new["observed_on"], known), False)


def _covered(roster: pa.Table, told: pa.Table, ids: Any, source: Source) -> Any:
    """The company of each row of the roster."""
    found = at(ids, roster["company_id"], told["company_id"])
    if found.null_count:
        strangers = roster["company_id"].filter(pc.is_null(found)).unique().to_pylist()
        raise CompaniesMissing(source=source.name, examples=", ".join(str(name) for name in strangers[:3]))
    return found


def _with_places(people: pa.Table, companies: pa.Table) -> pa.Table:
    """Where the source says nothing about a person's place, it is the company's headquarters."""
    unsaid = pc.and_(
        pc.is_null(people["country"]), pc.and_(pc.is_null(people["region"]), pc.is_null(people["city"]))
    )
    places = ("country", "region", "city")
    headquarters = all_at(companies, places, people["company_id"], companies["id"])
    said = {name: pc.if_else(unsaid, headquarters[name], people[name]) for name in places}
    return with_columns(people, **said)


def _one_row_a_record(people: pa.Table) -> pa.Table:
    """Two companies of a source can turn out to be one: of a person at both, the row seen last counts.

    Each position that is over is one of its own. `row` is where it stood.
    """
    row = pa.array(np.arange(people.num_rows))
    people = with_columns(people, source_key=people["person_id"], row=row)
    newest_first = people.sort_by([("last_seen", "descending")])
    return first_of_each(newest_first, ["company_id", "source_key", "until"])
