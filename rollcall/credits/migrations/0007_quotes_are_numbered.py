from django.db import migrations, models
from django.db.models import Q

from rollcall.core.append_only import guard


def _reversed(operation):
    return migrations.RunPython(operation.reverse_code, operation.code)


class Migration(migrations.Migration):
    """Who accepts names the quote they saw; requests and messages have keys; the states of a request are checked.

    SQLite makes a table anew to add to it and forgets its triggers: they are put back at the end.
    """

    dependencies = [("credits", "0006_more_append_only")]
    operations = [
        _reversed(guard("credits_packagemessage")),
        migrations.AddField(
            "packagemessage", "key", models.CharField(max_length=120, default=""), preserve_default=False
        ),
        migrations.AddConstraint(
            "packagemessage", models.UniqueConstraint(fields=["request", "key"], name="message_once")
        ),
        guard("credits_packagemessage"),
        migrations.AddField(
            "packagerequest", "key", models.CharField(max_length=120, default="", blank=True)
        ),
        migrations.AddField("packagerequest", "quote_number", models.PositiveIntegerField(default=0)),
        migrations.AddConstraint(
            "packagerequest",
            models.CheckConstraint(
                condition=Q(state__in=["sent", "quoted", "accepted", "granted", "declined"]),
                name="request_state_known",
            ),
        ),
        migrations.AddConstraint(
            "packagerequest",
            models.CheckConstraint(
                condition=~Q(state__in=["quoted", "accepted"])
                | Q(quote_number__gt=0, quoted_credits__isnull=False, quote_valid_until__isnull=False),
                name="request_quoted_has_quote",
            ),
        ),
        migrations.AddConstraint(
            "packagerequest",
            models.UniqueConstraint(
                fields=["workspace", "key"], condition=~Q(key=""), name="request_key_once"
            ),
        ),
    ]
