from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A charge costs the same whatever was charged before: SQLite no longer reads all claims for each entry."""

    dependencies = [("credits", "0012_budgets_count_what_was_before")]
    operations = [
        migrations.AddIndex(
            "acquisition",
            models.Index(
                fields=["refund_entry"],
                name="acquisition_by_refund",
                condition=Q(refund_entry__isnull=False),
            ),
        )
    ]
