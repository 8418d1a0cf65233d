"""The database rows of the universe: which versions exist, and who must never come back."""

from django.db import models

from rollcall.universe.load_rows import SourceLoad
from rollcall.universe.order_rows import ProviderConnection, ProviderLookup, ProviderOrder
from rollcall.universe.provider_rows import (
    ProviderAttempt,
    ProviderCall,
    ProviderKey,
    ProviderPace,
    ProviderWalk,
)

__all__ = [
    "ErasedKey", "IdentityQuestion", "ProviderAttempt", "ProviderCall", "ProviderConnection", "ProviderKey",
    "ProviderLookup", "ProviderOrder", "ProviderPace", "ProviderWalk", "SourceLoad", "UniverseVersion",
]  # fmt: skip


class UniverseVersion(models.Model):
    """One published load. The row is the truth: a folder without a row does not exist."""

    number = models.BigIntegerField(primary_key=True)
    as_of = models.DateField()
    source = models.CharField(max_length=100)
    published_at = models.DateTimeField()
    companies = models.BigIntegerField()
    profiles = models.BigIntegerField()
    positions = models.BigIntegerField()
    manifest = models.JSONField()

    class Meta:
        db_table = "universe_version"
        constraints = [
            models.CheckConstraint(condition=models.Q(number__gt=0), name="universe_version_number_positive"),
            models.CheckConstraint(
                condition=models.Q(companies__gte=0, profiles__gte=0, positions__gte=0),
                name="universe_version_counts_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["source", "-as_of", "-number"], name="universe_version_by_source")]


class ErasedKey(models.Model):
    """A person who asked to be forgotten: a keyed hash of what sources call them, and nothing else about them."""

    key_hash = models.CharField(max_length=64, unique=True)
    profile_id = models.BigIntegerField(null=True, db_index=True)
    erased_at = models.DateTimeField()

    class Meta:
        db_table = "universe_erased_key"


class IdentityQuestion(models.Model):
    """Two records (`<source>:<person>`) that may be one person, and what an operator said about them."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        SAME = "same", "The same person"
        DIFFERENT = "different", "Two people"
        LATER = "later", "Put off"

    left = models.CharField(max_length=500)
    right = models.CharField(max_length=500)
    probability = models.FloatField()
    why = models.CharField(max_length=500)
    version = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=160, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "universe_identity_question"
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="universe_question_once"),
            models.CheckConstraint(
                condition=~models.Q(left=models.F("right")), name="universe_question_of_two"
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="universe_question_by_state")]
