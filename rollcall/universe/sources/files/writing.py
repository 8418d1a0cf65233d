"""Writes a mapping as TOML, for people to read and complete."""

import json
from collections.abc import Mapping as Table
from collections.abc import Sequence
from datetime import date
from typing import Any

_HEAD = """# A mapping: which columns of the file mean what here. Complete the empty entries, then try it:
#   rollcall-server sources check FILE --mapping THIS_FILE
source = ""          # whose data it is: small letters, digits, underscores; the same for every file of this source
kind = "records"     # "roster": everybody at the companies it names, absence means "left"; "records": single people
licence = ""         # such as "own records", "Example Data Ltd, contract of 2026-01-15"
lawful_basis = ""    # such as "legitimate interest, assessed 2026-02-01"
# as_of = 2026-01-31 # the day it shows, if the name of the file does not tell
"""


def draft(
    *, file: Table[str, Any], people: Table[str, Any], company: Table[str, Any], remarks: Table[str, str],
    unused: Sequence[str], doubtful: Sequence[str], missing: Sequence[str],
) -> str:  # fmt: skip
    """A mapping file to be completed."""
    lines = [_HEAD]
    if file:
        lines += ["[file]", *(f"{name} = {literal(value)}" for name, value in file.items()), ""]
    for room, fields in (("people", people), ("company", company)):
        lines.append(f"[{room}]")
        lines += [
            f"{name} = {literal(value)}{_remark(remarks.get(f'{room}.{name}'))}"
            for name, value in fields.items()
        ]
        lines += [
            f'# {name.split(".")[1]} = ""  # needed, and not found'
            for name in missing
            if name.startswith(room)
        ]
        lines.append("")
    lines += [f"# Not sure: {_line(text)}" for text in doubtful]
    if unused:
        lines.append(f"# Not used: {_line(', '.join(unused))}")
    return "\n".join(lines).rstrip() + "\n"


def whole(given: Table[str, Any]) -> str:
    """A complete mapping, as `Mapping.model_dump(exclude_defaults=True)` gives it; reading it back gives the same."""
    rooms = {name: value for name, value in given.items() if isinstance(value, Table)}
    lines = [f"{name} = {literal(value)}" for name, value in given.items() if name not in rooms]
    for room, fields in rooms.items():
        lines += ["", f"[{room}]", *(f"{name} = {literal(value)}" for name, value in fields.items())]
    return "\n".join(lines) + "\n"


def literal(value: Any) -> str:
    """A value as TOML writes it; JSON's texts, numbers and lists are also TOML's."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Table):
        inner = ", ".join(f"{_key(str(name))} = {literal(one)}" for name, one in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(literal(one) for one in value)}]"
    if isinstance(value, int | date):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else literal(name)


def _remark(text: str | None) -> str:
    return f"  # {_line(text)}" if text else ""


def _line(text: str) -> str:
    """On one line, and without what TOML forbids in remarks."""
    return "".join(mark if mark.isprintable() else " " for mark in text)[:500]
