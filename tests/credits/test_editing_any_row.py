"""G3: whoever edits or deletes one row by hand, with triggers, CHECKs and foreign keys out of the way, is found out.

The proof points at the row: a sentence holds its public id, or that of the entry, hold or budget that it belongs to.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from rollcall.credits import budgets, chain, refund_rules, verify
from rollcall.credits import models as tables
from rollcall.workspaces.models import Workspace
from tests.credits import acts, world
from tests.credits.tampering import lifted, out_of_the_way

# What an edit would not show, and why that is no harm.
NOTHING_TO_SEE = {
    "Leg.id": "nothing names a leg by its number",
    "HoldGrant.id": "nothing names a part by its number",
    "Seal.id": "links have numbers of their own",
    "BudgetReservation.id": "nothing names a reservation by its number",
    "AlertEvent.seen_at": "written when somebody sees it",
    "RefundPolicy.id": "nothing names a rule by its number",
}

pytestmark = pytest.mark.slow

Names = Callable[[Any], Iterable[str]]
POINTS_AT: dict[type[models.Model], Names] = {
    tables.Entry: lambda row: [f"ent_{row.pk}:", f"(ent_{row.pk})"],
    tables.Leg: lambda row: [f"ent_{row.entry_id}:"],
    tables.Acquisition: lambda row: [f"ent_{row.entry_id}:", f"ent_{row.refund_entry_id}:"],
    tables.Grant: lambda row: [f"gra_{row.pk}:"],
    tables.Hold: lambda row: [f"hol_{row.pk}:"],
    tables.HoldGrant: lambda row: [f"hol_{row.hold_id}:"],
    tables.Wallet: lambda row: [f"ws_{row.pk}:"],
    tables.Seal: lambda row: [f"link {row.number} (", f"link {row.number + 1} (", f"ent_{row.entry_id}:",
                              f"(ent_{row.entry_id})"],
    tables.BudgetCounter: lambda row: [f"bud_{row.budget_id} in {row.period_key}:", f"in bud_{row.budget_id} "]
    + [f"hol_{part.hold_id}:" for part in row.reservations.all()],
    tables.Budget: lambda row: [f"bud_{row.pk}:", f"bud_{row.pk} "],
    tables.RefundPolicy: lambda row: [f"refund rule {row.cause} of"],
    tables.BudgetReservation: lambda row: [f"hol_{row.hold_id}:", f"bud_{row.counter.budget_id} "],
    tables.AlertEvent: lambda row: [f"ale_{row.pk} of", f"alr_{row.rule_id}:", f"of alr_{row.rule_id} "],
    tables.Adjustment: lambda row: [f"adj_{row.pk}:", f"ent_{row.entry_id} says of it"],
    tables.AlertRule: lambda row: [f"alr_{row.pk}:", f"of alr_{row.pk} "],
    tables.PackageRequest: lambda row: [f"req_{row.pk}:"],
    tables.PackageMessage: lambda row: [f"msg_{row.pk} of", f"msg_{row.pk}:"],
}  # fmt: skip


@pytest.fixture
def ledger(workspace: Workspace, other_workspace: Workspace, now: datetime) -> Iterator[Workspace]:
    """A ledger of everything beside a neighbour's, all but the newest entries sealed."""
    world.everything(workspace, now)
    world.agreements(workspace, now)
    acts.grant(other_workspace, 50, now)
    acts.charge(other_workspace, acts.people(5), now)
    _set_by_an_operator(workspace, now)
    assert not red(), red()
    yield workspace
    # Foreign keys are checked at the end of a test; rows were broken on purpose.
    connection.set_rollback(True)


def _set_by_an_operator(workspace: Workspace, now: datetime) -> None:
    """A refund rule, and a budget that was changed and ended."""
    acting: dict[str, Any] = {"workspace": workspace, "actor": world.OLGA, "now": now}
    refund_rules.set_(cause="hard_bounce", is_on=True, window_days=20, cap_credits=5, **acting)
    made = budgets.create(scope="workspace", subject="", period="total", limit=9_000, is_hard=False, **acting)
    budgets.change(budget_id=made.pk, limit=8_000, **acting)
    budgets.end(budget_id=made.pk, **acting)


