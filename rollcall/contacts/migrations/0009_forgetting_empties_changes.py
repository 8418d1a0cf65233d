from django.db import migrations

from rollcall.core.append_only import guard

SAME_CHANGE = " AND ".join(
    f"OLD.{name} = NEW.{name}"
    for name in ("id", "workspace_id", "contact_id", "kind", "learned_at", "source", "universe_version")
)
SAME_BOUNCE = " AND ".join(
    f"OLD.{name} = NEW.{name}" for name in ("id", "workspace_id", "report_id", "line", "code", "why", "status")
)
EMPTIED = f"""NEW."before" = '{{}}' AND NEW."after" = '{{}}' AND {SAME_CHANGE}"""
UNNAMED = (
    f"NEW.label = '' AND {SAME_BOUNCE} AND coalesce(OLD.contact_id, 0) = coalesce(NEW.contact_id, 0)"
    " AND coalesce(OLD.entry_id, 0) = coalesce(NEW.entry_id, 0)"
)


def _reversed(operation):
    return migrations.RunPython(operation.reverse_code, operation.code)


class Migration(migrations.Migration):
    """Changes and bounces stay append-only; forgetting somebody may take out of them what they say of the person."""

    dependencies = [("contacts", "0008_what_gives_credits_back")]
    operations = [
        _reversed(guard("contacts_change")),
        guard("contacts_change", update_allowed_when=EMPTIED),
        guard("contacts_bounce", update_allowed_when=UNNAMED),
    ]
