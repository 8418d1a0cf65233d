from django.db import migrations

# PostgreSQL checks a foreign key row by row: three of them were half the time of a charge of 10,000 people. So a
# claim keeps one, which also says that its entry is of its own workspace; and the grants, of which a batch names one,
# are checked once for all rows of a statement. Neither entries nor grants can go away: legs name both.
FORWARDS = """
ALTER TABLE credits_entry ADD CONSTRAINT entry_of_workspace UNIQUE (workspace_id, id);
DROP INDEX entry_by_workspace;
ALTER INDEX entry_of_workspace RENAME TO entry_by_workspace;
ALTER TABLE credits_acquisition ADD CONSTRAINT acquisition_entry_of_workspace FOREIGN KEY (workspace_id, entry_id)
  REFERENCES credits_entry (workspace_id, id) DEFERRABLE INITIALLY DEFERRED;
CREATE FUNCTION credits_acquisition_known_grants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT workspace_id, grant_id FROM fresh) f
             WHERE NOT EXISTS (SELECT FROM credits_grant g WHERE g.id = f.grant_id AND g.workspace_id = f.workspace_id))
  THEN RAISE EXCEPTION 'a claim names a grant that its workspace does not have' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER credits_acquisition_known_grants AFTER INSERT ON credits_acquisition
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION credits_acquisition_known_grants();
"""
REPLACED = {"workspace_id", "entry_id", "grant_id"}


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        found = schema_editor.connection.introspection.get_constraints(cursor, "credits_acquisition")
    for name, constraint in found.items():
        if constraint["foreign_key"] and set(constraint["columns"]) <= REPLACED:
            schema_editor.execute(f'ALTER TABLE credits_acquisition DROP CONSTRAINT "{name}"')
    schema_editor.execute(FORWARDS)


class Migration(migrations.Migration):
    """On PostgreSQL, claims are checked against entry, workspace and grant at a third of the cost."""

    dependencies = [("credits", "0003_entry_names_its_hold")]
    operations = [migrations.RunPython(forwards)]
