"""Charges of one credit each, straight from what is available: many at once, of any workspaces, in two trips."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from rollcall.core import faults, statements
from rollcall.core.statements import Rows
from rollcall.credits import captures, columns, crossings, digests, posting, reservations
from rollcall.credits.claims import Pair
from rollcall.credits.holds import Purpose
from rollcall.credits.models import Entry, Wallet
from rollcall.credits.posting import AVAILABLE, SPENT, Draft, Move
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

POSTED = faults.declare(
    "credits.single.posted", "people are charged for one by one, the transaction not yet committed"
)
# Who charges for several workspaces waits for the writers of one no longer than this; then each sees to itself.
_PATIENCE = "SET LOCAL lock_timeout = '1s'"
_WALLET = ("workspace_id", "available", "epoch", "epoch_available", "is_watched")
_LOCKED = f"""
SELECT {", ".join(_WALLET)} FROM credits_wallet
WHERE workspace_id IN (SELECT workspace_id FROM ({{given}}) AS given) ORDER BY workspace_id {{locked}}
"""  # noqa: S608
_Wallet = dict[str, Any]
_ASKED = {
    "n": "int", "workspace_id": "bigint", "profile_id": "bigint", "company_id": "bigint", "key": "text",
    "at": "timestamptz",
}  # fmt: skip
# Those whose charge is simple: nobody paid for the person yet, the key is new, no budget has a say, no grant is over
# and must expire before; with the grant that burns first. LIMIT 1 makes each of these one look-up, whatever the
# planner thinks of the tables.
_SIMPLE = """
WITH asked AS ({given})
SELECT asked.n, g.id, g.remaining, {next_id} FROM asked JOIN credits_grant g ON g.id = (
  SELECT f.id FROM credits_grant f
  WHERE f.workspace_id = asked.workspace_id AND f.remaining > 0 AND f.effective_at <= asked.at
  ORDER BY f.priority, f.expires_at NULLS LAST, f.kind <> 'promotional', f.effective_at, f.id LIMIT 1)
WHERE (SELECT 1 FROM credits_acquisition a WHERE a.workspace_id = asked.workspace_id
       AND a.profile_id = asked.profile_id AND a.company_id = asked.company_id LIMIT 1) IS NULL
  AND (SELECT 1 FROM credits_entry e WHERE e.workspace_id = asked.workspace_id AND e.key = asked.key LIMIT 1) IS NULL
  AND (SELECT 1 FROM credits_budget b WHERE b.workspace_id = asked.workspace_id AND b.ended_at IS NULL LIMIT 1) IS NULL
  AND (SELECT 1 FROM credits_grant o WHERE o.workspace_id = asked.workspace_id AND o.remaining > 0
       AND o.expires_at <= asked.at LIMIT 1) IS NULL
