from django.db import migrations, models


class Migration(migrations.Migration):
    """A charge knows by its hold alone whether budgets count it: without budgets it asks nothing more."""

    dependencies = [("credits", "0008_ledger_is_narrowed")]
    operations = [
        migrations.AddField("hold", "is_budgeted", models.BooleanField(default=False)),
    ]
