"""Alerts: when somebody should be told, and that they were, once for each crossing (G6)."""

from django.db import models
from django.db.models import Q

from rollcall.credits.models.journal import Entry
from rollcall.workspaces.models import Workspace


class AlertRule(models.Model):
    """Tell the workspace when its credits cross a threshold.

    It looks at the entries with `after_entry` < id ≤ `until_entry`: those of its life, in the order of the journal.
    """

    class Kind(models.TextChoices):
        BALANCE = "balance", "Available falls to"
        PERCENT = "percent", "Left of what was granted falls to"
        RUNWAY = "runway", "Runs out within"
        EXPIRY = "expiry", "A grant expires within"
        SPEND = "spend", "Unusual spend in a day"
        BUDGET = "budget", "A budget is used up to"

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    threshold = models.BigIntegerField()
    by_email = models.BooleanField(default=True)
    by_webhook = models.BooleanField(default=False)
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    after_entry = models.BigIntegerField(default=0)
    until_entry = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(threshold__gte=0), name="alert_threshold_not_negative"),
            models.CheckConstraint(
                condition=Q(kind__in=["balance", "percent", "runway", "expiry", "spend", "budget"]),
                name="alert_kind_known",
            ),
            models.UniqueConstraint(
                fields=["workspace", "kind", "threshold"],
                condition=Q(ended_at__isnull=True),
                name="alert_rule_once",
            ),
        ]


class AlertEvent(models.Model):
    """A threshold was crossed. `crossing` names the occasion (`epoch:3`, `gra_7`, `2026-11-22`): one event for each."""

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    rule = models.ForeignKey(AlertRule, models.PROTECT, related_name="events")
    crossing = models.CharField(max_length=120)
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+", db_index=False)
    before = models.BigIntegerField(null=True)
    after = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "crossing"], name="alert_once")]
        indexes = [models.Index(fields=["workspace", "id"], name="alert_by_workspace")]
