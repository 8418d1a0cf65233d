"""Requests for a package: what was asked, quoted, agreed and granted, and what was said about it (G7)."""

from django.db import models
from django.db.models import Q

from rollcall.credits.models.journal import Grant
from rollcall.workspaces.models import Workspace


class PackageRequest(models.Model):
    """A workspace asks the operator for credits. The price is in the smallest unit of the currency (cents).

    `quote_number` counts the quotes given: whoever accepts names the one they saw. `analysis` is the requirement
    analysis that came with it, whole, as it was when it was sent (G8).
    """

    class State(models.TextChoices):
        SENT = "sent", "Sent"
        QUOTED = "quoted", "Quoted"
        ACCEPTED = "accepted", "Accepted"
        GRANTED = "granted", "Granted"
        DECLINED = "declined", "Declined"

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    key = models.CharField(max_length=120, default="", blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENT)
    credits_wanted = models.BigIntegerField()
    note = models.TextField(max_length=4000, blank=True)
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    reply_email = models.EmailField()
    analysis = models.JSONField(null=True)
    quote_number = models.PositiveIntegerField(default=0)
    quoted_credits = models.BigIntegerField(null=True)
    quoted_price_minor = models.BigIntegerField(null=True)
    quoted_currency = models.CharField(max_length=3, default="", blank=True)
    quoted_terms = models.TextField(max_length=4000, default="", blank=True)
    quoted_expires_on = models.DateField(null=True)
    quote_valid_until = models.DateTimeField(null=True)
    grant = models.ForeignKey(Grant, models.PROTECT, null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(credits_wanted__gt=0), name="request_positive"),
            models.CheckConstraint(
                condition=Q(quoted_credits__isnull=True) | Q(quoted_credits__gt=0),
                name="request_quote_positive",
            ),
            models.CheckConstraint(
                condition=Q(quoted_price_minor__isnull=True) | Q(quoted_price_minor__gte=0),
                name="request_price_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["sent", "quoted", "accepted", "granted", "declined"]),
                name="request_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["quoted", "accepted"])
                | Q(quote_number__gt=0, quoted_credits__isnull=False, quote_valid_until__isnull=False),
                name="request_quoted_has_quote",
            ),
            models.UniqueConstraint(
                fields=["workspace", "key"], condition=~Q(key=""), name="request_key_once"
            ),
        ]
        indexes = [models.Index(fields=["workspace", "id"], name="request_by_workspace")]


class PackageMessage(models.Model):
    """One line of a request's thread: something said, or a step that was taken; never changed, never deleted.

    Its key makes it one line however often it is sent. The line of a quote keeps the quote in `detail`.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message", "Message"
        SENT = "sent", "Sent"
        QUOTED = "quoted", "Quoted"
        ACCEPTED = "accepted", "Accepted"
        GRANTED = "granted", "Granted"
        DECLINED = "declined", "Declined"

    request = models.ForeignKey(PackageRequest, models.PROTECT, related_name="messages")
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    body = models.TextField(max_length=4000, default="", blank=True)
    detail = models.JSONField(default=dict)
    is_from_operator = models.BooleanField()
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "key"], name="message_once")]
        indexes = [models.Index(fields=["request", "id"], name="message_by_request")]
