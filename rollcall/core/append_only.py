"""Tables whose rows are never changed or deleted: a trigger refuses, on both databases (invariant 5)."""

from typing import Any

from django.db.migrations.operations import RunPython

_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} {when}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_POSTGRES = """
CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {table}_refuse();
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_refuse();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {table}_refuse();
"""


def guard(table: str, *, update_allowed_when: str = "") -> RunPython:
    """A migration step that makes `table` append-only.

    Args:
        table: the name of the table in the database.
        update_allowed_when: an SQL condition on OLD and NEW under which an update is let through; none by default.
    """

    def forwards(apps: Any, schema_editor: Any) -> None:
        when = f"WHEN (NOT ({update_allowed_when}))" if update_allowed_when else ""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(_POSTGRES.format(table=table, when=when))
        else:
            schema_editor.execute(_SQLITE.format(table=table, verb="update", VERB="UPDATE", when=when))
            schema_editor.execute(_SQLITE.format(table=table, verb="delete", VERB="DELETE", when=""))

    def backwards(apps: Any, schema_editor: Any) -> None:
        verbs = (
            ("update", "delete", "truncate")
            if schema_editor.connection.vendor == "postgresql"
            else ("update", "delete")
        )
        on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        for verb in verbs:
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}{on}")

    return RunPython(forwards, backwards)
