"""What moves credits outside of searches: refund policies (C8) and adjustments that need two people."""

from django.db import models
from django.db.models import Q

from rollcall.credits.models.journal import Entry
from rollcall.workspaces.models import Workspace


class RefundPolicy(models.Model):
    """For which cause a credit comes back by itself, how long after the charge, and how many a month at most.

    Without a workspace it is the rule of the installation; a workspace's own goes before it. Without a window it
    does not matter how long ago the charge was.
    """

    class Cause(models.TextChoices):
        HARD_BOUNCE = "hard_bounce", "Hard bounce reported"
        LEFT_BEFORE = "left_before", "Had left when bought"
        ERASED_SOON = "erased_soon", "Erased soon after purchase"
        MERGED = "merged", "Merged duplicate"

    workspace = models.ForeignKey(Workspace, models.PROTECT, null=True)
    cause = models.CharField(max_length=12, choices=Cause.choices)
    is_on = models.BooleanField(default=True)
    window_days = models.PositiveIntegerField(null=True)
    cap_credits = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=160)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cause__in=["hard_bounce", "left_before", "erased_soon", "merged"]),
                name="refund_cause_known",
            ),
            models.CheckConstraint(
                condition=Q(cap_credits__isnull=True) | Q(cap_credits__gte=0), name="refund_cap_not_negative"
            ),
            models.UniqueConstraint(
                fields=["workspace", "cause"], condition=Q(workspace__isnull=False), name="refund_policy_once"
            ),
            models.UniqueConstraint(
                fields=["cause"], condition=Q(workspace__isnull=True), name="refund_policy_default_once"
            ),
        ]


class Adjustment(models.Model):
    """Credits that an operator adds (or, a negative amount, takes away) with a reason; many need a second operator."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a second operator"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    key = models.CharField(max_length=120)
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=State.choices)
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    decided_by = models.CharField(max_length=60, default="", blank=True)
    decided_by_label = models.CharField(max_length=160, default="", blank=True)
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="adjustment_key_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="adjustment_not_zero"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "done", "refused"]), name="adjustment_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=models.F("actor")), name="adjustment_second_is_someone_else"
            ),
        ]
        indexes = [models.Index(fields=["id"], name="adjustment_waiting", condition=Q(state="waiting"))]
