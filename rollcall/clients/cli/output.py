"""What commands print: tables for people, JSON for programs; errors on standard error."""

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rollcall.clients.cli import exits
from rollcall.clients.transport import ClientError, Problem, Unreachable

PIPE_WIDTH = 250
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*Z")
_HOW_TO_START = "Is it running? `rollcall-server demo` starts one here; --url or ROLLCALL_URL names another."


class Output:
    """Standard output and error of one command."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        # Into a pipe or file nothing is cut to the width of a screen.
        wide = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
        self.out = Console(highlight=False, soft_wrap=True, width=wide)
        self.err = Console(stderr=True, highlight=False, soft_wrap=True)

    def json(self, value: Any) -> None:
        """One JSON document on standard output."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def say(self, text: str) -> None:
        """A line for people; programs that asked for JSON do not get it."""
        if not self.as_json:
            self.out.print(text)

    def note(self, text: str) -> None:
        """A line beside the result, on standard error, so that pipes stay clean."""
        if not self.as_json:
            self.err.print(text, style="dim")

    def table(self, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, empty: str) -> None:
        """Rows as a table: `columns` maps a key (dots go inside) to its heading."""
        if not rows:
            self.out.print(empty)
            return
        table = Table(box=None, pad_edge=False, header_style="dim")
        for place, (name, heading) in enumerate(columns.items()):
            numeric = all(isinstance(inside(row, name), int) for row in rows)
            table.add_column(heading, justify="right" if numeric else "left", no_wrap=place == 0)
        for row in rows:
            table.add_row(*(cell(inside(row, name)) for name in columns))
        self.out.print(table)

    def facts(self, pairs: Mapping[str, Any]) -> None:
        """Names and values, one pair a line."""
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="dim")
        table.add_column()
        for name, value in pairs.items():
            table.add_row(name, cell(value))
        self.out.print(table)

    def sum(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Lines of a sum; the last one is the result."""
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column()
        table.add_column(justify="right")
        table.add_column(style="dim")
        for number, line in enumerate(lines, start=1):
            style = "bold" if number == len(lines) else ""
            table.add_row(escape(line["label"]), f"{line['amount']:,}", escape(line["note"]), style=style)
        self.out.print(table)

    def error(self, error: ClientError) -> int:
        """Tell what went wrong and what to do; returns the exit code."""
        code = exits.code(error)
        if self.as_json:
            sys.stderr.write(json.dumps(_as_problem(error, code), ensure_ascii=False) + "\n")
            return code
        self.err.print(f"[bold red]Error:[/] {escape(str(error))}")
        if isinstance(error, Unreachable):
            self.err.print(_HOW_TO_START)
        if isinstance(error, Problem):
            for line in _what_to_do(error):
                self.err.print(line)
        return code


def inside(row: Mapping[str, Any], path: str) -> Any:
    """`inside({"now": {"title": "CEO"}}, "now.title") == "CEO"`."""
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def cell(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return f"{value[:10]} {value[11:16]}"
    if isinstance(value, list):
        return escape(", ".join(str(item) for item in value)) or "–"
    return escape(str(value))


def _as_problem(error: ClientError, code: int) -> dict[str, Any]:
    if isinstance(error, Problem):
        return {**error.document, "exit_code": code}
    names = {exits.USAGE: "usage", exits.UNREACHABLE: "server_unreachable"}
    name = "declined" if isinstance(error, exits.Declined) else names.get(code, "failure")
    return {"code": name, "detail": str(error), "details": {}, "exit_code": code}


def _what_to_do(problem: Problem) -> list[str]:
    """The next command, where the answer holds what it needs."""
    lines = [
        f"  {escape(line['where'])}: {escape(line['problem'])}"
        for line in problem.details.get("errors", [])[1:]
    ]
    if fresh := problem.details.get("fresh_quote"):
        lines.append(f"A fresh estimate is ready: rollcall runs start {fresh}")
    if problem.code == "budget_exceeded":
        lines.append("An owner or admin can raise it: rollcall budgets list, rollcall budgets set")
    elif problem.status == 402:
        lines.append("Ask for more: rollcall packages request AMOUNT --email YOU@COMPANY")
    if problem.status == 402 and problem.details.get("stop_at"):
        lines.append(f"Or add only what can be paid: --stop-at {problem.details['stop_at']}")
    return lines
