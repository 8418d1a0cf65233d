"""Orders of contacts: keys by code point on both databases, newest by time, and the mark of the last copy."""

from typing import Any

from django.db import migrations, models


def _collate(collation: str) -> Any:
    def change(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return  # SQLite compares bytes, which for UTF-8 is the same order
        for column in ("name_key", "company_key"):
            schema_editor.execute(
                f'ALTER TABLE segments_segmentcontact ALTER COLUMN {column} TYPE varchar(300) COLLATE "{collation}"'
            )

    return change


class Migration(migrations.Migration):
    dependencies = [("segments", "0002_history_and_references")]

    operations = [
        migrations.AddField(
            model_name="segment",
            name="keys_version",
            field=models.BigIntegerField(null=True),
        ),
        migrations.RunPython(_collate("C"), _collate("default")),
        migrations.RemoveIndex(model_name="segmentcontact", name="placed_newest"),
        migrations.RemoveIndex(model_name="segmentcontact", name="placed_once"),
        migrations.AddIndex(
            model_name="segmentcontact",
            index=models.Index(
                condition=models.Q(("removed_at__isnull", True)),
                fields=["segment", "added_at", "id"],
                name="placed_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="segmentcontact",
            index=models.Index(
                condition=models.Q(("removed_at__isnull", False)),
                fields=["segment", "removed_at", "id"],
                name="placed_once",
            ),
        ),
    ]
