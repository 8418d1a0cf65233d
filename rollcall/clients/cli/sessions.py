"""What every command has: --json, --url and --key, a client, an output, and one way out for errors."""

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import typer

from rollcall.clients import http
from rollcall.clients.cli import profile
from rollcall.clients.cli.exits import Usage
from rollcall.clients.cli.output import Output
from rollcall.clients.transport import ClientError

T = TypeVar("T")
Command = Callable[..., None]
_COMMON: list[tuple[str, Any, Any]] = [
    ("json_", Annotated[bool, typer.Option("--json", help="Print JSON, errors too.")], False),
    ("url", Annotated[str | None, typer.Option("--url", help="Address of the server.")], None),
    ("key", Annotated[str | None, typer.Option("--key", help="API key.", show_default=False)], None),
]


@dataclass
class Session:
    """One command being carried out."""

    client: http.Client
    output: Output

    @property
    def as_json(self) -> bool:
        return self.output.as_json


def command(app: typer.Typer, name: str) -> Callable[[Command], Command]:
    """Register a function whose first parameter is the session; the common options are added to its own."""

    def register(function: Command) -> Command:
        own = list(inspect.signature(function).parameters.values())[1:]
        common = [
            inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, annotation=a, default=d)
            for n, a, d in _COMMON
        ]

        @functools.wraps(function)
        def invoked(*_: Any, json_: bool, url: str | None, key: str | None, **values: Any) -> None:
            carry_out(function, values, as_json=json_, url=url, key=key)

        keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
        invoked.__signature__ = inspect.Signature([*keyword, *common])  # type: ignore[attr-defined]
        invoked.__annotations__ = {p.name: p.annotation for p in [*keyword, *common]}
        app.command(name)(invoked)
        return function

    return register


def carry_out(
    function: Command, values: dict[str, Any], *, as_json: bool, url: str | None, key: str | None
) -> None:
    """Call the function with a session; what it raises becomes a message and an exit code."""
    output = Output(as_json=as_json)
    try:
        found = profile.read(url=url, key=key)
        with http.Client(url=found.url, key=found.key) as client:
            function(Session(client=client, output=output), **values)
    except ClientError as error:
        raise typer.Exit(output.error(error)) from None


def resolve(text: str, prefix: str, read: Callable[[], Sequence[Any]]) -> str:
    """The id of what was named: an id as it is, anything else by the name in the list.

    Raises:
        Usage: nothing or more than one thing has this name.
    """
    if re.fullmatch(prefix + r"_[0-9]+", text):
        return text
    items = read()
    found = [item["id"] for item in items if item["name"].casefold() == text.strip().casefold()]
    if len(found) != 1:
        known = ", ".join(repr(item["name"]) for item in items[:10]) or "none yet"
        raise Usage(
            f"Nothing is called {text!r}. Write an id like {prefix}_12, or one of the names: {known}."
        )
    return str(found[0])
