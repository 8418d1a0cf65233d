"""Compares pairs on a private DuckDB: the conditions are written in its words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from rollcall.universe.engines.duckdb import scratch


@contextmanager
def linking() -> Iterator["Linking"]:
    # Imported where it is needed: a process that compares nobody is spared it.
    from splink import DuckDBAPI

    with scratch.connection() as connection:
        yield Linking(DuckDBAPI(connection))


class Linking:
    """As in `engine.Linking`."""

    def __init__(self, api: Any) -> None:
        self.api = api

    def said(self, condition: str) -> str:
        return condition

    def rows(self, predicted: Any, names: Sequence[str]) -> pa.Table:
        table: pa.Table = predicted.as_pyarrow_table()
        return table.select(names)
