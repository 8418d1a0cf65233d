import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Every way of narrowing the ledger has its index; the balance after an entry is a sum over an index alone.

    The index of the workspace by itself goes: four others begin with it. It is dropped by hand, since Django would
    make the table anew on SQLite, which forgets its triggers.
    """

    dependencies = [("credits", "0007_quotes_are_numbered")]
    operations = [
        migrations.AddIndex(
            "entry", models.Index(fields=["workspace", "id", "balance_change"], name="entry_balance")
        ),
        migrations.AddIndex(
            "entry", models.Index(fields=["workspace", "created_at", "id"], name="entry_by_clock")
        ),
        migrations.RemoveIndex("entry", "entry_by_time"),
        migrations.AddIndex("entry", models.Index(fields=["workspace", "kind", "id"], name="entry_by_kind")),
        migrations.AddIndex(
            "entry", models.Index(fields=["workspace", "actor", "id"], name="entry_by_actor")
        ),
        migrations.AddIndex(
            "entry",
            models.Index(
                fields=["workspace", "automation_id", "id"],
                name="entry_by_automation",
                condition=Q(automation_id__isnull=False),
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX credits_entry_workspace_id_ebeceed5",
                    "CREATE INDEX credits_entry_workspace_id_ebeceed5 ON credits_entry (workspace_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    "entry",
                    "workspace",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="workspaces.workspace"
                    ),
                )
            ],
        ),
    ]
