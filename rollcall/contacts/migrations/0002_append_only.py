from django.db import migrations

from rollcall.core.append_only import guard


class Migration(migrations.Migration):
    """Rows of contacts_change are never changed or deleted."""

    dependencies = [("contacts", "0001_tables")]
    operations = [guard("contacts_change")]
