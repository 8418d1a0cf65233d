"""What operators ask workers to buy from HTTP providers, within which caps, and whom was asked about already."""

from django.db import models
from django.db.models import Q

from rollcall.universe.provider_rows import ProviderWalk

_ORDER_STATES = ["buying", "loading", "done", "stopped", "halted", "given_up"]
_UNFINISHED = ["buying", "loading", "stopped", "halted"]


class OrderState(models.TextChoices):
    """Stopped: by an operator. Halted: by something that an operator must look at. Both can go on."""

    BUYING = "buying", "Buying"
    LOADING = "loading", "Loading"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"
    HALTED = "halted", "Halted"
    GIVEN_UP = "given_up", "Given up"


class ProviderConnection(models.Model):
    """What may be asked of one provider in a calendar month (UTC), whoever asks; its row is the turnstile of that."""

    provider = models.CharField(max_length=60, unique=True)
    is_paused = models.BooleanField(default=False)
    calls_max = models.PositiveIntegerField(null=True)
    cost_max = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    changed_by = models.CharField(max_length=160, default="", blank=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "universe_provider_connection"
        constraints = [
            models.CheckConstraint(
                condition=Q(cost_max__isnull=True) | Q(cost_max__gte=0),
                name="provider_connection_cost_not_negative",
            )
        ]


class ProviderOrder(models.Model):
    """Something to buy and load: a worker has it for as long as its lease, and writes under its fence only.

    `walk` is what it walks through now, `walks` all of them. Of a lookup in bulk: how far it is in the list, and the
    batch that is on its way.
    """

    State = OrderState
    ACTIVE = (OrderState.BUYING, OrderState.LOADING)

    key = models.CharField(max_length=100, unique=True)
    provider = models.CharField(max_length=60)
    endpoint = models.CharField(max_length=60)
    # A query may name people: sealed, and for endpoints whose queries always do, removed when the order has ended.
    query_sealed = models.TextField()
    is_bulk = models.BooleanField(default=False)
    pages_max = models.PositiveIntegerField(null=True)
    cost_max = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    is_to_load = models.BooleanField(default=True)
    lawful_basis = models.CharField(max_length=500, default="", blank=True)
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.BUYING)
    problem = models.CharField(max_length=400, default="", blank=True)
    walk = models.ForeignKey(ProviderWalk, models.PROTECT, null=True, related_name="+")
    walks = models.ManyToManyField(
        ProviderWalk, related_name="orders", db_table="universe_provider_order_walk"
    )
    cursor = models.BigIntegerField(default=0)
    found = models.BigIntegerField(default=0)
    missed = models.BigIntegerField(default=0)
    batch_sealed = models.TextField(default="", blank=True)
    bought_at = models.DateTimeField(null=True)
    # Attempts since then count; earlier ones belong to a round that was given up, or to somebody else.
    tries_since = models.DateTimeField()
    lease_until = models.DateTimeField()
    fence = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    version = models.BigIntegerField(null=True)
    positions = models.BigIntegerField(null=True)
    refused = models.BigIntegerField(null=True)
    asked_by = models.CharField(max_length=160)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "universe_provider_order"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=_ORDER_STATES), name="provider_order_state_known"),
            models.CheckConstraint(
                condition=Q(pages_max__isnull=False) | Q(cost_max__isnull=False),
                name="provider_order_has_a_cap",
            ),
            # Two at once would ask about the same people in other batches, and pay twice.
            models.UniqueConstraint(
                fields=["provider", "endpoint"],
                condition=Q(is_bulk=True, state__in=_UNFINISHED),
                name="provider_order_one_bulk_at_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "lease_until"], name="provider_order_by_due")]


class ProviderLookup(models.Model):
    """Somebody or something that was looked up, by a keyed hash, and whether it was found; misses are kept too."""

    provider = models.CharField(max_length=60)
    endpoint = models.CharField(max_length=60)
    subject_hash = models.CharField(max_length=64)
    is_found = models.BooleanField()
    answered_at = models.DateTimeField()
    fresh_until = models.DateTimeField()

    class Meta:
        db_table = "universe_provider_lookup"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "endpoint", "subject_hash"], name="provider_lookup_one_a_subject"
            )
        ]
