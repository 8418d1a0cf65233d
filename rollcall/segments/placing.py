"""Putting contacts into a segment, taking them out, and keeping their copied sort keys true."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F

from rollcall.core import ids, transactions
from rollcall.core.errors import NotFound
from rollcall.segments import activity, register
from rollcall.segments.models import Segment, SegmentContact
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

_INSERT = """
    INSERT INTO segments_segmentcontact (segment_id, added_at, contact_id, name_key, company_key, was_charged)
"""
# In order of contact: unsorted, two runs that place the same people would deadlock. OFFSET 0 keeps each contact a
# look-up by its key, where the planner would rather read the whole table.
_POSTGRES = """
    SELECT %s::bigint, %s::timestamptz, c.id, c.name_key, c.company_key, s.paid
    FROM unnest(%s::bigint[], %s::boolean[]) AS s(id, paid)
    CROSS JOIN LATERAL (
        SELECT id, name_key, company_key FROM contacts_contact AS k
        WHERE k.id = s.id AND k.workspace_id = %s OFFSET 0
    ) AS c
    ON CONFLICT DO NOTHING
"""
_SQLITE = """
    SELECT %s, %s, c.id, c.name_key, c.company_key, s.value ->> 1
    FROM json_each(%s) AS s CROSS JOIN contacts_contact AS c
    WHERE c.id = s.value ->> 0 AND c.workspace_id = %s
    ON CONFLICT DO NOTHING
"""


class NotInSegment(NotFound):
    """The contact {contact} is not in the segment {segment}. It may have been taken out before."""


def place(
    *, segment: Segment, contact_ids: Sequence[int], charged_ids: Collection[int] = (), now: datetime
) -> int:
    """Put contacts into the segment, in the caller's transaction; returns how many are newly there.

    Those already in it stay as they are; one that was taken out begins a new stay. Contacts of other workspaces
    are left out: the rows are made from the workspace's own contacts, with their sort keys.

    Args:
        charged_ids: those of them for whom a credit is spent now.
    """
    charged = charged_ids if isinstance(charged_ids, set | frozenset | dict) else set(charged_ids)
    ordered = sorted(set(contact_ids))
    if not ordered:
        return 0
    paid = [number in charged for number in ordered]
    values: list[Any]
    if connection.vendor == "postgresql":
        # Spelt out as PostgreSQL writes lists: a tenth of the time that the driver takes to do it.
        numbers, flags = (f"{{{','.join(map(str, column))}}}" for column in (ordered, paid))
        sql, values = _POSTGRES, [segment.pk, now, numbers, flags, segment.workspace_id]
    else:
        at = connection.ops.adapt_datetimefield_value(now)
        pairs = json.dumps(list(zip(ordered, paid, strict=True)))
        sql, values = _SQLITE, [segment.pk, at, pairs, segment.workspace_id]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT + sql, values)
        placed = int(cursor.rowcount)
    if placed:
        Segment.objects.filter(pk=segment.pk).update(contact_count=F("contact_count") + placed)
    return placed


def remove_contact(
    *, workspace: Workspace, segment_id: int, contact_id: int, actor: Actor, now: datetime
) -> None:
    """End the contact's stay in the segment. It stays owned: adding it again, anywhere, costs nothing (C3).

    Raises:
        NoSuchSegment
        NotInSegment: it never was in the segment. Taking it out twice changes nothing.
    """

    def work() -> None:
        segment = register.lock(workspace=workspace, segment_id=segment_id)
        stays = SegmentContact.objects.filter(segment=segment, contact=contact_id)
        if stays.filter(removed_at__isnull=True).update(removed_at=now):
            Segment.objects.filter(pk=segment.pk).update(contact_count=F("contact_count") - 1)
            detail = {"contact": ids.public("con", contact_id)}
            activity.write(segment=segment, kind="contact_removed", actor=actor, now=now, detail=detail)
        elif not stays.exists():
            raise NotInSegment(contact=ids.public("con", contact_id), segment=ids.public("seg", segment_id))

    transactions.run(work)


def follow_contacts(*, workspace: Workspace) -> int:
    """Copy the sort keys anew where a refresh has changed a name; returns how many placements were corrected."""
    sql = """
        UPDATE segments_segmentcontact AS p SET name_key = c.name_key, company_key = c.company_key
        FROM contacts_contact AS c
        WHERE c.workspace_id = %s AND p.contact_id = c.id AND p.removed_at IS NULL
          AND (p.name_key <> c.name_key OR p.company_key <> c.company_key)
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [workspace.pk])
        return int(cursor.rowcount)
