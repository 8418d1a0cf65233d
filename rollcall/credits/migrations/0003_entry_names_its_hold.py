import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """An entry says which hold it moved, so that the proof can tie charges to holds; and months are found by time."""

    dependencies = [("credits", "0002_append_only")]
    operations = [
        migrations.AddField(
            model_name="entry",
            name="hold",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="credits.hold",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["workspace", "created_at"], name="entry_by_time"),
        ),
    ]
