from typing import Any

from django.db import migrations

_ALTER = 'ALTER TABLE contacts_contact ALTER COLUMN {column} TYPE varchar(300) COLLATE "{collation}"'


def _collate(collation: str) -> Any:
    def change(apps: Any, schema_editor: Any) -> None:
        """SQLite compares bytes already, and has no collation of this name."""
        if schema_editor.connection.vendor == "postgresql":
            for column in ("name_key", "company_key"):
                schema_editor.execute(_ALTER.format(column=column, collation=collation))

    return change


class Migration(migrations.Migration):
    """Both databases put the sort keys in one order, whatever the language of the server: keyset pages rely on it."""

    dependencies = [("contacts", "0003_lean_indexes")]
    operations = [migrations.RunPython(_collate("C"), _collate("default"))]
