"""Writes the pages that are made from the code: the map, the errors, the programs' commands. `make docs`."""

import ast
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "rollcall"
# From the ground up: the import order is the way of the data.
ORDER = [
    "core", "workspaces", "credits", "universe", "contacts", "segments", "personas", "delivery", "api", "web",
    "clients", "", "server",
]  # fmt: skip
_MAP = re.compile(r"(?<=<!-- map: made by `make docs` -->\n).*(?=<!-- end of map -->)", re.DOTALL)


GENERATED = (
    "ARCHITECTURE.md",
    "docs/reference/errors.md",
    "docs/reference/rollcall-server.md",
    "docs/reference/rollcall.md",
)


def pages() -> dict[Path, str]:
    """Every generated page and what it should hold."""
    architecture = ROOT / "ARCHITECTURE.md"
    return {
        architecture: _MAP.sub(lambda _: house(), architecture.read_text()),
        ROOT / "docs/reference/errors.md": errors_page(),
        ROOT / "docs/reference/rollcall-server.md": commands_page("rollcall-server", "rollcall.server.main"),
        ROOT / "docs/reference/rollcall.md": commands_page("rollcall", "rollcall.clients.cli.main"),
    }


def modules() -> list[Path]:
    """Every module of the product that somebody wrote (migrations are made, not written)."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def caption(path: Path) -> str:
    """The first line of the module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    return docstring.splitlines()[0] if docstring else ""


def house() -> str:
    """The map: each room in the order of imports, each module with its caption."""
    return "".join(f"{_room(name)}\n" for name in ORDER)


def errors_page() -> str:
    """Every expected error: its code, its kind, what it says."""
    lines = [
        "# Errors\n",
        "Made from the code by `make docs`. Each expected failure has a stable code; the API answers it as",
        "`application/problem+json`, the command lines with an exit code, the pages with a message.\n",
        "| Kind | API status | `rollcall-server` exit code |",
        "| --- | --- | --- |",
        *_kinds(),
        "\n| Code | Kind | What it says | Raised by |",
        "| --- | --- | --- | --- |",
    ]
    for cls in sorted(error_classes(), key=lambda cls: (cls.code, cls.__module__, cls.__name__)):
        lines.append(f"| `{cls.code}` | {_kind(cls)} | {_message(cls)} | `{cls.__module__}` |")
    return "\n".join(lines) + "\n"


def error_classes() -> set[type[Any]]:
    """Every concrete error class of the product."""
    from rollcall.core import errors
    from rollcall.server.commands import checks

    checks.import_everything()
    kinds = {errors.RollcallError, *errors.RollcallError.__subclasses__()}
    found = set(_descendants(errors.RollcallError))
    return {cls for cls in found if cls.__module__.startswith("rollcall.") and cls not in kinds} | {
        cls for cls in kinds if cls is not errors.RollcallError and cls.__module__ != errors.__name__
    }


def commands_page(program: str, module: str) -> str:
    """Every command of a program, with its arguments and options."""
    import importlib

    import typer

    root = typer.main.get_command(importlib.import_module(module).app)
    lines = [f"# {program}\n", f"{root.help}\n", "Made from the code by `make docs`."]
    for path, command in commands(program, root):
        lines += [f"\n## {path}\n", (command.help or "").replace("\b", "").strip() + "\n"]
        lines += list(_parameters(command))
    return "\n".join(lines) + "\n"


def _room(name: str) -> str:
    folder = PACKAGE / name
    found = [p for p in modules() if p.is_relative_to(folder) and p.name not in {"__init__.py", "apps.py"}]
    if not name:
        found = [p for p in found if p.parent == PACKAGE]
    head = caption(folder / "__init__.py") if (folder / "__init__.py").exists() else ""
    lines = [f"### {f'rollcall/{name}' if name else 'rollcall'}\n", f"{head}\n", "```"]
    names = [str(p.relative_to(folder)) for p in found]
    width = max((len(name) for name in names), default=0)
    lines += [f"{name:<{width}}  {caption(path)}" for name, path in zip(names, found, strict=True)]
    return "\n".join([*lines, "```", ""])


def _kinds() -> Iterator[str]:
    from rollcall.api import problems
    from rollcall.server import console

    for kind, status in problems.KINDS.items():
        yield f"| {kind.__name__} | {status} | {console.EXIT_CODES[kind]} |"


def _kind(cls: type[Any]) -> str:
    from rollcall.core import errors

    return next((kind.__name__ for kind in cls.__mro__ if kind.__module__ == errors.__name__), "")


def _message(cls: type[Any]) -> str:
    return " ".join((cls.__doc__ or "").split()).replace("|", "\\|")


def _descendants(cls: type[Any]) -> Iterator[type[Any]]:
    for child in cls.__subclasses__():
        yield child
        yield from _descendants(child)


def commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        if not child.hidden:
            yield from commands(f"{path} {name}", child)


def _parameters(command: Any) -> Iterator[str]:
    for parameter in command.params:
        names = ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])
        if parameter.param_type_name == "argument":
            names = f"`{parameter.name.upper()}`"
        yield f"- {names}: {getattr(parameter, 'help', None) or ''}".rstrip(": ")


def set_up() -> None:
    """Make Django ready on a folder of its own, so that writing pages touches no installation."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "rollcall.settings"
    os.environ["ROLLCALL_HOME"] = tempfile.mkdtemp(prefix="rollcall-docs-")
    django.setup()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    set_up()
    for page, text in pages().items():
        page.parent.mkdir(parents=True, exist_ok=True)
        if not page.exists() or page.read_text() != text:
            page.write_text(text)
            sys.stdout.write(f"wrote {page.relative_to(ROOT)}\n")
