"""Adding people and paying for them: one transaction, paid if and only if added (C1, C3, invariant 3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from rollcall.contacts import bulk, facts, families, freshness, owned, suppression, title_books
from rollcall.contacts.models import Change, Contact
from rollcall.contacts.owned import Pair
from rollcall.core import faults, ids
from rollcall.credits import ledger
from rollcall.credits.models import Entry
from rollcall.universe import erasure
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

PAID = faults.declare("contacts.acquisition.paid", "claims and charge are written, contacts not yet")
ADDED = faults.declare("contacts.acquisition.added", "contacts are written, their changes not yet")


@dataclass(frozen=True)
class Added:
    """What came of a batch: each person was charged, owned already, or suppressed (unknown by now included)."""

    charged: list[Pair]
    owned: int
    suppressed: int
    entry: Entry | None
    contact_ids: dict[Pair, int]
    new_contact_ids: list[int]


def add(
    *,
    workspace: Workspace,
    people: pa.Table,
    hold_id: int | None,
    key: str,
    actor: Actor,
    now: datetime,
    run_id: int | None,
    version: int,
    context: dict[str, Any],
) -> Added:
    """Add people (the columns of `search.position_rows`) in the caller's transaction; charge those never paid for.

    A column `persona_id` beside them says which persona was the first to find each; it may be left out.

    The same key again answers what it did the first time, and writes nothing.

    Raises:
        what `ledger.capture` raises: too small a hold, a closed one, another use of the key; nothing was added.
    """
    assert connection.in_atomic_block, "paid if and only if added: the caller holds the transaction"
    asked = _once_each(people)
    # First: from here on nobody here is merged or forgotten until this transaction ends, and titles are read alike.
    freshness.lower(workspace=workspace, version=version)
    asked = title_books.shared(workspace=workspace).overrides.applied(asked)
    wanted = _allowed(workspace, asked)
    payable = _without(wanted, _owned_otherwise(workspace, wanted))
    captured = ledger.capture(
        workspace=workspace,
        hold_id=hold_id,
        profile_ids=payable["profile_id"].to_pylist(),
        company_ids=payable["company_id"].to_pylist(),
        key=key,
        actor=actor,
        now=now,
        run_id=run_id,
        context=context,
        persona_ids=payable["persona_id"].to_pylist() if "persona_id" in payable.column_names else (),
    )
    faults.point(PAID)
    paid = _only(wanted, captured.fresh)
    if captured.fresh and _are_contacts(workspace, captured.fresh[0]):
        paid = paid.slice(0, 0)
    contact_ids = _write_contacts(workspace, paid, captured.entry, run_id=run_id, version=version, now=now)
    if len(contact_ids) < wanted.num_rows:
        contact_ids |= owned.ids(workspace=workspace, pairs=wanted)
    return Added(
        charged=captured.fresh,
        owned=wanted.num_rows - len(captured.fresh),
        suppressed=asked.num_rows - wanted.num_rows,
        entry=captured.entry,
        contact_ids=contact_ids,
        new_contact_ids=[contact_ids[pair] for pair in captured.fresh],
    )


def _once_each(people: pa.Table) -> pa.Table:
    """Sorted by the unique key, so that two runs never wait for each other in a circle; doubles left out."""
    people = people.sort_by([("profile_id", "ascending"), ("company_id", "ascending")])
    if people.num_rows < 2:
        return people
    same = [pc.equal(people[name][1:], people[name][:-1]) for name in ("profile_id", "company_id")]
    return people.filter(pa.chunked_array([pa.array([True]), *pc.invert(pc.and_(*same)).chunks]))


def _allowed(workspace: Workspace, people: pa.Table) -> pa.Table:
    """Without suppressed people, and without the erased ones: the version knows nothing of them, or did until now."""
    people = people.filter(facts.known(people))
    if gone := erasure.blocked_profiles():
        erased = pc.is_in(people["profile_id"], value_set=pa.array(sorted(gone), pa.int64()))
        people = people.filter(pc.invert(erased))
    return _without(people, suppression.blocked(workspace=workspace, people=people))


def _owned_otherwise(workspace: Workspace, people: pa.Table) -> set[Pair]:
    """Those who are owned under other ids of the same person and company, or stand twice in this very batch (C3)."""
    pairs = list(zip(people["profile_id"].to_pylist(), people["company_id"].to_pylist(), strict=True))
    touched = [pairs[place] for place in families.touched(pairs)]
    if not touched:
        return set()
    exact = owned.exact(workspace=workspace, pairs=touched)
    mine = owned.of_lists(
        workspace=workspace,
        profile_ids=[pair[0] for pair in touched],
        company_ids=[pair[1] for pair in touched],
    )
    taken: dict[Pair, Pair] = {}
    for pair, living in families.living(touched).items():
        taken.setdefault(living, pair)
        if pair not in exact and pair not in mine and taken[living] != pair:
            mine[pair] = 0
    return mine.keys() - exact.keys()


def _only(people: pa.Table, fresh: list[Pair]) -> pa.Table:
    if len(fresh) == people.num_rows:
        return people
    paid = set(fresh)
    pairs = zip(people["profile_id"].to_pylist(), people["company_id"].to_pylist(), strict=True)
    return people.filter(pa.array([pair in paid for pair in pairs], pa.bool_()))


def _without(people: pa.Table, blocked: set[Pair]) -> pa.Table:
    if not blocked:
        return people
    pairs = zip(people["profile_id"].to_pylist(), people["company_id"].to_pylist(), strict=True)
    return people.filter(pa.array([pair not in blocked for pair in pairs], pa.bool_()))


def _are_contacts(workspace: Workspace, first: Pair) -> bool:
    """Whether this key did its work before: the charge of a batch and its contacts are there together or not at all."""
    return Contact.objects.filter(workspace=workspace, profile_id=first[0], company_id=first[1]).exists()


def _write_contacts(
    workspace: Workspace,
    people: pa.Table,
    entry: Entry | None,
    *,
    run_id: int | None,
    version: int,
    now: datetime,
) -> dict[Pair, int]:
    """The contacts and the first line of each one's history, which leads to the charge and the run (C9)."""
    numbers = bulk.next_ids(Contact, people.num_rows) if people.num_rows else []
    columns = facts.columns(people) | {
        "id": numbers,
        "profile_id": people["profile_id"].to_pylist(),
        "company_id": people["company_id"].to_pylist(),
    }
    columns["name_key"] = [facts.sort_key(name) for name in columns["full_name"]]
    columns["company_key"] = [facts.sort_key(name) for name in columns["company_name"]]
    columns["is_former"] = [left_on is not None for left_on in columns["left_on"]]
    shared = {"workspace_id": workspace.pk, "universe_version": version}
    acquired = {"charge_id": entry and entry.pk, "run_id": run_id, "added_at": now, "refreshed_at": now}
    bulk.write(Contact, columns, constants=shared | acquired)
    faults.point(ADDED)
    after = {"charge": entry and ids.public("ent", entry.pk), "run": run_id and ids.public("run", run_id)}
    added = {
        "kind": Change.Kind.ADDED.value,
        "before": {},
        "after": {name: value for name, value in after.items() if value},
        "happened_on": now.date(),
        "learned_at": now,
    }
    bulk.write(Change, {"contact_id": numbers, "source": columns["source"]}, constants=shared | added)
    return dict(zip(zip(columns["profile_id"], columns["company_id"], strict=True), numbers, strict=True))
