"""Segments, their references, their companies over time, the contacts added to them, and what happened in them."""

from django.db import models
from django.db.models import Q

from rollcall.contacts.models import Contact
from rollcall.workspaces.models import Workspace


class Segment(models.Model):
    """A named dataset: companies chosen by a definition, and the contacts added to it.

    `keys_version`: the universe version up to whose names the sort keys of its contacts were copied.
    `newest_stay`: the number of the stay that began last, so that whoever waits for companies to join sees it here.
    """

    class Kind(models.TextChoices):
        STATIC = "static", "Static"
        DYNAMIC = "dynamic", "Dynamic"

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.STATIC)
    definition = models.JSONField()
    revision = models.PositiveIntegerField(default=1)
    company_count = models.BigIntegerField(default=0)
    contact_count = models.BigIntegerField(default=0)
    universe_version = models.BigIntegerField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    keys_version = models.BigIntegerField(null=True)
    newest_stay = models.BigIntegerField(default=0)
    created_by = models.CharField(max_length=160)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"], condition=Q(deleted_at__isnull=True), name="segment_name_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=["static", "dynamic"]), name="segment_kind_known"),
            models.CheckConstraint(
                condition=Q(company_count__gte=0, contact_count__gte=0), name="segment_counts_not_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="segment_due", condition=Q(kind="dynamic", deleted_at__isnull=True)
            ),
        ]


class Reference(models.Model):
    """A segment whose definition names another one, in its filter or as excluded; kept to refuse circles (S6)."""

    segment = models.ForeignKey(Segment, models.PROTECT, related_name="refers_to", db_index=False)
    target = models.ForeignKey(Segment, models.PROTECT, related_name="referred_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "target"], name="reference_once"),
            models.CheckConstraint(condition=~Q(segment=models.F("target")), name="reference_not_to_itself"),
        ]


class Member(models.Model):
    """A company's stay in a segment: joined, left, why. Closed stays are kept (S4)."""

    segment = models.ForeignKey(Segment, models.PROTECT, related_name="members", db_index=False)
    company_id = models.BigIntegerField()
    rank = models.BigIntegerField()
    joined_at = models.DateTimeField()
    joined_why = models.CharField(max_length=200)
    left_at = models.DateTimeField(null=True)
    left_why = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "company_id"],
                condition=Q(left_at__isnull=True),
                name="segment_member_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["segment", "rank", "id"], name="member_in_order", condition=Q(left_at__isnull=True)
            ),
            models.Index(
                fields=["segment", "left_at", "id"],
                name="member_who_left",
                condition=Q(left_at__isnull=False),
            ),
        ]


class SegmentContact(models.Model):
    """A contact's stay in a segment; name and company keys are copies, for sorted pages. Ended stays are kept."""

    # No constraint in the database: rows are made from those of the contacts themselves (`placing`), and checking
    # ten thousand of them again took a quarter of the time that placing them takes on PostgreSQL.
    segment = models.ForeignKey(
        Segment, models.PROTECT, related_name="contacts", db_index=False, db_constraint=False
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="placements", db_index=False, db_constraint=False
    )
    name_key = models.CharField(max_length=300)
    company_key = models.CharField(max_length=300)
    was_charged = models.BooleanField()
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "segment"],
                condition=Q(removed_at__isnull=True),
                name="segment_contact_once",
            ),
        ]
        indexes = [
            models.Index(fields=["segment", key, "id"], name=name, condition=Q(removed_at__isnull=now_here))
            # By time, not by id alone: for an order by id some plans walk the whole table backwards.
            for key, name, now_here in (
                ("added_at", "placed_newest", True),
                ("name_key", "placed_by_name", True),
                ("company_key", "placed_by_company", True),
                ("removed_at", "placed_once", False),
            )
        ]


class Event(models.Model):
    """One line of a segment's activity: made, edited, companies joined or left, people added."""

    segment = models.ForeignKey(Segment, models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(max_length=30)
    at = models.DateTimeField()
    actor_label = models.CharField(max_length=160)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["segment", "id"], name="event_by_segment")]
