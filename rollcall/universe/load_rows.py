"""The row of a load of files that an operator asked for: from the first look to the published version."""

from django.db import models
from django.db.models import Q


class SourceLoad(models.Model):
    """What is to be loaded, how far it is, and who may write for it right now (`lease_until`, `fence`)."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a worker"
        LOOKING = "looking", "Looking"
        LOOKED = "looked", "Needs a mapping"
        CHECKING = "checking", "Checking"
        CHECKED = "checked", "Checked"
        LOADING = "loading", "Loading"
        DONE = "done", "Loaded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Task(models.TextChoices):
        """What a worker is to do, or did last."""

        LOOK = "look", "Look"
        CHECK = "check", "Check"
        LOAD = "load", "Load"

    class Place(models.TextChoices):
        UPLOAD = "upload", "Upload"
        INBOX = "inbox", "Inbox"
        STORE = "store", "Store"

    ACTIVE = (State.WAITING, State.LOOKING, State.CHECKING, State.LOADING)
    ENDED = (State.DONE, State.CANCELLED)
    # From here on it cannot be called off: the version may be published at any instant.
    PUBLISHING = "publishing"

    place_kind = models.CharField(max_length=6, choices=Place.choices)
    place = models.CharField(max_length=1_000)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    task = models.CharField(max_length=5, choices=Task.choices, default=Task.LOOK)
    phase = models.CharField(max_length=12, blank=True, default="")
    rows_read = models.BigIntegerField(default=0)
    # How the file is written, where that cannot be found out; what a first look saw; the mapping; what a check found.
    options = models.JSONField(default=dict)
    preview = models.JSONField(null=True)
    source = models.CharField(max_length=100, blank=True, default="")
    mapping = models.JSONField(null=True)
    as_of = models.DateField(null=True)
    report = models.JSONField(null=True)
    version = models.BigIntegerField(null=True)
    learned = models.JSONField(null=True)
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    lease_until = models.DateTimeField()
    fence = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=1_000, blank=True, default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # When the copy of the file, and what of it was shown, were deleted.
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "universe_source_load"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "waiting", "looking", "looked", "checking", "checked", "loading", "done", "failed", "cancelled",
                    ]
                ),
                name="source_load_state_known",
            ),
            models.CheckConstraint(condition=Q(task__in=["look", "check", "load"]), name="source_load_task_known"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(version__isnull=False), name="source_load_done_has_version"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["lease_until"],
                name="source_load_due",
                condition=Q(state__in=["waiting", "looking", "checking", "loading"]),
            ),
        ]
