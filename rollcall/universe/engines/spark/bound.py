"""How values and long lists reach Spark: few values as parameters, many as a table that every worker is sent."""

import itertools
from collections.abc import Sequence

import pyarrow as pa
from sqlglot import exp

from rollcall.universe.engines.sql.bound import Bound

# Measured: planning a list of 10,000 parameters takes 7 s, of 100,000 numbers more than 1 GB; a table of as many 1 s.
INLINE_MAX = 200
_AMONG = "among_these"


class SparkBound(Bound):
    """Names of tables are global in a session, so each question has names of its own."""

    _numbers = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self._number = next(self._numbers)

    def view(self, name: str) -> str:
        return f"rollcall_asked_{self._number}_{name}"

    def id_in(self, column: str, ids: Sequence[int]) -> exp.Expr:
        if not len(ids):
            return exp.false()
        if len(ids) > INLINE_MAX:
            return self._exists(exp.column(column), pa.array(list(ids), pa.int64()))
        return exp.In(this=exp.column(column), expressions=[self.value(int(number)) for number in ids])

    def text_in(self, column: exp.Expr, texts: Sequence[str]) -> exp.Expr:
        if len(texts) > INLINE_MAX:
            return self._exists(column, pa.array(list(texts), pa.string()))
        return exp.In(this=column, expressions=[self.value(text) for text in texts])

    def _exists(self, column: exp.Expr, values: pa.Array) -> exp.Expr:
        """EXISTS, not IN: of what IN means for nulls, Spark can only assure itself by comparing all with all."""
        table = self.table(f"ids{len(self.tables)}", pa.table({_AMONG: values}))
        same = exp.EQ(this=exp.column(_AMONG), expression=column)
        return exp.Exists(this=exp.select("1").from_(table).where(same))
