from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Every way of narrowing the ledger has its index; the balance after an entry is a sum over an index alone."""

    dependencies = [("credits", "0007_quotes_are_numbered")]
    operations = [
        migrations.AddIndex(
            "entry", models.Index(fields=["workspace", "id", "balance_change"], name="entry_balance")
        ),
        migrations.RemoveIndex("entry", "entry_by_workspace"),
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
    ]
