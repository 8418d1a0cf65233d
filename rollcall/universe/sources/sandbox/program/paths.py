"""Nested values under dotted names: `job.company.name`, `emails.0`."""

import json
from collections.abc import Iterator
from typing import Any

_DEEPEST = 8


def leaves(value: Any, prefix: str = "", depth: int = 0) -> Iterator[str]:
    """The dotted names of everything in a record that is not itself a record; of lists, the first item."""
    if isinstance(value, dict) and depth < _DEEPEST and (value or not prefix):
        for key, inner in value.items():
            yield from leaves(inner, f"{prefix}.{key}" if prefix else str(key), depth + 1)
    elif isinstance(value, list) and value and depth < _DEEPEST:
        yield from leaves(value[0], f"{prefix}.0", depth + 1)
    elif prefix:
        yield prefix


def at(record: Any, path: str, steps: list[str]) -> Any:
    """The value under a name; a key that itself holds dots goes before a path."""
    if isinstance(record, dict) and path in record:
        return record[path]
    for step in steps:
        if isinstance(record, dict):
            record = record.get(step)
        elif isinstance(record, list):
            record = (
                record[int(step)] if step.isdigit() and len(step) < 6 and int(step) < len(record) else None
            )
        else:
            return None
    return record


def text(value: Any) -> str | None:
    """A value as a cell: what is still nested is JSON."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str) if value else None
    return str(value)
