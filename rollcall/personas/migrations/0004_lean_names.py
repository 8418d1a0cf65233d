"""A batch takes contact and persona from rows it has just read, so PostgreSQL need not look each one up again."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def _drop(apps: Any, schema_editor: Any) -> None:
    """SQLite checks the keys for next to nothing, and dropping them would rebuild the table."""
    if schema_editor.connection.vendor != "postgresql":
        return
    model = apps.get_model("personas", "ContactPersona")
    for column in ("contact_id", "persona_id"):
        for constraint in schema_editor._constraint_names(model, [column], foreign_key=True):
            schema_editor.execute(schema_editor._delete_fk_sql(model, constraint))


def _restore(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    model = apps.get_model("personas", "ContactPersona")
    for name in ("contact", "persona"):
        field = model._meta.get_field(name)
        schema_editor.execute(schema_editor._create_fk_sql(model, field, "_fk_%(to_table)s_%(to_column)s"))


def _key(to: str, **options: Any) -> Any:
    return models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to=to, **options)


class Migration(migrations.Migration):
    dependencies = [("personas", "0003_what_became_free")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(_drop, _restore)],
            state_operations=[
                migrations.AlterField(
                    "contactpersona",
                    "contact",
                    _key("contacts.contact", related_name="found_by", db_constraint=False),
                ),
                migrations.AlterField(
                    "contactpersona", "persona", _key("personas.persona", db_constraint=False)
                ),
            ],
        ),
    ]
