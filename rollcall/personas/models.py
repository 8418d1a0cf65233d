"""Personas, quotes and runs."""

from django.db import models
from django.db.models import Q

from rollcall.contacts.models import Contact
from rollcall.credits.models import Entry, Hold
from rollcall.segments.models import Segment
from rollcall.workspaces.models import Workspace


class Persona(models.Model):
    """Whom to find inside a company."""

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    name = models.CharField(max_length=120)
    definition = models.JSONField()
    revision = models.PositiveIntegerField(default=1)
    created_by = models.CharField(max_length=160)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"], condition=Q(deleted_at__isnull=True), name="persona_name_once"
            ),
        ]


class ContactPersona(models.Model):
    """A contact carries the name of each persona that found it (P2).

    Neither contacts nor personas are ever deleted, and both ids were read in the transaction that writes them here:
    checking each row again took a tenth of the time of a run on PostgreSQL.
    """

    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="found_by", db_index=False, db_constraint=False
    )
    persona = models.ForeignKey(Persona, models.PROTECT, db_index=False, db_constraint=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "persona"], name="found_by_once")]


class Quote(models.Model):
    """An estimate that was shown: the exact people, the universe version and the inputs it was made from (E2)."""

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    segment = models.ForeignKey(Segment, models.PROTECT, db_index=False)
    persona_ids = models.JSONField()
    stop_at = models.BigIntegerField(null=True)
    universe_version = models.IntegerField()
    inputs = models.JSONField(default=dict)
    inputs_digest = models.CharField(max_length=64)
    companies = models.BigIntegerField()
    matches = models.BigIntegerField()
    owned = models.BigIntegerField()
    suppressed = models.BigIntegerField()
    over_limit = models.BigIntegerField()
    over_budget = models.BigIntegerField(default=0)
    credits_max = models.BigIntegerField()
    people = models.BinaryField()
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    matches=models.F("owned")
                    + models.F("suppressed")
                    + models.F("over_limit")
                    + models.F("over_budget")
                    + models.F("credits_max")
                ),
                name="quote_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="quote_over")]


class Automation(models.Model):
    """Searches that start by themselves: when companies join the segment (S5), or by the calendar (E7).

    What they may spend in a day is a budget of the scope `automation`; in the mode `ask` each one waits for approval.
    `seen_stay` is the newest stay of a company it has looked at, `settled_stay` the newest that was searched or decided
    on. `revision` grows with each look and each change: a worker that looked at an earlier one writes nothing.
    """

    class Trigger(models.TextChoices):
        JOINED = "joined", "When companies join"
        DAILY = "daily", "Every day"
        WEEKLY = "weekly", "Every week"
        MONTHLY = "monthly", "Every month"

    class Mode(models.TextChoices):
        ASK = "ask", "Ask first"
        ALLOWANCE = "allowance", "Within the allowance"

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    segment = models.ForeignKey(Segment, models.PROTECT, related_name="automations")
    persona_ids = models.JSONField()
    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.ASK)
    credits_per_day = models.BigIntegerField(default=0)
    is_on = models.BooleanField(default=True)
    revision = models.PositiveIntegerField(default=1)
    segment_revision = models.PositiveIntegerField(default=1)
    seen_stay = models.BigIntegerField(default=0)
    settled_stay = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    last_run_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, default="", blank=True)
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(credits_per_day__gte=0), name="allowance_not_negative"),
            models.CheckConstraint(
                condition=Q(
                    trigger__in=["joined", "daily", "weekly", "monthly"], mode__in=["ask", "allowance"]
                ),
                name="automation_kind_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="automation_due", condition=Q(is_on=True, ended_at__isnull=True)
            ),
        ]


class Run(models.Model):
    """A persona search under way: started from a quote, charged against one hold, resumed after any crash.

    `owned` and `suppressed` count all people so far; `owned_since` and `suppressed_since` those of them that were
    new when the quote was made: what the quote held credits for and the run did not have to charge.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"
        FAILED = "failed", "Failed"

    ACTIVE = (State.QUEUED, State.RUNNING)

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    segment = models.ForeignKey(Segment, models.PROTECT, related_name="runs")
    quote = models.OneToOneField(Quote, models.PROTECT, related_name="run")
    hold = models.OneToOneField(Hold, models.PROTECT, null=True)
    automation = models.ForeignKey(Automation, models.PROTECT, null=True, related_name="runs")
    key = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    people = models.BigIntegerField()
    people_done = models.BigIntegerField(default=0)
    charged = models.BigIntegerField(default=0)
    owned = models.BigIntegerField(default=0)
    suppressed = models.BigIntegerField(default=0)
    owned_since = models.BigIntegerField(default=0)
    suppressed_since = models.BigIntegerField(default=0)
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    lease_until = models.DateTimeField()
    fence = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    stop_requested_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="run_key_once"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "stopped", "failed"]),
                name="run_state_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lease_until"], name="run_due", condition=Q(state__in=["queued", "running"])
            ),
            models.Index(fields=["workspace", "id"], name="run_newest"),
        ]


class RunChunk(models.Model):
    """One batch of a run, done once: who was new, already owned, suppressed, and the entry that charged for it."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    fresh = models.BigIntegerField()
    owned = models.BigIntegerField()
    suppressed = models.BigIntegerField()
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, db_index=False)
    done_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="run_chunk_once")]


class Approval(models.Model):
    """An automatic search that did not start: what it would cost, why it waits, and what somebody decided (E7)."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        GONE = "gone", "No longer needed"

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    automation = models.ForeignKey(Automation, models.PROTECT, related_name="approvals")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    credits = models.BigIntegerField()
    why = models.CharField(max_length=300)
    estimate = models.JSONField(default=dict)
    until_stay = models.BigIntegerField(default=0)
    run = models.OneToOneField(Run, models.PROTECT, null=True)
    decided_by = models.CharField(max_length=60, default="", blank=True)
    decided_by_label = models.CharField(max_length=160, default="", blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "approved", "declined", "gone"]),
                name="approval_state_known",
            ),
            models.UniqueConstraint(
                fields=["automation"], condition=Q(state="waiting"), name="approval_waiting_once"
            ),
        ]
        indexes = [models.Index(fields=["workspace", "id"], name="approval_newest")]


class Analysis(models.Model):
    """A requirement analysis: how many credits the chosen segments and personas need, now and later (G8)."""

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    name = models.CharField(max_length=120)
    inputs = models.JSONField()
    result = models.JSONField()
    universe_version = models.IntegerField()
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "id"], name="analysis_newest")]
