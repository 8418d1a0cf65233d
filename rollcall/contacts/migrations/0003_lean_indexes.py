from django.db import migrations, models


class Migration(migrations.Migration):
    """The unique key also finds everyone at a company; refresh and the feed of news find their rows at once."""

    dependencies = [("contacts", "0002_append_only")]
    operations = [
        migrations.RemoveConstraint(model_name="contact", name="contact_once"),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                fields=("workspace", "company_id", "profile_id"), name="contact_once"
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["universe_version"], name="contact_behind"),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("kind", "added"), _negated=True),
                fields=["workspace", "id"],
                name="change_news",
            ),
        ),
    ]
