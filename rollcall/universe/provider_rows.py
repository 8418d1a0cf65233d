"""The call ledger's rows: what was asked of HTTP providers, what it cost, and where the answers are."""

from django.db import models
from django.db.models import Q

_CALL_STATES = ["planned", "sent", "answered", "failed"]
_ATTEMPT_STATES = ["sent", "answered", "refused", "unsure"]
_WALK_STATES = ["open", "whole", "ended"]


class WalkState(models.TextChoices):
    """Open: there may be more pages. Ended: another walk took its place."""

    OPEN = "open", "Open"
    WHOLE = "whole", "Whole"
    ENDED = "ended", "Ended"


class CallState(models.TextChoices):
    """Sent: on its way, or nobody knows what became of it."""

    PLANNED = "planned", "Planned"
    SENT = "sent", "Sent"
    ANSWERED = "answered", "Answered"
    FAILED = "failed", "Failed"


class AttemptState(models.TextChoices):
    """Refused: the provider said no, which costs nothing. Unsure: maybe it was bought."""

    SENT = "sent", "Sent"
    ANSWERED = "answered", "Answered"
    REFUSED = "refused", "Refused"
    UNSURE = "unsure", "Unsure"


class ProviderWalk(models.Model):
    """One way through the pages of one query; an enrichment is a walk of one page."""

    provider = models.CharField(max_length=60)
    endpoint = models.CharField(max_length=60)
    query_hash = models.CharField(max_length=64)
    # Canonical JSON; empty when the query itself is about a person.
    query = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=WalkState.choices, default=WalkState.OPEN)
    why = models.CharField(max_length=300, default="", blank=True)
    told_total = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    fresh_until = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "universe_provider_walk"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=_WALK_STATES), name="provider_walk_state_known"),
            models.UniqueConstraint(
                fields=["provider", "endpoint", "query_hash"],
                condition=Q(state="open"),
                name="provider_walk_one_open",
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "endpoint", "query_hash", "-id"], name="provider_walk_by_query")
        ]


class ProviderCall(models.Model):
    """One page that is wanted, once in its walk; its key is the same in every attempt."""

    walk = models.ForeignKey(ProviderWalk, models.PROTECT, related_name="calls")
    number = models.PositiveIntegerField()
    request_hash = models.CharField(max_length=64)
    page_token = models.TextField(blank=True)
    key = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=CallState.choices, default=CallState.PLANNED)
    planned_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    records = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    answer_hash = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        db_table = "universe_provider_call"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=_CALL_STATES), name="provider_call_state_known"),
            models.CheckConstraint(
                condition=~Q(state="answered") | ~Q(answer_hash=""), name="provider_call_answer_kept"
            ),
            models.CheckConstraint(condition=Q(cost__gte=0), name="provider_call_cost_not_negative"),
            models.UniqueConstraint(fields=["walk", "number"], name="provider_call_one_a_page"),
            models.UniqueConstraint(fields=["walk", "request_hash"], name="provider_call_one_a_request"),
        ]


class ProviderAttempt(models.Model):
    """One time that a call was sent: written and committed before it is."""

    call = models.ForeignKey(ProviderCall, models.PROTECT, related_name="attempts")
    provider = models.CharField(max_length=60)
    endpoint = models.CharField(max_length=60)
    sender = models.CharField(max_length=100)
    state = models.CharField(max_length=8, choices=AttemptState.choices, default=AttemptState.SENT)
    sent_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    status_code = models.PositiveIntegerField(null=True)
    problem = models.CharField(max_length=300, default="", blank=True)
    cost_max = models.DecimalField(max_digits=14, decimal_places=4, default=0)

    class Meta:
        db_table = "universe_provider_attempt"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=_ATTEMPT_STATES), name="provider_attempt_state_known"
            ),
            models.CheckConstraint(condition=Q(cost_max__gte=0), name="provider_attempt_cost_not_negative"),
        ]
        indexes = [models.Index(fields=["provider", "endpoint", "sent_at"], name="provider_attempt_by_time")]


class ProviderPace(models.Model):
    """One endpoint's turnstile: who is let through waits for this row, and nobody before `not_before`."""

    provider = models.CharField(max_length=60)
    endpoint = models.CharField(max_length=60)
    not_before = models.DateTimeField(null=True)

    class Meta:
        db_table = "universe_provider_pace"
        constraints = [
            models.UniqueConstraint(fields=["provider", "endpoint"], name="provider_pace_one_an_endpoint")
        ]


class ProviderKey(models.Model):
    """The key that a provider gave this installation, sealed."""

    provider = models.CharField(max_length=60, unique=True)
    key_sealed = models.TextField()
    set_at = models.DateTimeField()

    class Meta:
        db_table = "universe_provider_key"
