"""Wallets, grants, entries with their legs, holds and claims: the ledger itself."""

from django.db import models
from django.db.models import F, Q

from rollcall.workspaces.models import Workspace


class Wallet(models.Model):
    """What a workspace may spend and what running searches hold: a projection of the entries.

    `epoch` counts the grants that arrived: each arms the alerts anew. `epoch_available` is what was available right
    after the last of them: the whole of which alerts count percents. `is_watched`: there are alert rules to look at.
    """

    workspace = models.OneToOneField(Workspace, models.PROTECT, primary_key=True)
    available = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    epoch = models.BigIntegerField(default=0)
    epoch_available = models.BigIntegerField(default=0)
    is_watched = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(available__gte=0), name="wallet_available_not_negative"),
            models.CheckConstraint(condition=Q(held__gte=0), name="wallet_held_not_negative"),
        ]


class Grant(models.Model):
    """Credits that arrived, with dates; burned lowest priority number first, then soonest to expire, then promotional
    before paid, then oldest. The price is in the smallest unit of the currency (cents), for all of them together.
    """

    state: str  # where it stands in the burn order; only on those that `grants.in_burn_order` gives out

    class Kind(models.TextChoices):
        PACKAGE = "package", "Package"
        TOP_UP = "top_up", "Top-up"
        PROMOTIONAL = "promotional", "Promotional"
        REFUND = "refund", "Refund"
        ADJUSTMENT = "adjustment", "Adjustment"

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=120)
    reference = models.CharField(max_length=60, default="", blank=True)
    priority = models.SmallIntegerField(default=0)
    price_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="", blank=True)
    effective_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    granted = models.BigIntegerField()
    remaining = models.BigIntegerField()
    held = models.BigIntegerField(default=0)
    spent = models.BigIntegerField(default=0)
    expired = models.BigIntegerField(default=0)
    voided = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["package", "top_up", "promotional", "refund", "adjustment"]),
                name="grant_kind_known",
            ),
            models.CheckConstraint(condition=Q(granted__gt=0), name="grant_positive"),
            models.CheckConstraint(
                condition=Q(price_minor__isnull=True) | Q(price_minor__gte=0), name="grant_price_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, held__gte=0, spent__gte=0, expired__gte=0, voided__gte=0),
                name="grant_parts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(granted=F("remaining") + F("held") + F("spent") + F("expired") + F("voided")),
                name="grant_parts_add_up",
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "priority", "expires_at", "id"],
                name="grant_burn_order",
                condition=Q(remaining__gt=0),
            ),
        ]


class Entry(models.Model):
    """One movement of credits, idempotent by its key; never changed, never deleted.

    `digest` says what the entry, its legs and its people were when it was written (`digests`); the chain seals it.
    """

    class Kind(models.TextChoices):
        GRANT = "grant", "Grant"
        HOLD = "hold", "Hold"
        CHARGE = "charge", "Charge"
        RELEASE = "release", "Release"
        REFUND = "refund", "Refund"
        EXPIRY = "expiry", "Expiry"
        VOID = "void", "Void"
        ADJUSTMENT = "adjustment", "Adjustment"

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=120)
    amount = models.BigIntegerField()
    balance_change = models.BigIntegerField()
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    run_id = models.BigIntegerField(null=True)
    segment_id = models.BigIntegerField(null=True)
    automation_id = models.BigIntegerField(null=True)
    hold = models.ForeignKey("Hold", models.PROTECT, null=True, related_name="entries")
    context = models.JSONField(default=dict)
    reverses = models.ForeignKey("self", models.PROTECT, null=True)
    digest = models.CharField(max_length=64, null=True)  # noqa: DJ001  null: written before digests were kept
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="entry_key_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="entry_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["workspace", "id"], name="entry_by_workspace"),
            # With the change, so that the balance after any entry is a sum over the index alone.
            models.Index(fields=["workspace", "id", "balance_change"], name="entry_balance"),
            models.Index(fields=["workspace", "run_id", "id"], name="entry_by_run"),
            models.Index(fields=["workspace", "created_at", "id"], name="entry_by_clock"),
            models.Index(fields=["workspace", "segment_id", "id"], name="entry_by_segment"),
            models.Index(fields=["workspace", "kind", "id"], name="entry_by_kind"),
            models.Index(fields=["workspace", "actor", "id"], name="entry_by_actor"),
            models.Index(
                fields=["workspace", "automation_id", "id"],
                name="entry_by_automation",
                condition=Q(automation_id__isnull=False),
            ),
        ]


class Leg(models.Model):
    """One side of an entry: so many credits into (or out of) one account of one grant; an entry's legs add up to 0."""

    class Account(models.TextChoices):
        SOURCE = "source"
        AVAILABLE = "available"
        HELD = "held"
        SPENT = "spent"
        EXPIRED = "expired"
        VOIDED = "voided"

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="legs")
    line = models.PositiveIntegerField()
    account = models.CharField(max_length=10, choices=Account.choices)
    grant = models.ForeignKey(Grant, models.PROTECT)
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "line"], name="leg_line_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="leg_not_zero"),
        ]


class Hold(models.Model):
    """Credits set aside for one run; every hold ends, captured or released.

    `is_budgeted`: it has reservations in budgets, which each charge confirms.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    run_id = models.BigIntegerField(null=True)
    segment_id = models.BigIntegerField(null=True)
    automation_id = models.BigIntegerField(null=True)
    key = models.CharField(max_length=120)
    amount = models.BigIntegerField()
    captured = models.BigIntegerField(default=0)
    released = models.BigIntegerField(default=0)
    is_open = models.BooleanField(default=True)
    is_budgeted = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="hold_key_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, captured__gte=0, released__gte=0), name="hold_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=F("captured") + F("released")), name="hold_within_amount"
            ),
            models.CheckConstraint(
                condition=Q(is_open=True) | Q(amount=F("captured") + F("released")),
                name="hold_closed_means_used_up",
            ),
        ]
        indexes = [models.Index(fields=["workspace", "id"], name="hold_open", condition=Q(is_open=True))]


class HoldGrant(models.Model):
    """The part of a hold that one grant carries, in burn order."""

    hold = models.ForeignKey(Hold, models.PROTECT, related_name="parts")
    grant = models.ForeignKey(Grant, models.PROTECT)
    position = models.PositiveIntegerField()
    amount = models.BigIntegerField()
    captured = models.BigIntegerField(default=0)
    released = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hold", "grant"], name="hold_grant_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, captured__gte=0, released__gte=0), name="hold_grant_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=F("captured") + F("released")), name="hold_grant_within_amount"
            ),
        ]


class Acquisition(models.Model):
    """The claim: this workspace paid for this profile at this company. One row, for ever (C3).

    `persona_id` is the first of the search's personas that finds the person; use and budgets count for that one.
    """

    pk = models.CompositePrimaryKey("workspace_id", "profile_id", "company_id")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    profile_id = models.BigIntegerField()
    company_id = models.BigIntegerField()
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="acquisitions")
    grant = models.ForeignKey(Grant, models.PROTECT, db_index=False)
    persona_id = models.BigIntegerField(null=True)
    refund_entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        indexes = [
            # SQLite looks here for every entry that is written after its claims, as a charge is: without an index it
            # reads all claims.
            models.Index(
                fields=["refund_entry"],
                name="acquisition_by_refund",
                condition=Q(refund_entry__isnull=False),
            ),
        ]
