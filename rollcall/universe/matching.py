"""Gives companies and people their ids: dense, from 1, at first sight, never changed, never used again."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import records
from rollcall.universe.columns import are_in, at, flat, with_columns


class Keys:
    """Every name that a company or profile has been known by, and the id it got."""

    def __init__(self, table: pa.Table, *, next_company_id: int, next_profile_id: int) -> None:
        self.table = table
        self.next_ids = {"company": next_company_id, "profile": next_profile_id}
        self._known_before = table.num_rows
        # By kind, and the table they were picked from.
        self._own: dict[str, tuple[pa.Table, pa.Table]] = {}

    def know(self, more: pa.Table) -> None:
        """Take in names that were known before as well; they stand after those, and before what is new."""
        parts = [self.table.slice(0, self._known_before), more, self.table.slice(self._known_before)]
        self.table = pa.concat_tables(parts)
        self._known_before += more.num_rows

    def identify(self, kind: str, names: Any, *, known: Any) -> Any:
        """One id a row: the one that is known, else a new one for each name, which is remembered."""
        ids = self._with_new(kind, known, names)
        is_new = pc.is_null(known)
        self._remember(kind, ids.filter(is_new), names.filter(is_new))
        return ids

    def rename(self, kind: str, ids: Mapping[str, int]) -> None:
        """Give these names these ids: those that are known change theirs, the others are remembered."""
        if not ids:
            return
        names = pa.array(sorted(ids), pa.string())
        numbers = pa.array([ids[name] for name in sorted(ids)], pa.int64())
        mine = pc.equal(self.table["kind"], kind)
        changed = pc.if_else(mine, at(numbers, self.table["key"], names), pa.scalar(None, pa.int64()))
        self.table = with_columns(self.table, id=pc.coalesce(changed, self.table["id"]))
        self._remember(kind, numbers, names)

    def own(self, kind: str) -> pa.Table:
        """A person and a company of one source can have the same key: each kind is looked up by itself."""
        of, own = self._own.get(kind, (None, None))
        if of is not self.table:
            own = self.table.filter(pc.equal(self.table["kind"], kind)).combine_chunks()
            self._own[kind] = self.table, own
        return own

    def _with_new(self, kind: str, ids: Any, identity: Any) -> Any:
        unknown = flat(
            pc.if_else(pc.is_null(ids), identity, pa.scalar(None, identity.type))
        ).dictionary_encode()
        first = self.next_ids[kind]
        self.next_ids[kind] = first + len(unknown.dictionary)
        return pc.coalesce(ids, pc.add(unknown.indices.cast(pa.int64()), first))

    def _remember(self, kind: str, ids: Any, names: Any) -> None:
        unknown = pc.and_(pc.is_valid(names), pc.invert(are_in(names, self.own(kind)["key"])))
        new, new_ids = names.filter(unknown), ids.filter(unknown)
        # In the order of the names: which of them is the oldest must not depend on the order of the rows.
        distinct = flat(new).unique().sort()
        added = {
            "kind": pa.array([kind] * len(distinct), pa.string()),
            "key": distinct,
            "id": at(new_ids, distinct, new),
        }
        self.table = pa.concat_tables([self.table, pa.table(added, schema=records.KEY)])


def source_key(source: str, column: Any) -> Any:
    """`us_public_companies:sec0000900596`."""
    return pc.binary_join_element_wise(pa.scalar(source), column.cast(pa.string()), ":")
