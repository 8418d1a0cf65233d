"""Which people a workspace owns already: adding them again is free, for ever (C3); an alias is its contact (C6)."""

import json
from collections.abc import Sequence

import pyarrow as pa
from django.db import connection

from rollcall.contacts import families, mirror
from rollcall.contacts.families import Pair
from rollcall.contacts.models import Contact
from rollcall.credits import refunds
from rollcall.workspaces.models import Workspace

__all__ = ["Pair", "exact", "flags", "ids", "of_lists", "paid_pairs", "which"]

# Up to so many pairs the database tells as quickly as the copy in memory.
ASK_MAX = 2_000
_SELECT = """
SELECT coalesce(contact.merged_into_id, contact.id), contact.profile_id, contact.company_id FROM {asked}
{join} contacts_contact AS contact
ON contact.workspace_id = %s AND contact.company_id = asked.company_id AND contact.profile_id = asked.profile_id
"""
_POSTGRES = _SELECT.format(
    asked="unnest(%s::bigint[], %s::bigint[]) AS asked(profile_id, company_id)", join="JOIN"
)
# CROSS JOIN keeps SQLite from reading all contacts of the workspace for a handful of pairs.
_SQLITE = _SELECT.format(
    asked="(SELECT value ->> 0 AS profile_id, value ->> 1 AS company_id FROM json_each(%s)) AS asked",
    join="CROSS JOIN",
)


def which(*, workspace: Workspace, pairs: pa.Table) -> set[Pair]:
    """The (profile, company) pairs among `pairs` (columns company_id, profile_id) that are owned."""
    return set(ids(workspace=workspace, pairs=pairs))


def flags(*, workspace: Workspace, pairs: pa.Table) -> list[bool]:
    """Whether each of the pairs is owned; of very many a copy in memory is asked, which is as exact (`mirror`)."""
    columns = {f"{name}s": pairs[name].to_numpy() for name in ("company_id", "profile_id")}
    both = list(zip(pairs["profile_id"].to_pylist(), pairs["company_id"].to_pylist(), strict=True))
    found = mirror.flags(workspace=workspace, **columns) if len(both) > ASK_MAX else None
    if found is None:
        mine = which(workspace=workspace, pairs=pairs)
        return [pair in mine for pair in both]
    known = found.tolist()
    # The copy knows them by the ids of the day of the charge; whoever has others is asked for under all of them.
    others = list(families.candidates(pair for pair, is_mine in zip(both, known, strict=True) if not is_mine))
    more = of_lists(
        workspace=workspace,
        profile_ids=[pair[0] for pair in others],
        company_ids=[pair[1] for pair in others],
    )
    return [bool(is_mine) or pair in more for pair, is_mine in zip(both, known, strict=True)]


def ids(*, workspace: Workspace, pairs: pa.Table) -> dict[Pair, int]:
    """The contact ids of those of the pairs that are owned; several pairs can be one contact (`merging`)."""
    return of_lists(
        workspace=workspace,
        profile_ids=pairs["profile_id"].to_pylist(),
        company_ids=pairs["company_id"].to_pylist(),
    )


def of_lists(
    *, workspace: Workspace, profile_ids: Sequence[int], company_ids: Sequence[int]
) -> dict[Pair, int]:
    """The contact ids of the pairs given as two lists of one length; one statement, whatever their number.

    Whoever is owned under an id that ended is owned under the one that it leads to (`families`), and the other way.
    """
    if not profile_ids:
        return {}
    found = _exact(workspace, profile_ids, company_ids)
    others = families.candidates(
        pair for pair in zip(profile_ids, company_ids, strict=True) if pair not in found
    )
    if others:
        asked = sorted({one for pairs in others.values() for one in pairs})
        known = _exact(workspace, [pair[0] for pair in asked], [pair[1] for pair in asked])
        found |= families.meant(others, known)
    return found


def exact(*, workspace: Workspace, pairs: Sequence[Pair]) -> dict[Pair, int]:
    """The contact ids of those (profile, company) that are owned under these very ids."""
    return _exact(workspace, [pair[0] for pair in pairs], [pair[1] for pair in pairs]) if pairs else {}


def _exact(workspace: Workspace, profile_ids: Sequence[int], company_ids: Sequence[int]) -> dict[Pair, int]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES, [_array(profile_ids), _array(company_ids), workspace.pk])
        else:
            asked = json.dumps(list(zip(profile_ids, company_ids, strict=True)), separators=(",", ":"))
            cursor.execute(_SQLITE, [asked, workspace.pk])
        return {(profile, company): number for number, profile, company in cursor.fetchall()}


def paid_pairs(*, workspace: Workspace, contacts: Sequence[Contact]) -> dict[int, Pair]:
    """By contact id the (profile, company) whose credit was not given back: of one that others were merged into it may
    be another's than its own. Where none is paid for any more, its own."""
    groups: dict[int, list[Pair]] = {one.pk: [(one.profile_id, one.company_id)] for one in contacts}
    aliases = Contact.objects.filter(workspace=workspace, merged_into__in=list(groups)).order_by("pk")
    for one in aliases:
        groups[one.merged_into_id or 0].append((one.profile_id, one.company_id))
    several = [pair for group in groups.values() if len(group) > 1 for pair in group]
    claims = refunds.of_pairs(workspace=workspace, pairs=several) if several else {}
    return {
        number: next(
            (pair for pair in group if pair in claims and claims[pair].refund_entry_id is None), group[0]
        )
        for number, group in groups.items()
    }


def _array(numbers: Sequence[int]) -> str:
    """PostgreSQL's own spelling of a list; a tenth of the time the driver needs for it."""
    return "{" + ",".join(map(str, numbers)) + "}"
