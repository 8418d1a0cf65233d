from django.db import migrations, models
from django.db.models import F


def _whole_of_now(apps, schema_editor):
    """Wallets that are there already: what they have now is the whole that percents are counted of."""
    apps.get_model("credits", "Wallet").objects.update(epoch_available=F("available"))


class Migration(migrations.Migration):
    dependencies = [
        ("credits", "0009_holds_know_their_budgets"),
    ]

    operations = [
        migrations.AddField("wallet", "epoch_available", models.BigIntegerField(default=0)),
        migrations.AddField("wallet", "is_watched", models.BooleanField(default=False)),
        migrations.AddField("alertrule", "after_entry", models.BigIntegerField(default=0)),
        migrations.AddField("alertrule", "until_entry", models.BigIntegerField(null=True)),
        migrations.RunPython(_whole_of_now, migrations.RunPython.noop),
    ]
