"""The table of names: what companies are and were called, by which source, and why a record is this company."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import records
from rollcall.universe.columns import first_of_each, flat
from rollcall.universe.identity.companies import misspelling, names
from rollcall.universe.identity.companies.told import Told


def rows_of(*, told: Iterable[tuple[Told, int, str]], source: str) -> pa.Table:
    """A line for each name of each record; a name that can be written in two ways has a line for each."""
    columns: dict[str, list[Any]] = {name: [] for name in records.ALIAS.names}
    for record, company_id, because in told:
        for text, what in record.names():
            read = names.read(text)
            if read is None:
                continue
            for exact in sorted(read.exact):
                line = (
                    company_id,
                    f"{source}:{record.key}",
                    text,
                    what,
                    exact,
                    read.words,
                    read.core,
                    because,
                )
                for name, value in zip(records.ALIAS.names, line, strict=True):
                    columns[name].append(value)
    return pa.table(columns, schema=records.ALIAS)


def of_companies(companies: pa.Table) -> pa.Table:
    """The names of companies that were known before there was such a table, or read by former rules."""
    told = [
        (
            Told(
                number=0,
                key=row["source_key"] or "",
                name=row["name"],
                root=None,
                known_id=row["id"],
                facts={},
            ),
            row,
        )
        for row in companies.select(["id", "name", "source", "source_key"]).to_pylist()
    ]
    parts = [
        rows_of(told=[(one, row["id"], "")], source=row["source"] or "") for one, row in told if one.name
    ]
    return pa.concat_tables([records.ALIAS.empty_table(), *parts]).combine_chunks()


def read_again(aliases: pa.Table) -> pa.Table:
    """The same names with the keys of the present rules."""
    lines = first_of_each(aliases, ["company_id", "source_key", "name"]).to_pylist()
    columns: dict[str, list[Any]] = {name: [] for name in records.ALIAS.names}
    for line in lines:
        read = names.read(line["name"])
        for exact in sorted(read.exact) if read else ():
            fresh = line | {"exact": exact, "words": read.words, "core": read.core} if read else line
            for name in columns:
                columns[name].append(fresh[name])
    return pa.table(columns, schema=records.ALIAS)


def with_new(before: pa.Table, new: pa.Table) -> pa.Table:
    """Each name of each record once, with the first reason."""
    return first_of_each(
        pa.concat_tables([before, new]).combine_chunks(), ["company_id", "source_key", "name", "exact"]
    )


def of_keys(aliases: pa.Table, keys: Iterable[str]) -> Any:
    """The companies that go by one of these keys (`known.keys`, `misspelling.keys`)."""
    asked: dict[str, list[str]] = {mark: [] for mark in "=~^$"}
    for key in set(keys):
        asked[key[0]].append(key[1:])
    sets = {mark: pa.array(sorted(values), pa.string()) for mark, values in asked.items()}
    hit = pc.or_(
        pc.is_in(aliases["exact"], value_set=sets["="]),
        pc.or_(
            pc.is_in(aliases["words"], value_set=sets["~"]), pc.is_in(aliases["core"], value_set=sets["~"])
        ),
    )
    found = [flat(aliases["company_id"].filter(hit))]
    if asked["^"] or asked["$"]:
        words = pc.split_pattern(flat(aliases["core"]), " ")
        word, row = pc.list_flatten(words), pc.list_parent_indices(words)
        edges = pc.or_(
            pc.is_in(pc.utf8_slice_codeunits(word, 0, misspelling.EDGE), value_set=sets["^"]),
            pc.is_in(pc.utf8_slice_codeunits(word, -misspelling.EDGE), value_set=sets["$"]),
        )
        found.append(flat(aliases["company_id"]).take(pc.unique(row.filter(edges))))
    return pc.unique(pa.concat_arrays(found))
