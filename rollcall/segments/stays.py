"""Opening, closing and re-ranking the stays of many companies, a few statements for any number of them."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import F
from django.db.models.expressions import RawSQL

from rollcall.core import rows
from rollcall.segments.models import Member, Segment

# Bounds the memory of one statement; a batch of this size takes about half a second.
BATCH = 50_000


def open_(*, segment: Segment, ranks: dict[int, int], at: datetime, why: str) -> None:
    """Begin a stay for each company (id → rank)."""
    constants = {
        "segment_id": segment.pk,
        "joined_at": at,
        "joined_why": why[:200],
        "left_at": None,
        "left_why": "",
    }
    for ids in _batches(sorted(ranks)):
        columns = {"company_id": ids, "rank": [ranks[number] for number in ids]}
        rows.insert(Member, columns, constants=constants)


def close(*, segment: Segment, company_ids: Sequence[int], at: datetime, why: str) -> None:
    """End the present stays of these companies; the rows are kept (S4)."""
    for ids in _batches(sorted(company_ids)):
        present = Member.objects.filter(segment=segment, left_at__isnull=True, company_id__in=id_list(ids))
        present.update(left_at=at, left_why=why[:200])


def follow(*, segment: Segment, now_ids: dict[int, int], at: datetime) -> None:
    """Present companies that are others now (id → id of today) stay under the id of today; those there already end.

    The stay of the company that goes on is the older one's: nobody has left, and nobody joined.
    """
    present = Member.objects.filter(segment=segment, left_at__isnull=True)
    ended = {
        number: now_ids[number]
        for ids in _batches(sorted(now_ids))
        for number in present.filter(company_id__in=id_list(ids)).values_list("company_id", flat=True)
    }
    here = set(present.filter(company_id__in=list(ended.values())).values_list("company_id", flat=True))
    twice = []
    for former, now in sorted(ended.items()):
        if now in here:
            twice.append(former)
        else:
            present.filter(company_id=former).update(company_id=now)
            here.add(now)
    close(segment=segment, company_ids=twice, at=at, why="the same company as another one here")
    Segment.objects.filter(pk=segment.pk).update(company_count=F("company_count") - len(twice))


def rank(*, segment: Segment, ranks: dict[int, int]) -> None:
    """Give these companies, which stay, their new places in the order."""
    with connection.cursor() as cursor:
        for ids in _batches(sorted(ranks)):
            places = [ranks[number] for number in ids]
            if connection.vendor == "postgresql":
                cursor.execute(_RANK_ALL, [ids, places, segment.pk])
            else:
                # One by one: SQLite has no way to be told not to read the whole list anew for every member.
                cursor.executemany(_RANK_ONE, [(p, segment.pk, i) for i, p in zip(ids, places, strict=True)])


_RANK_ALL = """
    UPDATE segments_member AS m SET rank = s.place
    FROM (SELECT unnest(%s::bigint[]) AS company_id, unnest(%s::bigint[]) AS place) AS s
    WHERE m.segment_id = %s AND m.left_at IS NULL AND m.company_id = s.company_id
"""
_RANK_ONE = (
    "UPDATE segments_member SET rank = %s WHERE segment_id = %s AND left_at IS NULL AND company_id = %s"
)


def id_list(ids: Sequence[int]) -> RawSQL:
    """For `…__in=`: any number of ids as one parameter."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(ids))])


def _batches(ids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), BATCH):
        yield list(ids[start : start + BATCH])
