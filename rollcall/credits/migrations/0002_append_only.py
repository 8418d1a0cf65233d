from django.db import migrations

from rollcall.core.append_only import guard

REFUNDED_ONCE = (
    "OLD.refund_entry_id IS NULL AND NEW.refund_entry_id IS NOT NULL AND OLD.workspace_id = NEW.workspace_id "
    "AND OLD.profile_id = NEW.profile_id AND OLD.company_id = NEW.company_id AND OLD.entry_id = NEW.entry_id "
    "AND OLD.grant_id = NEW.grant_id"
)


class Migration(migrations.Migration):
    """Entries, their legs and the claims are never changed or deleted; a claim may be refunded, once."""

    dependencies = [("credits", "0001_tables")]
    operations = [
        guard("credits_entry"),
        guard("credits_leg"),
        guard("credits_acquisition", update_allowed_when=REFUNDED_ONCE),
    ]
