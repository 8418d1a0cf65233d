"""A quote keeps what it was made from, so that a refused start and a receipt can say it in words."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("personas", "0001_tables")]

    operations = [
        migrations.AddField(model_name="quote", name="inputs", field=models.JSONField(default=dict)),
    ]
