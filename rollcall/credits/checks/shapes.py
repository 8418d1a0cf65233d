"""Rows that no rule can read: a word that is none of its column's choices; on SQLite no time, number or JSON either."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import connection, models

from rollcall.core import ids
from rollcall.credits.checks.asking import BAD_MAX

_PREFIXES = {
    "entry": "ent", "grant": "gra", "hold": "hol", "budget": "bud", "alertrule": "alr", "alertevent": "ale",
    "packagerequest": "req", "packagemessage": "msg", "adjustment": "adj",
}  # fmt: skip
_Condition = tuple[str, list[Any]]


def broken() -> list[str]:
    """Of all workspaces: whose it is cannot be read of such a row either. Costly, so only asked if a rule gave up."""
    return list(islice(_broken(), BAD_MAX))


def _broken() -> Iterator[str]:
    for model in apps.get_app_config("credits").get_models():
        for field in model._meta.concrete_fields:
            for key, value in _rows(model, field):
                yield f"{_named(model, key)}: its {field.column} cannot be {str(value)[:60]!r}"


def _rows(model: type[models.Model], field: "models.Field[Any, Any]") -> list[tuple[Any, Any]]:
    condition, values = _wrong(field)
    if not condition:
        return []
    quote = connection.ops.quote_name
    # The claim of a person has no number of its own; its entry has.
    names = {part.name: part.column for part in model._meta.concrete_fields}
    key, column = (
        quote(str(names.get("id") or names.get("entry") or names["workspace"])),
        quote(str(field.column)),
    )
    table, condition = quote(model._meta.db_table), condition.format(column=column)
    with connection.cursor() as cursor:
        # Only names of the model's own columns are put into the text. As text: nothing is read as what it is not.
        read = (
            f"SELECT {key}, CAST({column} AS text) FROM {table} WHERE {condition} ORDER BY 1 LIMIT {BAD_MAX}"  # noqa: S608
        )
        cursor.execute(read, values)
        found: list[tuple[Any, Any]] = cursor.fetchall()
        return found


def _wrong(field: "models.Field[Any, Any]") -> _Condition:
    """A condition that holds of what may not stand in the column; empty if the database sees to that."""
    if field.choices:
        known = [value for value, _ in field.flatchoices] + ([""] if field.blank else [])
        return f"{{column}} NOT IN ({', '.join(['%s'] * len(known))})", known
    if connection.vendor != "sqlite":
        return "", []
    if isinstance(field, models.JSONField):
        return "NOT json_valid({column})", []
    if isinstance(field, models.DateField):
        return "{column} IS NOT NULL AND julianday({column}) IS NULL", []
    if isinstance(field, models.IntegerField | models.BooleanField | models.ForeignKey):
        return "typeof({column}) NOT IN ('integer', 'null')", []
    return "", []


def _named(model: type[models.Model], key: Any) -> str:
    name = model._meta.model_name or ""
    if name in _PREFIXES and str(key).isdecimal():
        return ids.public(_PREFIXES[name], int(key))
    return f"row {key} of {model._meta.db_table}"
