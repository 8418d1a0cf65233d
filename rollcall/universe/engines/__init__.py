"""The engines that can answer searches, by the name that ROLLCALL_ENGINE gives."""

from contextlib import AbstractContextManager
from importlib import import_module

from rollcall.core.errors import Invalid
from rollcall.universe.engine import Linking, Opener

NAMES = ("duckdb", "memory", "spark")
# Where records can be compared in pairs; beside any other engine DuckDB does it.
_LINKING = ("duckdb", "spark")


class UnknownEngine(Invalid):
    """There is no search engine {name!r}. Set ROLLCALL_ENGINE to one of: {allowed}."""


def opener(name: str) -> Opener:
    """The function that opens a version's folder with this engine; only the engine in use is imported."""
    if name not in NAMES:
        raise UnknownEngine(name=name, allowed=", ".join(NAMES))
    found: Opener = import_module(f"rollcall.universe.engines.{name}").open_version
    return found


def linking(name: str) -> AbstractContextManager[Linking]:
    """Where records are compared in pairs beside this engine, until the block ends."""
    chosen = name if name in _LINKING else "duckdb"
    found: AbstractContextManager[Linking] = import_module(
        f"rollcall.universe.engines.{chosen}.linking"
    ).linking()
    return found
