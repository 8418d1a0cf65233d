from django.db import migrations, models


class Migration(migrations.Migration):
    """A merged duplicate gives its second credit back however long ago it was charged (C6)."""

    dependencies = [("credits", "0010_alerts_know_their_entries")]
    operations = [
        migrations.AlterField("refundpolicy", "window_days", models.PositiveIntegerField(null=True)),
    ]
