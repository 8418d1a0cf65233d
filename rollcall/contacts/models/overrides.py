"""Titles that a workspace reads otherwise than the rules do, as they were at each revision."""

from django.db import models
from django.db.models import F, Q

from rollcall.workspaces.models import Workspace


class TitleOverride(models.Model):
    """A title read otherwise, from revision `since` until `until` (null: now as well); it never says anything else.

    Whoever changes their mind ends it and makes another, so what was asked at a revision can always be asked again.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    title = models.CharField(max_length=200)
    # As `titles.words` writes the title: it stands for every spelling.
    title_words = models.CharField(max_length=2000)
    seniority = models.CharField(max_length=20, null=True)  # noqa: DJ001  null: as the rules read it
    department = models.CharField(max_length=40, null=True)  # noqa: DJ001
    why = models.CharField(max_length=300, blank=True)
    actor = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=160)
    made_at = models.DateTimeField()
    since = models.PositiveIntegerField()
    until = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "title_words"],
                condition=Q(until__isnull=True),
                name="title_override_once",
            ),
            models.CheckConstraint(
                condition=Q(seniority__isnull=False) | Q(department__isnull=False), name="title_override_says"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")), name="title_override_in_time"
            ),
        ]
        indexes = [models.Index(fields=["workspace", "until", "id"], name="title_override_newest")]


class TitleBook(models.Model):
    """How often a workspace changed how it reads titles, and how far its contacts have followed.

    All contacts are read as at revision `applied`, and those up to `after_id` as at `revision`. `stamp` is another
    one at each revision, for whoever keeps what they read.
    """

    workspace = models.OneToOneField(Workspace, models.PROTECT, primary_key=True)
    revision = models.PositiveIntegerField(default=0)
    applied = models.PositiveIntegerField(default=0)
    after_id = models.BigIntegerField(default=0)
    stamp = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["workspace"], name="title_book_behind", condition=Q(revision__gt=F("applied"))
            )
        ]
