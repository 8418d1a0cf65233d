"""Small moves on Arrow columns that loads share: look a value up, pack a pair, map distinct values once."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import repeats

# To make a table of many keys takes longest: where so many times fewer are looked for, the others are left out first.
_FEW = 8


def at(values: Any, wanted: Any, keys: Any) -> Any:
    """For each key wanted, its value; null where there is none."""
    return values.take(places(wanted, keys))


def all_at(table: pa.Table, names: Iterable[str], wanted: Any, keys: Any) -> dict[str, Any]:
    """The same of several columns: the keys are looked up once."""
    found = places(wanted, keys)
    return {name: table[name].take(found) for name in names}


def places(wanted: Any, keys: Any) -> Any:
    """For each key wanted, where it is first among the keys; null where it is not."""
    if len(wanted) * _FEW > len(keys):
        return pc.index_in(wanted, value_set=flat(keys))
    near = pa.array(np.flatnonzero(np.asarray(pc.is_in(keys, value_set=flat(wanted)))).astype(np.int32))
    return near.take(flat(pc.index_in(wanted, value_set=flat(flat(keys).take(near)))))


def are_in(values: Any, known: Any) -> Any:
    """Whether each value is one of those known."""
    if len(values) * _FEW <= len(known):
        known = known.filter(pc.is_in(known, value_set=flat(values)))
    return pc.is_in(values, value_set=flat(known))


def pair(table: pa.Table) -> Any:
    """One number for a company and a profile: lets Arrow look up pairs. Ids stay below 2**31 and 2**32."""
    return pc.add_checked(pc.multiply_checked(table["company_id"], 2**32), table["profile_id"])


def mapped(column: Any, change: Callable[[str], str | None]) -> Any:
    """`change` of each text, called once for each distinct one; null stays null."""
    coded = flat(column).dictionary_encode()
    changed = pa.array([change(text) for text in coded.dictionary.to_pylist()], pa.string())
    return changed.take(coded.indices)


def mapped_apart(column: Any, change: Callable[[str], tuple[str, ...]], count: int) -> list[Any]:
    """`count` columns from one: the parts of `change` of each text, called once for each distinct one."""
    coded = flat(column).dictionary_encode()
    parts: list[list[str]] = [[] for _ in range(count)]
    for text in coded.dictionary.to_pylist():
        for part, value in zip(parts, change(text), strict=True):
            part.append(value)
    return [pa.array(part, pa.string()).take(coded.indices) for part in parts]


def flat(column: Any) -> Any:
    """The column in one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with exactly the columns of `schema`, in order; those it lacks are null."""
    return pa.table(
        {
            field.name: table[field.name].cast(field.type)
            if field.name in table.column_names
            else pa.nulls(table.num_rows, field.type)
            for field in schema
        },
        schema=schema,
    )


def first_of_each(table: pa.Table, keys: list[str]) -> pa.Table:
    """The first row of each distinct `keys`, in the order of the table."""
    shared = repeats.rows([table[name] for name in keys])
    if not len(shared):
        return table
    is_first = np.ones(table.num_rows, bool)
    is_first[shared] = _are_first(table.select(keys).take(pa.array(shared)))
    return table if is_first.all() else table.filter(pa.array(is_first))


def _are_first(table: pa.Table) -> Any:
    """Whether each row is the first one that says what it says."""
    codes = np.zeros(table.num_rows, np.int64)
    for column in table.columns:
        coded = flat(column).dictionary_encode(null_encoding="encode")
        codes = _numbered(codes * max(len(coded.dictionary), 1) + np.asarray(coded.indices))
    # Numbers are given as values are seen first: a larger one than all before is a value's first row.
    return codes > np.maximum.accumulate(np.concatenate([[-1], codes[:-1]]))


def _numbered(values: Any) -> Any:
    return np.asarray(pa.array(values).dictionary_encode().indices).astype(np.int64)


def with_columns(table: pa.Table, **columns: Any) -> pa.Table:
    """The table with these columns replaced, or added at its end."""
    for name, column in columns.items():
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, column)
        else:
            table = table.append_column(name, column)
    return table
