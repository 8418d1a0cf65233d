"""Letters and webhook calls: each is written in the transaction of what it tells of, and sent later (G6, G7)."""

from django.db import models
from django.db.models import Q

from rollcall.workspaces.models import Workspace

_STATES = ["waiting", "sent", "failed"]


class State(models.TextChoices):
    """Failed: given up after the last attempt; what went wrong stays visible."""

    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


class Letter(models.Model):
    """An email: to one address, once by its key."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, null=True)
    key = models.CharField(max_length=160, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    problem = models.CharField(max_length=300, default="", blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=_STATES), name="letter_state_known")]
        indexes = [models.Index(fields=["due_at"], name="letter_due", condition=Q(state="waiting"))]


class Endpoint(models.Model):
    """Where a workspace wants to be called; the secret that signs the calls is kept encrypted."""

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    url = models.CharField(max_length=500)
    secret_sealed = models.TextField()
    actor_label = models.CharField(max_length=160)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class Call(models.Model):
    """One webhook call: to one endpoint, once by its key; its body is fixed when it is written.

    `tries` are the newest attempts, oldest first, each with its time, how long it took and what was answered. A number
    that is missing among them is an attempt whose worker died before it could write that down.
    """

    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="calls")
    key = models.CharField(max_length=160)
    kind = models.CharField(max_length=60)
    body = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    status_code = models.PositiveIntegerField(null=True)
    problem = models.CharField(max_length=300, default="", blank=True)
    tries = models.JSONField(default=list)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "key"], name="call_once"),
            models.CheckConstraint(condition=Q(state__in=_STATES), name="call_state_known"),
        ]
        indexes = [models.Index(fields=["due_at"], name="call_due", condition=Q(state="waiting"))]