def red() -> list[str]:
    return [line for check in verify.verify().checks for line in check.bad]


def test_every_table_of_the_ledger_is_tried() -> None:
    of_credits = {model.__name__ for model in vars(tables).values() if isinstance(model, type)}
    assert {model.__name__ for model in POINTS_AT} == of_credits


@pytest.mark.parametrize("model", POINTS_AT, ids=lambda model: model.__name__)
def test_an_edit_of_any_column_is_found(ledger: Workspace, model: type[models.Model]) -> None:
    unseen, tried = [], set()
    with out_of_the_way():
        for row in _rows(model, ledger):
            for field in model._meta.concrete_fields:
                for value in _others(field, row):
                    if not _is_found(row, lambda: _update(row, field, value)):  # noqa: B023
                        unseen.append((f"{model.__name__}.{field.attname}", row.pk, _now(row, field), value))
                    tried.add(field.attname)
    assert tried == {field.attname for field in model._meta.concrete_fields}
    missed = [f"{name} of {pk}: {old} → {new}" for name, pk, old, new in unseen if name not in NOTHING_TO_SEE]
    assert not missed, "\n".join(missed)
    shown = {name for name in NOTHING_TO_SEE if name.startswith(f"{model.__name__}.")}
    assert shown <= {one[0] for one in unseen}, "an exception that is none any more"


@pytest.mark.parametrize("model", POINTS_AT, ids=lambda model: model.__name__)
def test_a_row_that_is_deleted_is_missed(ledger: Workspace, model: type[models.Model]) -> None:
    unseen = []
    with out_of_the_way():
        for row in _rows(model, ledger):
            if not _is_found(row, lambda: model._default_manager.filter(pk=row.pk)._raw_delete("default")):  # noqa: B023
                unseen.append(row)
    if model is tables.Seal:
        # The last link alone leaves no trace in the chain: that is what checkpoints are kept for.
        unseen = [row for row in unseen if row.number != chain_length(ledger)]
    assert unseen == []


@pytest.mark.parametrize("model", POINTS_AT, ids=lambda model: model.__name__)
def test_a_row_that_is_put_in_is_found(ledger: Workspace, model: type[models.Model]) -> None:
    """A second row like one that is there, with what must be unique made so."""
    unseen = []
    with out_of_the_way():
        for row in _rows(model, ledger):
            put_in = _another(row)
            if not _is_found(row, lambda: model._default_manager.bulk_create([put_in]), any_name=True):  # noqa: B023
                unseen.append((row.pk, put_in.pk))
    assert unseen == []


def test_the_last_link_is_missed_by_a_checkpoint(ledger: Workspace, now: datetime) -> None:
    kept = chain.checkpoint(workspace=ledger, now=now)
    with lifted():
        tables.Seal.objects.filter(workspace=ledger, number=kept["number"]).delete()
    assert not chain.check(workspace=ledger, checkpoint=kept).ok


def chain_length(workspace: Workspace) -> int:
    return tables.Seal.objects.filter(workspace=workspace).count()


def _another(row: Any) -> Any:
    """The same once more under a number of its own; claims, links, lines and parts are counted on."""
    values = {field.attname: _now(row, field) for field in row._meta.concrete_fields}
    for name, number in {"profile_id": 10**6, "number": 1_000, "line": 90, "position": 90}.items():
        if name in values:
            values[name] += number
    for name in ("key", "crossing", "period_key"):
        if name in values:
            values[name] = f"{values[name]}:again"
    if "id" in values:
        values["id"] += 10**6
    return type(row)(**values)


def _is_found(row: Any, edit: Callable[[], Any], *, any_name: bool = False) -> bool:
    names = list(POINTS_AT[type(row)](row))
    try:
        with transaction.atomic():
            edit()
            told = red()
            transaction.set_rollback(True)
    except IntegrityError:
        return True  # a unique key refuses it even so
    return bool(told) if any_name else any(name in line for line in told for name in names)


