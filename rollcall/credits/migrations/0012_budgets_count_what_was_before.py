from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """A budget that begins in the middle of a period counts what was charged in it without a hold."""

    dependencies = [("credits", "0011_refund_policies_without_a_window")]
    operations = [
        migrations.AddField("budgetcounter", "before", models.BigIntegerField(default=0)),
        migrations.RemoveConstraint("budgetcounter", "budget_counter_not_negative"),
        migrations.AddConstraint(
            "budgetcounter",
            models.CheckConstraint(
                condition=Q(used__gte=F("before"), before__gte=0, reserved__gte=0),
                name="budget_counter_not_negative",
            ),
        ),
    ]
