"""Reading filters as people type them: `--where 'sector is Energy' --where 'employees at least 500'`."""

import csv
import json
import re
from pathlib import Path
from typing import Any

from rollcall.clients.cli.exits import Usage

_SPOKEN = {
    "is": "is", "is not": "is_not", "contains": "contains", "does not contain": "not_contains",
    "starts with": "starts_with", "is any of": "is_any_of", "is none of": "is_none_of", "is known": "is_known",
    "is unknown": "is_unknown", "equals": "eq", "does not equal": "ne", "at least": "gte", "at most": "lte",
    "more than": "gt", "less than": "lt", "between": "between",
    "=": "eq", "!=": "ne", ">=": "gte", "<=": "lte", ">": "gt", "<": "lt",
}  # fmt: skip
# The API's own names are understood too. Longest first, so that "is not" is not read as "is" with the value "not …".
_OPERATORS = sorted(
    {**{op: op for op in _SPOKEN.values()}, **_SPOKEN}.items(), key=lambda pair: -len(pair[0])
)
_ALONE = {"is_known", "is_unknown"}
_LISTS = {"is_any_of", "is_none_of"}
_NUMBERS = {"eq", "ne", "gte", "lte", "gt", "lt"}
_EXAMPLES = "Examples: 'sector is Energy', 'employees at least 500', 'country is any of France, Spain'."


def group(lines: list[str], *, any_: bool = False) -> dict[str, Any]:
    """All lines joined by "and" (or by "or")."""
    return {"op": "or" if any_ else "and", "items": [line(text) for text in lines]}


def line(text: str) -> dict[str, Any]:
    """One condition.

    Raises:
        Usage: it cannot be read; the message says why and shows lines that can.
    """
    match = re.match(r"\s*([A-Za-z_]+)\s*(.*)", text, re.DOTALL)
    if not match or not match[2].strip():
        raise Usage(f"--where {text!r} needs a field, an operator and a value. {_EXAMPLES}")
    field, rest = match[1], match[2].strip()
    for spoken, op in _OPERATORS:
        boundary = r"(?![A-Za-z_])" if spoken[-1].isalpha() else ""
        if found := re.match(re.escape(spoken).replace(r"\ ", r"\s+") + boundary, rest, re.IGNORECASE):
            return _condition(text, field, op, rest[found.end() :].strip())
    raise Usage(
        f"--where {text!r} has no operator after {field!r}. Operators: {', '.join(_SPOKEN)}. {_EXAMPLES}"
    )


def definition(file: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        Usage: it cannot be read, or is no object.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Usage(f"There is no file {file}.") from None
    except (OSError, ValueError) as error:
        raise Usage(f"{file} cannot be read as JSON: {error}.") from None
    if not isinstance(content, dict):
        raise Usage(f"{file} holds no JSON object. Write an object with the fields of a definition.")
    return content


def _condition(text: str, field: str, op: str, value: str) -> dict[str, Any]:
    if op in _ALONE:
        if value:
            raise Usage(f"--where {text!r}: nothing may follow {op.replace('_', ' ')}.")
        return {"field": field, "op": op}
    if not value:
        raise Usage(f"--where {text!r} has no value after the operator. {_EXAMPLES}")
    if op in _LISTS:
        return {"field": field, "op": op, "value": _list(value)}
    if op == "between":
        return {"field": field, "op": op, "value": _ends(text, value)}
    if op in _NUMBERS:
        number = _number(value)
        if number is None and op in ("eq", "ne"):
            return {"field": field, "op": "is" if op == "eq" else "is_not", "value": _bare(value)}
        if number is None:
            raise Usage(f"--where {text!r}: {value!r} is not a whole number.")
        return {"field": field, "op": op, "value": number}
    return {"field": field, "op": op, "value": _bare(value)}


def _list(value: str) -> list[str]:
    """Values with commas between; a value with a comma in it goes into double quotes."""
    return [part for part in next(csv.reader([value], skipinitialspace=True)) if part]


def _ends(text: str, value: str) -> list[int]:
    parts = re.split(r"\s+and\s+|\s*,\s*|\s*\.\.\s*", value)
    ends = [_number(part) for part in parts]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        raise Usage(f"--where {text!r}: write two whole numbers, as in 'employees between 100 and 500'.")
    return [ends[0], ends[1]]


def _number(value: str) -> int | None:
    plain = value.replace("_", "").replace(",", "").strip()
    return int(plain) if re.fullmatch(r"-?[0-9]{1,18}", plain) else None


def _bare(value: str) -> str:
    """Without the quotes around it that people type out of habit."""
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