def _rows(model: type[models.Model], workspace: Workspace) -> list[Any]:
    """One of each sort, of one workspace: an entry of each kind, a leg of each account, an open and a closed hold …"""
    sorts: dict[type[models.Model], Callable[[Any], Any]] = {
        tables.Entry: lambda row: (row.kind, row.hold_id is None, row.pk in _sealed),
        tables.Leg: lambda row: (row.entry.kind, row.account),
        tables.Acquisition: lambda row: (row.persona_id, row.refund_entry_id is None),
        tables.Grant: lambda row: row.kind,
        tables.Hold: lambda row: (row.is_open, row.captured > 0, row.captured == row.amount),
        tables.HoldGrant: lambda row: (row.hold.is_open, row.captured > 0, row.position),
        tables.Seal: lambda row: min(row.number, 2) + (row.number == chain_length(workspace)),
        tables.BudgetCounter: lambda row: (row.budget.scope, row.budget.is_hard),
        tables.Budget: lambda row: (row.scope, row.is_hard, row.ended_at is None),
        tables.RefundPolicy: lambda row: row.cause,
        tables.BudgetReservation: lambda row: (row.counter.budget.scope, row.hold.is_open, row.refunded > 0),
        tables.AlertEvent: lambda row: row.rule.kind,
        tables.Adjustment: lambda row: (row.state, row.amount > 0),
        tables.AlertRule: lambda row: (row.by_webhook, row.ended_at is None),
        tables.PackageRequest: lambda row: {"sent": 1, "granted": 2}.get(row.state, 0),
        tables.PackageMessage: lambda row: row.kind == "message",
    }
    way = {
        tables.Leg: "entry__workspace",
        tables.HoldGrant: "hold__workspace",
        tables.BudgetCounter: "budget__workspace",
        tables.BudgetReservation: "hold__workspace",
        tables.PackageMessage: "request__workspace",
    }
    _sealed = set(tables.Seal.objects.values_list("entry_id", flat=True))
    found: dict[Any, Any] = {}
    for row in model._default_manager.filter(**{way.get(model, "workspace"): workspace}).order_by("pk"):
        found.setdefault(sorts.get(model, lambda row: 0)(row), row)
    return list(found.values())


def _now(row: Any, field: "models.Field[Any, Any]") -> Any:
    return getattr(row, field.attname)


def _others(field: "models.Field[Any, Any]", row: Any) -> Iterator[Any]:
    """What somebody might put there: another value, of the same shape; and nothing, where nothing may be."""
    value = _now(row, field)
    if field.null and value is not None:
        yield None
    if isinstance(field, models.ForeignKey):
        taken = [one for one in (value, row.pk) if isinstance(one, int)]
        there = field.related_model._default_manager.exclude(pk__in=taken).order_by("-pk").first()
        yield there.pk if there else 10**6
    elif field.choices:
        yield next(choice for choice, _ in field.choices if choice != value)
    elif isinstance(field, models.BooleanField):
        yield not value
    elif isinstance(field, models.DateTimeField):
        yield (value or datetime.fromisoformat("2026-09-01T00:00:00+00:00")) - timedelta(days=40)
        if value:
            yield value + timedelta(seconds=1)
    elif isinstance(field, models.JSONField):
        yield {**(value or {}), "why": "Because"}
    elif isinstance(field, models.DateField):
        yield (value or date(2026, 9, 1)) - timedelta(days=1)
    elif isinstance(field, models.CharField | models.TextField):
        yield f"{value or ''}x"[-(field.max_length or 0) :]
    elif field.primary_key:
        yield 10**6
    else:
        yield 10**6 if value is None else value + 1
        yield 10**3 + (value or 0)
        if value:
            yield value - 1


def _update(row: Any, field: "models.Field[Any, Any]", value: Any) -> None:
    """By hand: the ORM would refuse to touch a primary key."""
    table, key = row._meta.db_table, row._meta.pk
    if isinstance(field, models.JSONField) and value is not None:
        value = json.dumps(value)
    elif isinstance(value, datetime):
        value = connection.ops.adapt_datetimefield_value(value)
    names = [part.attname for part in key.fields] if hasattr(key, "fields") else [key.attname]
    where = " AND ".join(f'"{name}" = %s' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE {table} SET "{field.column}" = %s WHERE {where}',
            [value, *(getattr(row, name) for name in names)],
        )
        assert cursor.rowcount == 1
