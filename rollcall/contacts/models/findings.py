"""What was found out about people after they were bought, and what became of their credit (C6, C8, X2).

None of these rows says anything about a person that reading the contact would not: no names, no addresses.
"""

from typing import Any

from django.db import models
from django.db.models import Q

from rollcall.contacts.models.people import Contact
from rollcall.credits.models import Entry
from rollcall.workspaces.models import Workspace


def _workspace() -> Any:
    return models.ForeignKey(Workspace, models.PROTECT, db_index=False)


def _contact(**options: Any) -> Any:
    return models.ForeignKey(Contact, models.PROTECT, related_name="+", db_index=False, **options)


class Outcome(models.Model):
    """What a refund policy made of it: a code, the same in words, and the refund if there was one."""

    code = models.CharField(max_length=20)
    why = models.CharField(max_length=300)
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        abstract = True


class BounceReport(models.Model):
    """Bounces reported together, once by their key; `digest` tells another list under the same key."""

    workspace = _workspace()
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    lines = models.PositiveIntegerField()
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="bounce_report_once")]
        indexes = [models.Index(fields=["workspace", "id"], name="bounce_report_newest")]


class Bounce(Outcome):
    """One line of a report: which contact it is about, and what came of it; never changed, never deleted.

    `label` helps to recognise a line that matched nobody: of personal values only a first letter is kept.
    """

    workspace = _workspace()
    report = models.ForeignKey(BounceReport, models.PROTECT, related_name="bounces", db_index=False)
    line = models.PositiveIntegerField()
    contact = _contact(null=True)
    label = models.CharField(max_length=160, blank=True)
    status = models.CharField(max_length=20, blank=True)
    bounced_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "line"], name="bounce_line_once")]
        indexes = [
            models.Index(
                fields=["contact", "id"], name="bounce_by_contact", condition=Q(contact__isnull=False)
            )
        ]


class Departure(Outcome):
    """Someone who had left before they were bought, as a refresh learned; waits for the policy, once a contact."""

    workspace = _workspace()
    contact = models.OneToOneField(Contact, models.PROTECT, related_name="+")
    left_on = models.DateField()
    source = models.CharField(max_length=60)
    learned_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="departure_waiting", condition=Q(decided_at__isnull=True))
        ]


class Merge(Outcome):
    """Two contacts that are one person at one company: the loser is an alias of the winner until it is split off.

    `kept` is what rooms above need in order to undo what they did when the two became one.
    """

    workspace = _workspace()
    winner = _contact()
    loser = _contact()
    reason = models.CharField(max_length=300, blank=True)
    kept = models.JSONField(default=dict)
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    merged_at = models.DateTimeField()
    split_by = models.CharField(max_length=160, blank=True, default="")
    split_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loser"], condition=Q(split_at__isnull=True), name="merge_once"),
            models.CheckConstraint(condition=~Q(winner=models.F("loser")), name="merge_of_two"),
        ]
        indexes = [models.Index(fields=["winner", "id"], name="merge_by_winner")]


class ErasureOrder(models.Model):
    """A person to be forgotten in every workspace; carried on until it is done, whatever happens meanwhile."""

    profile_id = models.BigIntegerField(unique=True)
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["asked_at"], name="erasure_due", condition=Q(done_at__isnull=True))]


class Erasure(Outcome):
    """One contact that was forgotten: when, by whom, and what became of its credit."""

    workspace = _workspace()
    contact = models.OneToOneField(Contact, models.PROTECT, related_name="+")
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    erased_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "id"], name="erasure_newest")]
