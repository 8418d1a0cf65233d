from typing import Any

import django.db.models.deletion
from django.db import migrations, models

# PostgreSQL checks a foreign key row by row, at the end of the transaction: a fifth of the time of a batch of 10,000
# people. Contacts and changes are written many at a time, so the rows of a statement are checked together. What they
# name cannot go away: entries are append-only, and a contact has a change that cannot be deleted.
CHECK = """
CREATE FUNCTION {table}_known_{column}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT {column} FROM fresh WHERE {column} IS NOT NULL) f
             WHERE NOT EXISTS (SELECT FROM {other} o WHERE o.id = f.{column}))
  THEN RAISE EXCEPTION '{table} names a row of {other} that is not there' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER {table}_known_{column} AFTER INSERT ON {table}
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION {table}_known_{column}();
"""
CHECKED = [("Contact", "charge", "credits_entry"), ("Change", "contact", "contacts_contact")]


def _by_the_batch(apps: Any, schema_editor: Any) -> None:
    """SQLite checks the keys for next to nothing, and dropping them would rebuild the tables without their triggers."""
    if schema_editor.connection.vendor != "postgresql":
        return
    for model_name, field, other in CHECKED:
        model = apps.get_model("contacts", model_name)
        for constraint in schema_editor._constraint_names(model, [f"{field}_id"], foreign_key=True):
            schema_editor.execute(schema_editor._delete_fk_sql(model, constraint))
        schema_editor.execute(CHECK.format(table=model._meta.db_table, column=f"{field}_id", other=other))


def _row_by_row(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for model_name, name, _ in CHECKED:
        model = apps.get_model("contacts", model_name)
        table, field = model._meta.db_table, model._meta.get_field(name)
        schema_editor.execute(f"DROP TRIGGER {table}_known_{name}_id ON {table}")
        schema_editor.execute(f"DROP FUNCTION {table}_known_{name}_id")
        schema_editor.execute(schema_editor._create_fk_sql(model, field, "_fk_%(to_table)s_%(to_column)s"))


def _key(to: str, **options: Any) -> Any:
    protect = django.db.models.deletion.PROTECT
    return models.ForeignKey(db_constraint=False, db_index=False, on_delete=protect, to=to, **options)


class Migration(migrations.Migration):
    """On PostgreSQL, contacts are checked against their charge, and changes against their contact, a batch at a time."""

    dependencies = [("contacts", "0006_freshness_in_place_of_an_index"), ("credits", "0004_claims_checked_by_the_batch")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(_by_the_batch, _row_by_row)],
            state_operations=[
                migrations.AlterField("contact", "charge", _key("credits.entry", null=True)),
                migrations.AlterField("change", "contact", _key("contacts.contact", related_name="changes")),
            ],
        ),
    ]
