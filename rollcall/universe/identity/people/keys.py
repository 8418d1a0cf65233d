"""Strong keys: names that only one person can have; a shared or senseless one is nobody's key."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import side_by_side
from rollcall.universe.columns import flat
from rollcall.universe.identity.people import emails, profile_urls

KEYS = pa.schema([("record", pa.int64()), ("kind", pa.string()), ("key", pa.string())])

# The surest first. Key strings of the latter two begin with the kind, so no source may be called so.
KINDS = ("source", "profile", "email")


def strong_keys(*, records: pa.Table, kinds: Sequence[str] = KINDS) -> pa.Table:
    """The keys of each record of these kinds, as rows of `KEYS`: by record, the surest first; a record can have none.

    | kind    | key                                                                                |
    | ------- | ---------------------------------------------------------------------------------- |
    | source  | `<source>:<source_key>`, as sources spell it                                       |
    | profile | `profile:linkedin.com/in/jane-doe`, the same for every way to write that address   |
    | email   | `email:jane@acme.com`; never of a role, of a throwaway mailbox or of no mailbox     |

    Columns that are absent give no keys. Two records that share a key are one person only if nothing else about them
    contradicts it: a family can share a mailbox. `resolve` asks that; whoever uses the keys alone must ask it too.
    """
    if not records.num_rows:
        return KEYS.empty_table()
    columns = pa.concat_arrays([_of_kind(records, kind) for kind in kinds])
    rows = np.argsort(flat(records["record"]).to_numpy(), kind="stable")
    # Row r of kind k stands at k * rows + r of all columns in one; told row by row, its kinds in order.
    places = (rows[:, None] + np.arange(len(kinds)) * len(rows)).ravel()
    places = places[np.asarray(columns.is_valid())[places]]
    kind, row = np.divmod(places, len(rows))
    named = pa.DictionaryArray.from_arrays(kind, list(kinds)).cast(pa.string())
    record = flat(records["record"]).take(pa.array(row))
    return pa.table({"record": record, "kind": named, "key": columns.take(pa.array(places))}, schema=KEYS)


def _of_kind(records: pa.Table, kind: str) -> Any:
    if kind == "source":
        return source_keys(source=_column(records, "source"), source_key=_column(records, "source_key"))
    if kind == "profile":
        return side_by_side.halves(profile_urls.keys, _column(records, "profile_url"))
    return side_by_side.halves(emails.keys, _column(records, "email"))


def source_keys(*, source: Any, source_key: Any) -> Any:
    """`us_public_companies:sec0000900596`; null where the source gives no id."""
    own = flat(source_key).cast(pa.string())
    told = pc.if_else(pc.not_equal(pc.utf8_trim_whitespace(own), ""), own, pa.scalar(None, pa.string()))
    return pc.binary_join_element_wise(flat(source).cast(pa.string()), told, ":")


def _column(records: pa.Table, name: str) -> Any:
    if name in records.column_names:
        return flat(records[name])
    return pa.nulls(records.num_rows, pa.string())
