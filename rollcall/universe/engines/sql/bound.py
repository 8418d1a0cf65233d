"""The values and tables that a compiled query refers to; no value is ever part of its text."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from sqlglot import exp


class Bound:
    """Values become parameters, lists of ids tables. An engine that passes lists otherwise says so in a child."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.tables: dict[str, pa.Table] = {}

    def value(self, value: Any) -> exp.Expr:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return exp.Placeholder(this=name)

    def table(self, name: str, table: pa.Table) -> exp.Table:
        self.tables[name] = table
        return exp.to_table(name)

    def id_in(self, column: str, ids: Sequence[int]) -> exp.Expr:
        """Whether the column (never null) is one of any number of ids."""
        asked = self.table(f"ids{len(self.tables)}", pa.table({"id": pa.array(list(ids), pa.int64())}))
        return exp.In(this=exp.column(column), query=exp.Subquery(this=exp.select("id").from_(asked)))

    def text_in(self, column: exp.Expr, texts: Sequence[str]) -> exp.Expr:
        """Whether the column is one of these texts; null where it is null."""
        return exp.ArrayContains(this=self.value(list(texts)), expression=column)
