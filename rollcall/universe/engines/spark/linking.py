"""Compares pairs on Spark: the same conditions in its words, and DuckDB's own measures of likeness on its workers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from sqlglot import exp, parse_one
from sqlglot.dialects import duckdb, spark

from rollcall.universe.engines.spark import likeness, session


@contextmanager
def linking() -> Iterator["Linking"]:
    """In a session beside the one that searches: its views and functions are nobody else's, and gone at the end."""
    from splink import SparkAPI

    beside = session.beside()
    with session.answering():
        likeness.register(beside)
        try:
            # What pairs share a block is asked for again and again, so it is kept.
            open_: Any = SparkAPI
            api = open_(
                spark_session=beside, break_lineage_method="persist", register_udfs_automatically=False
            )
            yield Linking(api)
        finally:
            _forget(beside)


class Linking:
    """As in `engine.Linking`."""

    def __init__(self, api: Any) -> None:
        self.api = api

    def said(self, condition: str) -> str:
        # The classes, not their names: see `duckdb.answers`.
        parsed: exp.Expr = parse_one(condition, dialect=duckdb.DuckDB)
        return parsed.transform(_translated).sql(dialect=spark.Spark)

    def rows(self, predicted: Any, names: Sequence[str]) -> pa.Table:
        return predicted.as_spark_dataframe().select(*names).toArrow()


def _translated(node: exp.Expr) -> exp.Expr:
    """Functions that Spark lacks, or has under another name."""
    if isinstance(node, exp.JarowinklerSimilarity):
        return exp.Anonymous(this=likeness.NEAR, expressions=[node.this, node.expression])
    if isinstance(node, exp.ArrayOverlaps):
        return exp.Anonymous(this="arrays_overlap", expressions=[node.this, node.expression])
    if not isinstance(node, exp.Anonymous):
        return node
    name, given = node.name.lower(), node.expressions
    if name == "damerau_levenshtein":
        return exp.Anonymous(this=likeness.EDITS, expressions=given)
    if name == "list_intersect":
        return exp.Anonymous(this="array_intersect", expressions=given)
    if name == "list_has_all":
        missing = exp.Anonymous(this="array_except", expressions=[given[1], given[0]])
        return exp.EQ(
            this=exp.Anonymous(this="size", expressions=[missing]), expression=exp.Literal.number(0)
        )
    return node


def _forget(beside: Any) -> None:
    for table in beside.catalog.listTables():
        if table.isTemporary:
            beside.table(table.name).unpersist()
            beside.catalog.dropTempView(table.name)
