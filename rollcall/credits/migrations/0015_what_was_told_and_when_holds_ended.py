from django.db import migrations
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Greatest

_BATCH = 1_000


def end_with_the_last_charge(apps, schema_editor):
    """A hold of which nothing was left says that it ended with the charge that used it up."""
    charges = apps.get_model("credits", "Entry").objects.filter(hold=OuterRef("pk"), kind="charge")
    last = Subquery(charges.order_by("-created_at").values("created_at")[:1])
    spent = apps.get_model("credits", "Hold").objects.filter(is_open=False, captured=F("amount"), amount__gt=0)
    spent.update(closed_at=Greatest(F("created_at"), last))


def write_down_what_was_told(apps, schema_editor):
    """Alerts of before stand in the audit log too, as those of now do."""
    audit = apps.get_model("workspaces", "AuditEntry")
    lines = []
    for event in apps.get_model("credits", "AlertEvent").objects.order_by("pk").iterator(_BATCH):
        detail = {
            "rule": f"alr_{event.rule_id}",
            "crossing": event.crossing,
            "entry": event.entry_id and f"ent_{event.entry_id}",
            "before": event.before,
            "after": event.after,
            "detail": event.detail,
        }
        lines.append(
            audit(
                workspace_id=event.workspace_id, at=event.created_at, actor="system:alerts", actor_label="Rollcall",
                action="alert.told", target=f"ale_{event.pk}", detail=detail,
            )
        )  # fmt: skip
    audit.objects.bulk_create(lines, batch_size=_BATCH)


class Migration(migrations.Migration):
    """The proof finds it when somebody changes an alert or the end of a hold by hand."""

    dependencies = [
        ("credits", "0014_wallets_count_what_arrived"),
        ("workspaces", "0002_append_only"),
    ]
    operations = [
        migrations.RunPython(end_with_the_last_charge, migrations.RunPython.noop),
        migrations.RunPython(write_down_what_was_told, migrations.RunPython.noop),
    ]
