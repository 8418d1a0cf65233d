"""L14 and L15: grants, wallets, holds and their parts are as the entries that made and moved them say.

Entries are sealed, these rows are not: whoever changes one by hand contradicts the journal.
"""

from collections.abc import Iterator
from typing import Any

from rollcall.core import ids
from rollcall.credits import grants
from rollcall.credits.checks.asking import BAD_MAX, Rule, statement
from rollcall.credits.models import Adjustment, Grant, Leg
from rollcall.workspaces.models import Workspace

_BATCH = 1_000
# A grant arrives by an entry with a leg out of `source`: a grant or an adjustment; or a refund, which begins no epoch.
# Sums are joined with nothing: without statistics PostgreSQL takes them for few, and walks all of them for each row.
_WALLETS = statement("""
SELECT coalesce(w.workspace_id, e.workspace_id) AS n, 'ws_' || coalesce(w.workspace_id, e.workspace_id) || ': epoch '
       || coalesce(w.epoch, 0) || ' with ' || coalesce(w.epoch_available, 0) || ' available; ' || coalesce(e.arrived, 0)
       || ' grants arrived, after the last there were ' || coalesce(e.available, 0) AS words
FROM (SELECT * FROM credits_wallet {scope}) w FULL JOIN (
  SELECT e.workspace_id, count(DISTINCT CASE WHEN e.arrives THEN e.id END) AS arrived,
         sum(CASE WHEN e.id <= e.last_id THEN l.amount ELSE 0 END) AS available
  FROM (SELECT e.workspace_id, e.id, e.arrives,
               max(CASE WHEN e.arrives THEN e.id END) OVER (PARTITION BY e.workspace_id) AS last_id
        FROM (SELECT workspace_id, id, kind = 'grant' OR (kind = 'adjustment' AND balance_change > 0) AS arrives
              FROM credits_entry {scope}) e) e
  LEFT JOIN credits_leg l ON l.entry_id = e.id AND l.account = 'available' GROUP BY e.workspace_id) e
  ON e.workspace_id = w.workspace_id
WHERE coalesce(w.epoch, 0) <> coalesce(e.arrived, 0) OR coalesce(w.epoch_available, 0) <> coalesce(e.available, 0)
UNION ALL
SELECT w.workspace_id, 'ws_' || w.workspace_id || ': its wallet says wrongly whether rules of alerts look at it'
FROM (SELECT * FROM credits_wallet {scope}) w WHERE w.is_watched <> EXISTS (
  SELECT 1 FROM credits_alertrule r WHERE r.workspace_id = w.workspace_id AND r.ended_at IS NULL)
""")
_ADJUSTED = statement("""
SELECT e.id AS n, coalesce(e.context ->> 'adjustment', 'an adjustment') || ': it is not there, and ent_' || e.id
       || ' carried it out' AS words
FROM (SELECT * FROM credits_entry {scope}) e LEFT JOIN credits_adjustment a ON a.entry_id = e.id
WHERE e.kind = 'adjustment' AND a.id IS NULL
""")
_HOLDS = statement("""
SELECT h.id AS n, 'hol_' || h.id || ': it is not as ' || coalesce('ent_' || e.id, 'an entry that is not there')
       || ' placed it' AS words
FROM (SELECT * FROM credits_hold {scope}) h LEFT JOIN credits_entry e ON e.hold_id = h.id AND e.kind = 'hold'
WHERE e.id IS NULL OR e.workspace_id <> h.workspace_id OR e.amount <> h.amount OR e.key <> h.key
   OR e.created_at <> h.created_at OR e.run_id IS DISTINCT FROM h.run_id
   OR e.segment_id IS DISTINCT FROM h.segment_id OR e.automation_id IS DISTINCT FROM h.automation_id
UNION ALL
SELECT h.id, 'hol_' || h.id || ': open ' || h.is_open || ', released ' || h.released || '; it was '
       || coalesce('released by ent_' || r.id || ': ' || r.amount, 'never released')
FROM (SELECT * FROM credits_hold {scope}) h LEFT JOIN credits_entry r ON r.hold_id = h.id AND r.kind = 'release'
WHERE h.is_open <> (h.closed_at IS NULL) OR h.closed_at < h.created_at
   OR (r.id IS NULL AND h.released <> 0)
   OR (r.id IS NOT NULL AND (h.is_open OR h.closed_at <> r.created_at OR h.released <> r.amount))
UNION ALL
SELECT h.id, 'hol_' || h.id || ': it was used up by the charge of another moment than that at which it says it ended'
FROM (SELECT * FROM credits_hold {scope}) h
JOIN (SELECT hold_id, max(created_at) AS at FROM (SELECT * FROM credits_entry {scope}) e WHERE kind = 'charge'
      GROUP BY hold_id) c ON c.hold_id = h.id
WHERE h.captured = h.amount AND h.closed_at <> CASE WHEN c.at < h.created_at THEN h.created_at ELSE c.at END
UNION ALL
SELECT e.hold_id, 'hol_' || e.hold_id || ': it is not there, and ent_' || e.id || ' moved its credits'
FROM (SELECT * FROM credits_entry {scope}) e LEFT JOIN credits_hold h ON h.id = e.hold_id
WHERE e.hold_id IS NOT NULL AND h.id IS NULL
""")
# A hold's legs come in pairs, out of available and into held: the part at position 3 is line 6.
_PARTS = statement("""
SELECT coalesce(p.hold_id, l.hold_id) AS n, 'hol_' || coalesce(p.hold_id, l.hold_id) || ': its part of gra_'
       || coalesce(p.grant_id, l.grant_id) || ' is not as its entries moved it' AS words
FROM (SELECT p.* FROM (SELECT * FROM credits_hold {scope}) h JOIN credits_holdgrant p ON p.hold_id = h.id) p
FULL JOIN (
  SELECT e.hold_id, l.grant_id, sum(CASE WHEN e.kind = 'hold' THEN l.line ELSE 0 END) AS line,
         sum(CASE WHEN e.kind = 'hold' THEN l.amount ELSE 0 END) AS amount,
         sum(CASE WHEN e.kind = 'charge' THEN -l.amount ELSE 0 END) AS captured,
         sum(CASE WHEN e.kind = 'release' THEN -l.amount ELSE 0 END) AS released
  FROM (SELECT * FROM credits_entry {scope}) e JOIN credits_leg l ON l.entry_id = e.id
  WHERE e.hold_id IS NOT NULL AND l.account = 'held' GROUP BY e.hold_id, l.grant_id) l
  ON l.hold_id = p.hold_id AND l.grant_id = p.grant_id
WHERE p.id IS NULL OR l.hold_id IS NULL OR p.position * 2 <> l.line OR p.amount <> l.amount
   OR p.captured <> l.captured OR p.released <> l.released
""")