"""
# As `posting.next_ids` does.
_NEXT_ID = {
    "postgresql": "nextval((SELECT pg_get_serial_sequence('credits_entry', 'id')::regclass))",
    "sqlite": "(SELECT coalesce(max(id), 0) FROM credits_entry) + row_number() OVER ()",
}
_ENTRY = {
    "id": "bigint", "workspace_id": "bigint", "kind": "text", "key": "text", "amount": "bigint",
    "balance_change": "bigint", "actor": "text", "actor_label": "text", "segment_id": "bigint",
    "automation_id": "bigint", "context": "jsonb", "digest": "text", "created_at": "timestamptz",
}  # fmt: skip
_CLAIM = {"profile_id": "bigint", "company_id": "bigint", "grant_id": "bigint", "persona_id": "bigint"}
# In the order in which everybody locks.
_WRITTEN = {
    "claims": "INSERT INTO credits_acquisition (workspace_id, profile_id, company_id, entry_id, grant_id, persona_id) "
    "SELECT workspace_id, profile_id, company_id, id, grant_id, persona_id FROM given WHERE true "
    "ORDER BY workspace_id, profile_id, company_id ON CONFLICT DO NOTHING RETURNING 1",
    "entries": f"INSERT INTO credits_entry ({', '.join(_ENTRY)}) SELECT {', '.join(_ENTRY)} FROM given WHERE true "  # noqa: S608
    "ORDER BY id ON CONFLICT DO NOTHING RETURNING 1",
    "legs": "INSERT INTO credits_leg (entry_id, line, account, grant_id, amount) "  # noqa: S608
    f"SELECT id, 1, '{AVAILABLE}', grant_id, -amount FROM given UNION ALL "
    f"SELECT id, 2, '{SPENT}', grant_id, amount FROM given RETURNING 1",
    "grants": "UPDATE credits_grant SET remaining = remaining - s.n, spent = spent + s.n "
    "FROM (SELECT grant_id, count(*) AS n FROM given GROUP BY grant_id) AS s "
    "WHERE credits_grant.id = s.grant_id AND remaining >= s.n RETURNING 1",
    "wallets": "UPDATE credits_wallet SET available = available - s.n "
    "FROM (SELECT workspace_id, count(*) AS n FROM given GROUP BY workspace_id) AS s "
    "WHERE credits_wallet.workspace_id = s.workspace_id AND available >= s.n RETURNING 1",
}


class Overtaken(Exception):
    """Others paid for one of the people, or used one of the keys, since we looked; nothing may be kept."""


@dataclass(frozen=True)
class Asked:
    """One person to charge for."""

    workspace: Workspace
    pair: Pair
    key: str
    actor: Actor
    now: datetime
    purpose: Purpose
    context: Mapping[str, Any]

    @property
    def persona_id(self) -> int | None:
        return next(iter(self.purpose.persona_credits), None)


@dataclass(frozen=True)
class _Charge:
    asked: Asked
    grant_id: int
    fields: dict[str, Any]


def post(asked: Sequence[Asked]) -> list[Entry | None]:
    """Charge those whose charge is simple, in the caller's transaction; None for those who must go another way.

    The wallets are locked, so what was looked at stays as it is; but searches claim people, and use keys, without
    their wallet: a charge can find itself overtaken.

    Raises:
        Overtaken, OutOfStep: nothing may be kept.
    """
    locked, found = _look(asked)
    charges = _charges(asked, locked, found)
    if not charges:
        return [None] * len(asked)
    _write(list(charges.values()))
    entries = {n: posting.as_entry(charge.fields) for n, charge in charges.items()}
    watched = {number: wallet for number, wallet in locked.items() if wallet["is_watched"]}
    for n, charge in charges.items():
        if charge.asked.workspace.pk in watched:
            _tell(watched[charge.asked.workspace.pk], entries[n], charge.asked.now)
    faults.point(POSTED)
    return [entries.get(n) for n in range(len(asked))]


def _look(asked: Sequence[Asked]) -> tuple[dict[int, _Wallet], Rows]:
    rows = [
        {
            "n": n,
            "workspace_id": one.workspace.pk,
            "profile_id": one.pair[0],
            "company_id": one.pair[1],
            "key": one.key,
            "at": _instant(one.now),
        }
        for n, one in enumerate(asked)
    ]
    given = [statements.table(rows)]
    locked, simple, patience = _questions()
    several = len({one.workspace.pk for one in asked}) > 1
    *_, found, lines = statements.run([*(patience if several else []), (locked, given), (simple, given)])
    return {row[0]: dict(zip(_WALLET, row, strict=True)) for row in found}, lines


def _charges(asked: Sequence[Asked], locked: Mapping[int, _Wallet], found: Rows) -> dict[int, _Charge]:
    """By their place in `asked`: each person and each key once, one grant a workspace, and of that what it has."""
    charges: dict[int, _Charge] = {}
    taken: Counter[int] = Counter()
    grants: dict[int, int] = {}
    seen: set[tuple[int, Pair | str]] = set()
    entry_ids = iter(sorted(row[3] for row in found))
    for n, grant_id, remaining, _ in sorted(found):
        one, mine = asked[n], asked[n].workspace.pk
        names: set[tuple[int, Pair | str]] = {(mine, one.pair), (mine, one.key)}
        if mine not in locked or names & seen or reservations.needs_cap(one.actor):
            continue
        if grants.setdefault(mine, grant_id) != grant_id or taken[mine] >= remaining:
            continue
        seen |= names
        taken[mine] += 1
        charges[n] = _Charge(one, grant_id, _fields(one, grant_id, next(entry_ids)))
    return charges


def _fields(one: Asked, grant_id: int, entry_id: int) -> dict[str, Any]:
    draft = Draft(
        entry_id=entry_id,
        key=one.key,
        amount=1,
        moves=[Move(grant_id, AVAILABLE, SPENT, 1)],
        context={**one.context, **captures.by_persona([one.persona_id])},
        segment_id=one.purpose.segment_id,
        automation_id=one.purpose.automation_id,
    )
    people = digests.of_people(digests.person(*one.pair, grant_id, one.persona_id))
    kind = Entry.Kind.CHARGE.value
    fields, _ = posting.drawn_up(
        workspace=one.workspace, kind=kind, draft=draft, actor=one.actor, now=one.now, people=people
    )
    return fields


def _write(charges: Sequence[_Charge]) -> None:
    given = [statements.table([_row(charge) for charge in charges])]
    answers = statements.run([(sql, given) for sql in _orders()])
    # All in one statement, which counts; or one by one.
    changed = list(answers[0][0]) if len(answers) == 1 else [len(rows) for rows in answers]
    people, legs, grants, wallets = changed[:2], changed[2], changed[3], changed[4]
    if people != [len(charges)] * 2:
        raise Overtaken
    assert legs == 2 * len(charges)
    if grants != len({charge.grant_id for charge in charges}):
        raise columns.OutOfStep(what="grant", id=charges[0].grant_id)
    if wallets != len({charge.asked.workspace.pk for charge in charges}):
        raise columns.OutOfStep(what="wallet", id=charges[0].asked.workspace.pk)


def _tell(wallet: _Wallet, entry: Entry, now: datetime) -> None:
    """The alerts that one charge sets off, as if it had come alone."""
    before, wallet["available"] = wallet["available"], wallet["available"] - 1
    crossings.available_moved(
        wallet=Wallet(**wallet), before=before, after=wallet["available"], entry=entry, now=now
    )


def _row(charge: _Charge) -> dict[str, Any]:
    profile_id, company_id = charge.asked.pair
    return {
        **charge.fields,
        "created_at": _instant(charge.asked.now),
        "profile_id": profile_id,
        "company_id": company_id,
        "grant_id": charge.grant_id,
        "persona_id": charge.asked.persona_id,
    }


@cache
def _questions() -> tuple[str, str, list[statements.Statement]]:
    is_postgres, given = connection.vendor == "postgresql", statements.given(_ASKED)
    locked = _LOCKED.format(given=given, locked="FOR NO KEY UPDATE" if is_postgres else "")
    simple = _SIMPLE.format(given=given, next_id=_NEXT_ID[connection.vendor])
    return locked, simple, [(_PATIENCE, ())] if is_postgres else []


@cache
def _orders() -> list[str]:
    """On PostgreSQL one statement, whose parts are carried out as they are counted: in the order written."""
    given = statements.given(_ENTRY | _CLAIM)
    if connection.vendor != "postgresql":
        return [f"WITH given AS ({given}) {sql}" for sql in _WRITTEN.values()]
    parts = ", ".join(f"{name} AS ({sql})" for name, sql in _WRITTEN.items())
    counts = ", ".join(f"(SELECT count(*) FROM {name})" for name in _WRITTEN)  # noqa: S608
    return [f"WITH given AS MATERIALIZED ({given}), {parts} SELECT {counts}"]


def _instant(at: datetime) -> str:
    return str(connection.ops.adapt_datetimefield_value(at))
