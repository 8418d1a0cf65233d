"""Every command that a page tells people to type exists, with the options it is given."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts import generated

PAGES = [*generated.ROOT.glob("*.md"), *(generated.ROOT / "docs").rglob("*.md")]
_PROGRAM = re.compile(r"^(?:\.venv/bin/|.*\bexec (?:-T )?web )?(rollcall(?:-server)?|make) (.*)$")


def typed(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Each command line in a fenced block or between backticks: the program and its words."""
    text = page.read_text()
    lines = [
        line for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) for line in block.splitlines()
    ]
    lines += re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    for line in lines:
        found = _PROGRAM.match(line.strip())
        if found:
            yield found[1], shlex.split(found[2].replace("…", ""), comments=True)


@pytest.fixture(scope="module")
def known() -> dict[str, dict[str, set[str]]]:
    """Program → command → options."""
    import importlib

    import typer

    programs = {"rollcall": "rollcall.clients.cli.main", "rollcall-server": "rollcall.server.main"}
    found: dict[str, dict[str, set[str]]] = {}
    for program, module in programs.items():
        root: Any = typer.main.get_command(importlib.import_module(module).app)
        found[program] = {
            path.removeprefix(program).strip(): {
                o for p in command.params for o in [*p.opts, *p.secondary_opts]
            }
            for path, command in generated.commands(program, root)
        }
    return found


def problem(known: dict[str, dict[str, set[str]]], program: str, words: list[str]) -> str:
    """What is wrong with a command line; empty if nothing is."""
    if program == "make":
        targets = set(re.findall(r"^([a-z-]+):", (generated.ROOT / "Makefile").read_text(), re.MULTILINE))
        return "" if not words or words[0] in targets or "=" in words[0] else f"no target {words[0]}"
    command = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in known[program]), None)
    if command is None:
        is_group = any(path.startswith(f"{words[0]} ") for path in known[program]) or words[0].startswith("-")
        return "" if is_group and len(words) == 1 else f"no command {' '.join(words[:2])}"
    options = {word.split("=")[0] for word in words if word.startswith("--")}
    unknown = options - known[program][command] - {"--help"}
    return f"{command} has no {', '.join(sorted(unknown))}" if unknown else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(generated.ROOT)))
def test_what_a_page_says_to_type_exists(page: Path, known: dict[str, dict[str, set[str]]]) -> None:
    wrong = [f"{program} {' '.join(words)}: {why}" for program, words in typed(page)
             if words and (why := problem(known, program, words))]  # fmt: skip
    assert wrong == []


def test_it_would_notice(known: dict[str, dict[str, set[str]]]) -> None:
    assert problem(known, "rollcall", ["credits", "balance", "--json"]) == ""
    assert problem(known, "rollcall", ["credits", "fly"]) == "no command credits fly"
    assert problem(known, "rollcall-server", ["load", "x", "--backwards"]) == "load has no --backwards"
    assert problem(known, "make", ["cake"]) == "no target cake"
