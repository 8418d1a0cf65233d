"""Owned people, what changed about them, up to when they are fresh, and who must never be added."""

from django.db import models
from django.db.models import Q

from rollcall.credits.models import Entry
from rollcall.workspaces.models import Workspace


class Contact(models.Model):
    """A profile at a company that the workspace owns: paid for once, kept fresh for free.

    `merged_into`: an alias, the same person at the same company as that contact, which is none itself. `erased_at`:
    forgotten, nothing about the person is left. Both keep their row, as their charge is for ever; neither is shown.
    """

    # Held by way of the charge, which has a workspace (migration 0005): a check a row costs more than the row.
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    profile_id = models.BigIntegerField()
    company_id = models.BigIntegerField()
    charge = models.ForeignKey(Entry, models.PROTECT, null=True, db_index=False, db_constraint=False)
    run_id = models.BigIntegerField(null=True)
    full_name = models.CharField(max_length=300)
    first_name = models.CharField(max_length=150, null=True)  # noqa: DJ001  null: the source does not say
    last_name = models.CharField(max_length=150, null=True)  # noqa: DJ001
    # Folded (facts.sort_key) and compared by code point on both databases (migration 0004).
    name_key = models.CharField(max_length=300)
    profile_url = models.CharField(max_length=500, null=True)  # noqa: DJ001
    title = models.CharField(max_length=300, null=True)  # noqa: DJ001
    seniority = models.CharField(max_length=20, null=True)  # noqa: DJ001
    department = models.CharField(max_length=40, null=True)  # noqa: DJ001
    country = models.CharField(max_length=100, null=True)  # noqa: DJ001
    region = models.CharField(max_length=100, null=True)  # noqa: DJ001
    city = models.CharField(max_length=100, null=True)  # noqa: DJ001
    company_name = models.CharField(max_length=300)
    company_key = models.CharField(max_length=300)
    company_domain = models.CharField(max_length=253, null=True)  # noqa: DJ001
    started_on = models.DateField(null=True)
    last_seen_on = models.DateField(null=True)
    source = models.CharField(max_length=60)
    is_former = models.BooleanField(default=False)
    left_on = models.DateField(null=True)
    now_company_id = models.BigIntegerField(null=True)
    now_company_name = models.CharField(max_length=300, null=True)  # noqa: DJ001
    now_company_domain = models.CharField(max_length=253, null=True)  # noqa: DJ001
    now_title = models.CharField(max_length=300, null=True)  # noqa: DJ001
    universe_version = models.IntegerField()
    added_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    # Checking this key, empty in all but a few, would cost each new row something on PostgreSQL; `verify` looks.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="aliases", db_index=False, db_constraint=False
    )
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # The company first: this also serves "everyone at this company", and a run adds company by company.
            models.UniqueConstraint(fields=["workspace", "company_id", "profile_id"], name="contact_once"),
        ]
        indexes = [
            models.Index(fields=["workspace", "id"], name="contact_newest"),
            models.Index(fields=["workspace", "name_key", "id"], name="contact_by_name"),
            models.Index(fields=["workspace", "company_key", "id"], name="contact_by_company"),
            models.Index(
                fields=["merged_into"], name="contact_aliases", condition=Q(merged_into__isnull=False)
            ),
        ]


# Contacts that stand for themselves: whatever lists, counts, refreshes or delivers contacts asks for these.
LIVE = Q(merged_into__isnull=True, erased_at__isnull=True)


class Change(models.Model):
    """One thing that happened to a contact; the append-only feed that refresh writes and delivery reads."""

    class Kind(models.TextChoices):
        ADDED = "added", "Added"
        TITLE_CHANGED = "title_changed", "Title changed"
        PROMOTED = "promoted", "Promoted"
        DEPARTMENT_CHANGED = "department_changed", "Department changed"
        LEFT = "left", "Left"
        MOVED = "moved", "Moved"
        RETURNED = "returned", "Returned"
        CORRECTED = "corrected", "Record corrected"
        MERGED = "merged", "Merged"
        SPLIT = "split", "Split again"

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, db_constraint=False)
    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="changes", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    happened_on = models.DateField(null=True)
    learned_at = models.DateTimeField()
    source = models.CharField(max_length=60)
    universe_version = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "id"], name="change_feed"),
            models.Index(fields=["contact", "id"], name="change_by_contact"),
            models.Index(fields=["workspace", "id"], name="change_news", condition=~Q(kind="added")),
        ]


class Freshness(models.Model):
    """All contacts of the workspace are of this universe version or a newer one."""

    workspace = models.OneToOneField(Workspace, models.PROTECT, primary_key=True)
    version = models.IntegerField()
    after_id = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["version"], name="freshness_behind")]


class Suppression(models.Model):
    """Someone (or a whole domain) that is never added and never charged; the value is kept as a keyed hash."""

    class Kind(models.TextChoices):
        PROFILE = "profile", "Person"
        PROFILE_URL = "profile_url", "Profile URL"
        EMAIL = "email", "Email"
        DOMAIN = "domain", "Domain"

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    value_hash = models.CharField(max_length=64)
    label = models.CharField(max_length=160)
    reason = models.CharField(max_length=300, blank=True)
    actor_label = models.CharField(max_length=160)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "kind", "value_hash"], name="suppression_once"),
        ]
