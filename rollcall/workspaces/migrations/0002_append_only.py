from django.db import migrations

from rollcall.core.append_only import guard


class Migration(migrations.Migration):
    """Rows of workspaces_auditentry are never changed or deleted."""

    dependencies = [("workspaces", "0001_tables")]
    operations = [guard("workspaces_auditentry")]
