"""A run counts whom the quote called new and it did not charge, so that a receipt can explain the difference."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("personas", "0002_quote_inputs")]

    operations = [
        migrations.AddField(model_name="run", name="owned_since", field=models.BigIntegerField(default=0)),
        migrations.AddField(model_name="run", name="suppressed_since", field=models.BigIntegerField(default=0)),
    ]
