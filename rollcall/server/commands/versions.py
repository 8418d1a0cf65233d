"""universe copy: a version of the universe to another store, for Spark to read or to keep."""

import re
from dataclasses import asdict
from typing import Annotated

import typer

from rollcall.core.errors import Invalid
from rollcall.server import console, installation

universe = typer.Typer(help="Versions of the universe: copy them to a store.", no_args_is_help=True)


class NoVersionName(Invalid):
    """{name!r} is no version. Write its name or number, such as v000003 or 3."""


@universe.callback()
def _group() -> None:
    """Without this, a group of one command would be that command."""


@universe.command()
def copy(
    version: Annotated[str, typer.Argument(help="The version, such as v000003 or 3.")],
    url: Annotated[str, typer.Argument(help="The folder in the store, such as s3://bucket/universe.")],
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
) -> None:
    """Copy a version with its manifest to a store, and read it back to compare the checksums."""
    name = re.fullmatch(r"v?(\d{1,9})", version, re.ASCII)
    if name is None:
        raise NoVersionName(name=version[:80])
    installation.connect()
    from rollcall.universe import stores

    copied = stores.copy(number=int(name[1]), url=url)
    console.show_facts(asdict(copied), as_json=as_json)
