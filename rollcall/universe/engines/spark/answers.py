"""One version as tables of Spark, asked in Spark's SQL; the master and its workers do the work."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp
from sqlglot.dialects import spark as dialects

from rollcall.universe.engines.spark import session
from rollcall.universe.engines.spark.bound import SparkBound
from rollcall.universe.engines.spark.places import find
from rollcall.universe.engines.sql.answers import Answers, located
from rollcall.universe.engines.sql.bound import Bound
from rollcall.universe.engines.sql.where import compile_where
from rollcall.universe.filters import Group

# Of a table that comes with a question: so much may every worker hold. Larger ones are sent by parts.
SENT_MAX = 512 << 20


def open_version(folder: Path) -> "Spark":
    """Nothing is started or read before a question needs it."""
    return Spark(folder)


class Spark(Answers):
    """Answers questions about one version."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[str, exp.Table] = {}
        self._found_in = 0

    def companies_of_each(self, wheres: Sequence[Group]) -> list[list[int]]:
        """The companies that each of the filters chooses, ascending, in one pass over the table: for all dynamic
        segments of an installation at once."""
        bound = self._bound()
        flags = [exp.alias_(compile_where(where, bound), f"f{n}") for n, where in enumerate(wheres)]
        found = self._run(exp.select("id", *flags).from_("companies").order_by("id"), bound)
        ids = found["id"]
        return [ids.filter(found[f"f{n}"]).to_pylist() for n in range(len(wheres))]

    def _bound(self) -> Bound:
        return SparkBound()

    def _run(self, query: exp.Expr, bound: Bound) -> pa.Table:
        assert isinstance(bound, SparkBound)
        spark = session.session()
        places = {**self._places(spark), **_asked(bound)}
        sql = located(query, places).sql(dialect=dialects.Spark, copy=False)
        with session.answering(), _registered(spark, bound):
            return spark.sql(sql, args=_carried(spark, bound.values)).toArrow()

    def _places(self, spark: Any) -> Mapping[str, exp.Table]:
        if self._found_in != session.number():
            with session.answering():
                self._found, self._found_in = find(spark, self._folder), session.number()
        return self._found


def _carried(spark: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Days as days of Java: PySpark spells them out, and a year below 1000 so that Java cannot read it."""
    of = spark._jvm.java.time.LocalDate.of
    return {
        name: of(value.year, value.month, value.day) if type(value) is date else value
        for name, value in values.items()
    }


def _asked(bound: SparkBound) -> dict[str, exp.Table]:
    return {name: exp.to_table(bound.view(name)) for name in bound.tables}


@contextmanager
def _registered(spark: Any, bound: SparkBound) -> Iterator[None]:
    from pyspark.sql import functions

    for name, table in bound.tables.items():
        frame = spark.createDataFrame(table)
        if table.nbytes <= SENT_MAX:
            # Every worker gets the short table whole, instead of all sending each other the long one.
            frame = functions.broadcast(frame)
        frame.createOrReplaceTempView(bound.view(name))
    try:
        yield
    finally:
        for name in bound.tables:
            spark.catalog.dropTempView(bound.view(name))
