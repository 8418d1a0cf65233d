"""Budgets: how much may be spent, by whom or for what, in which period; what is used and reserved of it (G5)."""

from django.db import models
from django.db.models import F, Q

from rollcall.credits.models.journal import Hold
from rollcall.workspaces.models import Workspace


class Budget(models.Model):
    """A cap on spending. `subject` is the public id it is for (`usr_3`, `key_9`, `seg_4`, `per_2`, `aut_1`).

    An empty subject means the workspace itself, or each one of the scope by itself (each member, each run).
    A new limit is written in place, and the audit log keeps each; anything else is another budget.
    """

    class Scope(models.TextChoices):
        WORKSPACE = "workspace", "Workspace"
        MEMBER = "member", "Member"
        KEY = "key", "API key"
        SEGMENT = "segment", "Segment"
        PERSONA = "persona", "Persona"
        AUTOMATION = "automation", "Automation"
        RUN = "run", "Search"

    class Period(models.TextChoices):
        RUN = "run", "Each search"
        DAY = "day", "Day"
        WEEK = "week", "Week"
        MONTH = "month", "Month"
        TOTAL = "total", "In total"

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    scope = models.CharField(max_length=12, choices=Scope.choices)
    subject = models.CharField(max_length=40, default="", blank=True)
    period = models.CharField(max_length=6, choices=Period.choices)
    limit = models.BigIntegerField()
    is_hard = models.BooleanField(default=True)
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(limit__gte=0), name="budget_not_negative"),
            models.CheckConstraint(
                condition=Q(
                    scope__in=["workspace", "member", "key", "segment", "persona", "automation", "run"],
                    period__in=["run", "day", "week", "month", "total"],
                ),
                name="budget_kind_known",
            ),
            models.UniqueConstraint(
                fields=["workspace", "scope", "subject", "period", "is_hard"],
                condition=Q(ended_at__isnull=True),
                name="budget_once",
            ),
        ]


class BudgetCounter(models.Model):
    """What is used and reserved of a budget in one period (`2026-11-22`, `2026-W47`, `2026-11`, `total`, `run_7`).

    Where an empty subject means each one by itself, `subject` says whose counter this is. `limit` is the budget's when
    something was last reserved (so a lower one set later breaks nothing), or what was spent already when the budget
    began; it is empty for a soft budget, which alerts and never refuses. `before` is the part of `used` that was
    charged without a hold before the budget began; all else has reservations.
    """

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="counters")
    subject = models.CharField(max_length=40)
    period_key = models.CharField(max_length=40)
    limit = models.BigIntegerField(null=True)
    used = models.BigIntegerField(default=0)
    before = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["budget", "subject", "period_key"], name="budget_counter_once"),
            models.CheckConstraint(
                condition=Q(used__gte=F("before"), before__gte=0, reserved__gte=0),
                name="budget_counter_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | Q(limit__gte=F("used") + F("reserved")),
                name="budget_counter_within_limit",
            ),
        ]


class BudgetReservation(models.Model):
    """What one hold reserves of a counter: confirmed by charges, released with the hold, given back by refunds."""

    hold = models.ForeignKey(Hold, models.PROTECT, related_name="reservations")
    counter = models.ForeignKey(BudgetCounter, models.PROTECT, related_name="reservations")
    amount = models.BigIntegerField()
    confirmed = models.BigIntegerField(default=0)
    released = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hold", "counter"], name="budget_reservation_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, confirmed__gte=0, released__gte=0, refunded__gte=0),
                name="budget_reservation_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=F("confirmed") + F("released"), confirmed__gte=F("refunded")),
                name="budget_reservation_within_amount",
            ),
        ]
