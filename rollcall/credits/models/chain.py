"""The hash chain over the entries of a workspace (G3)."""

from django.db import models

from rollcall.workspaces.models import Workspace


class Seal(models.Model):
    """One link: the digest of exactly one entry, hashed together with the link before it; never changed or deleted.

    It names the entry by number and not by foreign key, so that it still says which entry is missing.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    number = models.BigIntegerField()
    entry_id = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    chain_hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="seal_number_once"),
            models.UniqueConstraint(fields=["workspace", "entry_id"], name="seal_entry_once"),
        ]
