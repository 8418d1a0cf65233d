"""How alike two texts are, measured on Spark's workers by the functions that measure it here.

Spark has neither, and the library that Splink brings for it counts half transpositions otherwise: one pair in twenty
came out a little different. So workers need Python with PyArrow and DuckDB, and nothing of Rollcall: the functions are
sent to them whole.
"""

from typing import Any

import pyarrow as pa

NEAR, EDITS = "rollcall_near", "rollcall_edits"


def register(spark: Any) -> None:
    """Make both functions known in the session."""
    for name, function, kind in ((NEAR, _near(), "double"), (EDITS, _edits(), "bigint")):
        _register(spark, name, function, kind)


def _register(spark: Any, name: str, function: Any, kind: str) -> None:
    from pyspark.sql.functions import arrow_udf

    spark.udf.register(name, arrow_udf(function, kind))


def _near() -> Any:
    # A function inside of a function is sent by what it says, others by the name of a module that workers lack.
    def near(one: pa.Array, other: pa.Array) -> pa.Array:
        import duckdb

        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            connection.register("asked", pa.table({"one": one, "other": other}))
            found = connection.sql("SELECT jaro_winkler_similarity(one, other) AS n FROM asked")
            return found.to_arrow_table()["n"].combine_chunks()

    return near


def _edits() -> Any:
    def edits(one: pa.Array, other: pa.Array) -> pa.Array:
        import duckdb

        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            connection.register("asked", pa.table({"one": one, "other": other}))
            found = connection.sql("SELECT damerau_levenshtein(one, other) AS n FROM asked")
            return found.to_arrow_table()["n"].combine_chunks()

    return edits
