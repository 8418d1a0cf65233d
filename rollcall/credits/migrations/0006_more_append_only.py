from django.db import migrations

from rollcall.core.append_only import guard

BEFORE = (
    "OLD.refund_entry_id IS NULL AND NEW.refund_entry_id IS NOT NULL AND OLD.workspace_id = NEW.workspace_id "
    "AND OLD.profile_id = NEW.profile_id AND OLD.company_id = NEW.company_id AND OLD.entry_id = NEW.entry_id "
    "AND OLD.grant_id = NEW.grant_id"
)
AFTER = f"{BEFORE} AND coalesce(OLD.persona_id, 0) = coalesce(NEW.persona_id, 0)"


def _reversed(operation):
    return migrations.RunPython(operation.reverse_code, operation.code)


class Migration(migrations.Migration):
    """Seals and what was said about a package never change; a refund leaves the claim's persona as it was."""

    dependencies = [("credits", "0005_budgets_chain_alerts_policies")]
    operations = [
        guard("credits_seal"),
        guard("credits_packagemessage"),
        _reversed(guard("credits_acquisition", update_allowed_when=BEFORE)),
        guard("credits_acquisition", update_allowed_when=AFTER),
    ]
