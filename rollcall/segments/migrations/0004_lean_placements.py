"""Placing takes contact and workspace from the contact's own row, so PostgreSQL need not look each row up again."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def _drop(apps: Any, schema_editor: Any) -> None:
    """SQLite checks the keys for next to nothing, and dropping them would rebuild the table."""
    if schema_editor.connection.vendor != "postgresql":
        return
    model = apps.get_model("segments", "SegmentContact")
    for column in ("contact_id", "segment_id"):
        for constraint in schema_editor._constraint_names(model, [column], foreign_key=True):
            schema_editor.execute(schema_editor._delete_fk_sql(model, constraint))


def _restore(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    model = apps.get_model("segments", "SegmentContact")
    for name in ("contact", "segment"):
        field = model._meta.get_field(name)
        schema_editor.execute(schema_editor._create_fk_sql(model, field, "_fk_%(to_table)s_%(to_column)s"))


def _key(related_name: str, to: str, **options: Any) -> Any:
    protect = django.db.models.deletion.PROTECT
    return models.ForeignKey(db_index=False, on_delete=protect, related_name=related_name, to=to, **options)


class Migration(migrations.Migration):
    dependencies = [("segments", "0003_sort_keys")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(_drop, _restore)],
            state_operations=[
                migrations.AlterField(
                    "segmentcontact", "contact", _key("placements", "contacts.contact", db_constraint=False)
                ),
                migrations.AlterField(
                    "segmentcontact", "segment", _key("contacts", "segments.segment", db_constraint=False)
                ),
            ],
        ),
    ]