def _grants(workspace: Workspace | None) -> Iterator[str]:
    """Each grant beside the terms that its entry keeps; then adjustments, and wallets, which count what arrived."""
    mine = Grant.objects.all() if workspace is None else Grant.objects.filter(workspace=workspace)
    last_id = 0
    while found := list(mine.filter(pk__gt=last_id).order_by("pk")[:_BATCH]):
        last_id = found[-1].pk
        given = {
            leg.grant_id: leg.entry
            for leg in Leg.objects.filter(account=Leg.Account.SOURCE, grant__in=found).select_related("entry")
        }
        for grant in found:
            name, entry = ids.public("gra", grant.pk), given.get(grant.pk)
            if entry is None:
                yield f"{name}: no entry gave it"
            elif (grant.workspace_id, grant.created_at) != (entry.workspace_id, entry.created_at):
                yield f"{name}: it is not of the workspace and time of {ids.public('ent', entry.pk)}, which gave it"
            elif entry.digest is None:
                continue  # as old as that, it keeps no terms; and if it has lost its digest, L13 says so
            elif unlike := _unlike(grant, entry.context):
                yield f"{name}: its {', '.join(unlike)} is not what {ids.public('ent', entry.pk)} gave"
    yield from _adjustments(workspace)
    yield from _WALLETS(workspace)


def _adjustments(workspace: Workspace | None) -> Iterator[str]:
    """What was decided has the entry that says so; what was not has none."""
    mine = Adjustment.objects.all() if workspace is None else Adjustment.objects.filter(workspace=workspace)
    for made in mine.select_related("entry").order_by("pk"):
        name, entry = ids.public("adj", made.pk), made.entry
        if (made.state == Adjustment.State.DONE) != (entry is not None):
            yield f"{name}: it is {made.state}, and it has {'an' if entry else 'no'} entry"
        elif (made.state == Adjustment.State.WAITING) != (made.decided_at is None):
            yield f"{name}: it is {made.state}, and the time when it was decided says otherwise"
        elif entry is not None and _said(made) != (
            entry.workspace_id,
            entry.balance_change,
            entry.actor,
            entry.actor_label,
            entry.created_at,
            entry.context.get("why"),
            entry.context.get("adjustment"),
            entry.context.get("approved_by", ""),
        ):
            yield f"{name}: it is not what {ids.public('ent', entry.pk)} says of it"
    yield from _ADJUSTED(workspace)


def _said(made: Adjustment) -> tuple[Any, ...]:
    return (
        made.workspace_id,
        made.amount,
        made.actor,
        made.actor_label,
        made.decided_at,
        made.reason,
        ids.public("adj", made.pk),
        made.decided_by_label,
    )


def _unlike(grant: Grant, context: dict[str, Any]) -> list[str]:
    """Which of the grant's terms are not those that the entry keeps; a refund keeps them beside its own words."""
    kept = context.get("new_grant", context)
    said = {**grants.named(grant), **grants.terms(grant)}
    return [name for name, value in said.items() if name not in kept or kept[name] != value]


def _holds(workspace: Workspace | None) -> list[str]:
    return [*_HOLDS(workspace), *_PARTS(workspace)][:BAD_MAX]


RULES = (
    Rule("L14", "Each grant, adjustment and wallet is as the entries made it", _grants),
    Rule("L15", "Each hold and each part of it is as the entries moved it", _holds),
)
