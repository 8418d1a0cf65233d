"""The only writer of entries: each is balanced, whole, and idempotent by its key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from rollcall.core import ids, rows
from rollcall.core.errors import Conflict, Invalid
from rollcall.credits import digests
from rollcall.credits.models import Entry, Hold, Leg
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

SOURCE, AVAILABLE, HELD, SPENT, EXPIRED, VOIDED = Leg.Account.values
AMOUNT_MAX = 10**15
KEY_MAX = 120
_BALANCE = {AVAILABLE, HELD}
Line = tuple[str, int, int]


class KeyNeeded(Invalid):
    """A key of 1 to 120 characters is needed: it makes a retry harmless. Send one that is new for each new act."""


class AmountOutOfRange(Invalid):
    """{amount} is no amount of credits. Use a whole number from 1 to {amount_max}."""


class KeyReused(Conflict):
    """The key {key} was already used for something else ({kind} {entry}). Nothing was changed; use a new key."""


@dataclass(frozen=True)
class Move:
    """So many credits of one grant go from one account to another: two legs, which add up to 0."""

    grant_id: int
    from_account: str
    to_account: str
    amount: int


@dataclass(frozen=True)
class Draft:
    """One of many entries of a kind that are written together; `amount` credits go as `moves` says."""

    entry_id: int
    key: str
    amount: int
    moves: Sequence[Move]
    context: Mapping[str, Any]
    reverses_id: int | None = None
    run_id: int | None = None
    segment_id: int | None = None
    automation_id: int | None = None
    hold_id: int | None = None


def write(
    *,
    workspace: Workspace,
    kind: str,
    key: str,
    amount: int,
    moves: Sequence[Move],
    actor: Actor,
    now: datetime,
    run_id: int | None = None,
    hold: Hold | None = None,
    segment_id: int | None = None,
    automation_id: int | None = None,
    context: Mapping[str, Any] | None = None,
    reverses_id: int | None = None,
    entry_id: int | None = None,
    people: str = "",
) -> Entry:
    """Write one entry with its legs, in the caller's transaction.

    What it was for (segment, automation, and the run if none is given) is what the hold is for, if there is one.

    Args:
        people: `digests.of_people` of those whom a charge is for.

    Raises:
        KeyReused: another entry has this key; the caller's transaction must not be kept.
    """
    draft = Draft(
        entry_id=entry_id or next_id(),
        key=key,
        amount=amount,
        moves=moves,
        context=context or {},
        reverses_id=reverses_id,
        run_id=run_id or (hold.run_id if hold else None),
        segment_id=hold.segment_id if hold else segment_id,
        automation_id=hold.automation_id if hold else automation_id,
        hold_id=hold.pk if hold else None,
    )
    fields, legs = drawn_up(workspace=workspace, kind=kind, draft=draft, actor=actor, now=now, people=people)
    one = {name: [value] for name, value in fields.items()}
    if not rows.insert(Entry, one, ignore_conflicts=True, returning=["id"]):
        raise reused(workspace=workspace, key=key)
    _write_legs([(draft.entry_id, legs)])
    return as_entry(fields)


def write_all(
    *, workspace: Workspace, kind: str, drafts: Sequence[Draft], actor: Actor, now: datetime
) -> list[Entry]:
    """Write many entries with their legs, in two statements, in the caller's transaction.

    Raises:
        KeyReused: an entry of the workspace has one of the keys; the caller's transaction must not be kept.
    """
    made = [drawn_up(workspace=workspace, kind=kind, draft=draft, actor=actor, now=now) for draft in drafts]
    written = [fields for fields, _ in made]
    table = {name: [fields[name] for fields in written] for name in written[0]} if written else {}
    kept = {row[0] for row in rows.insert(Entry, table, ignore_conflicts=True, returning=["id"])}
    for draft in drafts:
        if draft.entry_id not in kept:
            raise reused(workspace=workspace, key=draft.key)
    _write_legs([(fields["id"], legs) for fields, legs in made])
    return [as_entry(fields) for fields in written]


def drawn_up(
    *, workspace: Workspace, kind: str, draft: Draft, actor: Actor, now: datetime, people: str = ""
) -> tuple[dict[str, Any], list[Line]]:
    """The columns of an entry, with its digest, and its legs as (account, grant id, amount): what is to be written.

    Args:
        people: `digests.of_people` of those whom a charge is for.
    """
    fields, legs = _fields(workspace, kind, draft, actor, now), _legs(draft.moves)
    fields["digest"] = digests.of_entry(fields, legs, people)
    return fields, legs


def as_entry(fields: dict[str, Any]) -> Entry:
    """The entry that was written with these columns."""
    return Entry.from_db(connection.alias, list(fields), list(fields.values()))


def next_id() -> int:
    """The id that the entry about to be written will have: rows that name it may be written before it."""
    return next_ids(1)[0]


def next_ids(count: int) -> list[int]:
    """The ids that the next entries will have, ascending.

    Foreign keys are checked at commit, so claims can be counted first. On SQLite the transaction is IMMEDIATE,
    nobody else can write until it ends, and no entry is ever deleted, so the greatest id plus one stays free.
    """
    assert connection.in_atomic_block
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = (
                "SELECT nextval(pg_get_serial_sequence('credits_entry', 'id')) FROM generate_series(1, %s)"
            )
            cursor.execute(sequence, [count])
            return [int(row[0]) for row in cursor.fetchall()]
        cursor.execute("SELECT coalesce(max(id), 0) FROM credits_entry")
        last = int(cursor.fetchone()[0])
        return list(range(last + 1, last + 1 + count))


def find(*, workspace: Workspace, key: str) -> Entry | None:
    """The entry that this key wrote, if it did."""
    return Entry.objects.filter(workspace=workspace, key=checked_key(key)).first()


def reused(*, workspace: Workspace, key: str) -> KeyReused:
    """The error for a key that did something else before."""
    entry = find(workspace=workspace, key=key)
    if entry is None:
        return KeyReused(key=key, kind="entry", entry="")
    return KeyReused(key=key, kind=entry.kind, entry=ids.public("ent", entry.pk))


def checked_key(key: str) -> str:
    if not 0 < len(key) <= KEY_MAX or "\0" in key:
        raise KeyNeeded()
    return key


def checked_amount(amount: int) -> int:
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= AMOUNT_MAX:
        raise AmountOutOfRange(amount=amount, amount_max=AMOUNT_MAX)
    return amount


def _balance_change(move: Move) -> int:
    into = move.to_account in _BALANCE
    out_of = move.from_account in _BALANCE
    return (into - out_of) * move.amount


def _legs(moves: Sequence[Move]) -> list[Line]:
    """(account, grant id, amount): out of one account, into the other."""
    return [
        leg
        for move in moves
        for leg in (
            (str(move.from_account), move.grant_id, -move.amount),
            (str(move.to_account), move.grant_id, move.amount),
        )
    ]


def _fields(workspace: Workspace, kind: str, draft: Draft, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "id": draft.entry_id,
        "workspace_id": workspace.pk,
        "kind": kind,
        "key": checked_key(draft.key),
        "amount": draft.amount,
        "balance_change": sum(_balance_change(move) for move in draft.moves),
        "actor": actor.ref,
        "actor_label": actor.label,
        "run_id": draft.run_id,
        "segment_id": draft.segment_id,
        "automation_id": draft.automation_id,
        "hold_id": draft.hold_id,
        "context": dict(draft.context),
        "reverses_id": draft.reverses_id,
        "created_at": now,
    }


def _write_legs(written: Sequence[tuple[int, Sequence[Line]]]) -> None:
    lines = [(entry_id, line, *leg) for entry_id, legs in written for line, leg in enumerate(legs, start=1)]
    columns: dict[str, list[Any]] = {
        name: [line[place] for line in lines]
        for place, name in enumerate(("entry_id", "line", "account", "grant_id", "amount"))
    }
    rows.insert(Leg, columns)
