"""What credits were used for: by segment, persona, member, key, automation or month (C9).

Whatever the dimension, the rows add up to all that was charged and refunded in the period: what belongs to none of its
subjects has a row of its own. A refund counts where its charge counted, in the month in which the credit came back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from django.db import connection
from django.db.models import Case, CharField, Count, F, Max, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from rollcall.core import ids
from rollcall.core.errors import Invalid
from rollcall.credits import explanations, months
from rollcall.credits.models import Entry
from rollcall.workspaces.models import Workspace

Dimension = Literal["segment", "persona", "member", "key", "automation", "month"]
DIMENSIONS: tuple[str, ...] = get_args(Dimension)
NOBODY = {
    "segment": "Not for a segment",
    "persona": "No persona",
    "member": "Not by a member",
    "key": "Not by an API key",
    "automation": "Started by hand",
}
_PARTS = {
    "sqlite": "json_each(e.context, '$.by_persona')",
    "postgresql": "jsonb_each_text(e.context->'by_persona')",
}
# Every charge is divided among the personas it names; what it does not name stays with nobody.
_BY_PERSONA = """
SELECT subject, sum(charged), sum(refunded), count(DISTINCT run_id), max(named_by) FROM (
  SELECT p.key AS subject, CAST(p.value AS bigint) AS charged, 0 AS refunded, e.run_id, e.id AS named_by
  FROM credits_entry e, {parts} p WHERE {where} AND e.kind = 'charge'
  UNION ALL
  SELECT '', e.amount - coalesce((SELECT sum(CAST(p.value AS bigint)) FROM {parts} p), 0), 0, e.run_id, e.id
  FROM credits_entry e WHERE {where} AND e.kind = 'charge'
  UNION ALL
  SELECT coalesce(e.context->>'persona', ''), 0, e.amount, NULL, coalesce(e.reverses_id, e.id)
  FROM credits_entry e WHERE {where} AND e.kind = 'refund'
) AS part WHERE charged <> 0 OR refunded <> 0 GROUP BY subject
"""


class UnknownDimension(Invalid):
    """Usage is not kept by {by}. Ask for {allowed}."""


@dataclass(frozen=True)
class UsageRow:
    """What one subject used. `subject` is its public id, or the month (2026-11), or empty for what has none.

    `label` is the name it had at its last charge in the period, also if it was renamed or deleted since.
    """

    subject: str
    label: str
    charged: int
    refunded: int
    runs: int

    @property
    def net(self) -> int:
        return self.charged - self.refunded


@dataclass(frozen=True)
class _Sum:
    subject: Any
    charged: int
    refunded: int
    runs: int
    named_by: int


def by(
    *, workspace: Workspace, dimension: str, since: datetime | None = None, until: datetime | None = None
) -> list[UsageRow]:
    """Credits charged and refunded from `since` until before `until`, most used first (months in their order).

    Raises:
        UnknownDimension
    """
    if dimension not in DIMENSIONS:
        raise UnknownDimension(by=dimension, allowed=", ".join(DIMENSIONS))
    if dimension == "month":
        return _by_month(workspace, since, until)
    sums = (_persona_sums if dimension == "persona" else _column_sums)(workspace, dimension, since, until)
    named_by = Entry.objects.only("context", "actor_label", "automation_id").in_bulk(
        [found.named_by for found in sums]
    )
    rows = [
        UsageRow(
            subject=_subject(dimension, found.subject),
            label=_label(dimension, found.subject, named_by[found.named_by]),
            charged=found.charged,
            refunded=found.refunded,
            runs=found.runs,
        )
        for found in sums
    ]
    return sorted(rows, key=lambda row: (not row.subject, -row.net, row.label, row.subject))


def total(rows: Iterable[UsageRow]) -> tuple[int, int]:
    """(charged, refunded) of all rows: the same whatever they were asked by."""
    found = list(rows)
    return sum(row.charged for row in found), sum(row.refunded for row in found)


def over_months(*, workspace: Workspace, dimension: str, of: Sequence[date]) -> list[list[UsageRow]]:
    """The rows of each of these months: what a chart stacks."""
    periods = [months.whole(workspace=workspace, month=month) for month in of]
    return [
        by(workspace=workspace, dimension=dimension, since=period.since, until=period.until)
        for period in periods
    ]


def _by_month(workspace: Workspace, since: datetime | None, until: datetime | None) -> list[UsageRow]:
    found = _entries(workspace, since, until)
    instants = found.order_by("created_at").values_list("created_at", flat=True)
    first, last = instants.first(), instants.last()
    if first is None or last is None:
        return []
    listed = months.between(*(months.of(workspace=workspace, at=at) for at in (first, last)))
    sums = _summed(found.annotate(subject=months.number(workspace=workspace, of=listed)))
    named = [(listed[one.subject], one) for one in sums]
    return [
        UsageRow(months.written(month), f"{month:%b %Y}", one.charged, one.refunded, one.runs)
        for month, one in named
    ]


def _column_sums(
    workspace: Workspace, dimension: str, since: datetime | None, until: datetime | None
) -> list[_Sum]:
    return _summed(_entries(workspace, since, until).annotate(subject=_of(dimension)))


def _persona_sums(
    workspace: Workspace, dimension: str, since: datetime | None, until: datetime | None
) -> list[_Sum]:
    where, values = "e.workspace_id = %s", list[Any]([workspace.pk])
    for test, instant in ((">=", since), ("<", until)):
        if instant is not None:
            where += f" AND e.created_at {test} %s"
            values.append(connection.ops.adapt_datetimefield_value(instant))
    with connection.cursor() as cursor:
        cursor.execute(_BY_PERSONA.format(parts=_PARTS[connection.vendor], where=where), values * 3)
        return [_Sum(*[value if i == 0 else int(value) for i, value in enumerate(row)]) for row in cursor]


def _entries(workspace: Workspace, since: datetime | None, until: datetime | None) -> QuerySet[Entry]:
    """Charges and refunds; each knows who is behind the charge."""
    found = Entry.objects.filter(workspace=workspace, kind__in=[Entry.Kind.CHARGE, Entry.Kind.REFUND])
    if since is not None:
        found = found.filter(created_at__gte=since)
    if until is not None:
        found = found.filter(created_at__lt=until)
    return found


def _of(dimension: str) -> Any:
    if dimension in ("segment", "automation"):
        return F(f"{dimension}_id")
    prefix = {"member": "usr_", "key": "key_"}[dimension]
    who = Coalesce("reverses__actor", "actor")
    of_charge = Q(reverses=None, actor__startswith=prefix) | Q(reverses__actor__startswith=prefix)
    return Case(When(of_charge, then=who), default=Value(""), output_field=CharField())


def _summed(entries: QuerySet[Any]) -> list[_Sum]:
    charge, refund = Q(kind=Entry.Kind.CHARGE), Q(kind=Entry.Kind.REFUND)
    found = entries.values("subject").annotate(
        charged=Sum("amount", filter=charge, default=0),
        refunded=Sum("amount", filter=refund, default=0),
        runs=Count("run_id", filter=charge, distinct=True),
        named_by=Max(Coalesce("reverses_id", "id")),
    )
    return [_Sum(**row) for row in found.order_by("subject")]


def _subject(dimension: str, subject: Any) -> str:
    prefix = {"segment": "seg", "automation": "aut"}.get(dimension)
    if subject in (None, ""):
        return ""
    return ids.public(prefix, subject) if prefix else str(subject)


def _label(dimension: str, subject: Any, named_by: Entry) -> str:
    """The name as the charge's own context has it."""
    if subject in (None, ""):
        return NOBODY[dimension]
    context, known = named_by.context, _subject(dimension, subject)
    segment = str(context.get("segment", {}).get("name", ""))
    if dimension == "segment":
        return segment or known
    if dimension == "persona":
        names = {persona["id"]: persona["name"] for persona in context.get("personas", [])}
        return str(names.get(known, known))
    if dimension == "automation":
        return f"Automatic search in {segment}" if segment else known
    return explanations.who(named_by)
