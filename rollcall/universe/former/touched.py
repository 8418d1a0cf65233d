"""What is known before a load, of a large version: only the rows that the load looks at, and what hangs on them.

The rules are those of a whole version, for what they are asked to is the same: all that they compare a row with is in
the tables as well. What else is there does no harm.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import domains, erasure, records, spells
from rollcall.universe.columns import are_in, at, flat, mapped
from rollcall.universe.former import writing
from rollcall.universe.former.fingerprints import Version
from rollcall.universe.former.known import Merged, Tables
from rollcall.universe.former.rows import Rows
from rollcall.universe.identity import news
from rollcall.universe.identity.companies import addresses, aliases, misspelling
from rollcall.universe.identity.companies import known as known_names
from rollcall.universe.identity.companies.told import Told
from rollcall.universe.identity.joining import Decided
from rollcall.universe.identity.standing import Settled
from rollcall.universe.matching import Keys, source_key

_BY_PEOPLE = ("profiles", "evidence", "told", "matches")
_BY_RECORD = (("evidence", "record"), ("told", "record"), ("matches", "left"), ("matches", "right"))
# All ways in which `identifying` looks for a company by its name.
_NAME_KEYS = (known_names.keys, misspelling.keys)
_ALONE = ("companies", "aliases", "redirects", "positions", "shadows")


class Touched:
    """Rows are read when a load says that it looks at them, and all others stay in their files."""

    def __init__(
        self,
        version: Version,
        blocked: erasure.Blocked,
        *,
        number: int,
        are_titles_read: bool,
        are_names_read: bool,
    ) -> None:
        self._rows = {name: Rows(version, name) for name in (*_ALONE, *_BY_PEOPLE)}
        self._of_companies = Rows(version, "keys", only="company")
        self._of_people = Rows(version, "keys", only="profile")
        self._version, self._are_titles_read, self._are_names_read = version, are_titles_read, are_names_read
        self._merged: Merged = {}
        self._forget(blocked, number)

    def companies(self, told: pa.Table, source: str) -> Tables:
        named = pa.concat_arrays([flat(told["company_id"]), flat(told["merged_into"])])
        addressed = pa.array([f"domain:{root}" for root in sorted(_domains(told))], pa.string())
        asked = pc.unique(pa.concat_arrays([flat(source_key(source, named.drop_null())), addressed]))
        self._of_companies.with_texts("key", asked)
        called = self._rows["aliases"]
        if not self._are_names_read:
            called.with_all()
        # That any company has a name is known from the first one.
        called.with_first()
        called.with_texts("source_key", asked)
        ids = pa.concat_arrays([self._company_ids(), self._look_alike(told, source)])
        self._of_companies.with_numbers("id", ids)
        called.with_numbers("company_id", ids)
        self._rows["companies"].with_numbers("id", ids)
        self._rows["redirects"].with_all()
        tables = {name: self._rows[name].table for name in _ALONE}
        return (
            tables
            | {"keys": self._of_companies.table}
            | {name: self._rows[name].table for name in _BY_PEOPLE}
        )

    def staff(self, ids: Any, merged: Merged) -> Tables:
        self._merged = merged
        survivors = [survivor for survivor, _ in merged.values()]
        wanted = pa.concat_arrays([flat(ids).drop_null(), pa.array([*merged, *survivors], pa.int64())])
        for name in ("positions", "shadows"):
            self._rows[name].with_numbers("company_id", wanted)
        return {name: self._rows[name].table for name in ("positions", "shadows")}

    def ids(self, names: Any) -> Any:
        # Most who are told of are where they were: by number they are found without looking through all names.
        self._of_people.with_numbers("id", self._at_work())
        people = self._of_people.table
        found = flat(at(people["id"], names, people["key"]))
        more = self._of_people.with_texts("key", pc.unique(names.filter(pc.is_null(found))))
        return flat(pc.coalesce(found, at(more["id"], names, more["key"]))) if more.num_rows else found

    def evidence(self, rows: pa.Table) -> pa.Table:
        new = rows["name"].filter(pc.is_null(rows["own_id"]))
        names = pa.concat_arrays([flat(self._of_people.table["key"]), flat(new)])
        self._rows["evidence"].with_texts("record", names)
        return self._rows["evidence"].table

    def people(
        self, rows: pa.Table, fresh: pa.Table, decided: Sequence[Decided], keys: Keys, tables: Tables
    ) -> tuple[Tables, pa.Table]:
        people, told_of = self._of_people, self._of_people.table["key"]
        # Whoever else has a key that is not new was compared when it was.
        shared = self._rows["evidence"].with_texts("key", pc.unique(fresh["key"]))
        spoken = pa.array([name for one in decided for name in (one.left, one.right)], pa.string())
        called = pc.unique(pa.concat_arrays([flat(shared["record"]), spoken]))
        others = [people.with_texts("key", called.filter(pc.invert(are_in(called, told_of))))]
        self._rows["profiles"].with_numbers("id", people.table["id"])
        self._rows["told"].with_texts("record", people.table["key"])
        asked = self._asked(rows, tables)
        alike = self._namesakes(asked)
        ids = [flat(people.table["id"]), alike, *self._colleagues(asked, tables)]
        known = pc.unique(pa.concat_arrays(ids))
        others.append(people.with_numbers("id", known))
        self._rows["profiles"].with_numbers("id", known)
        new = pa.concat_tables(others)["key"]
        for name, column in _BY_RECORD:
            # Of those told of all but their matches was asked for before.
            self._rows[name].with_texts(column, people.table["key"] if name == "matches" else new)
        self._look_back(known)
        keys.know(people.table)
        found = self._with_positions(tables, alike)
        return found | {name: self._rows[name].table for name in _BY_PEOPLE}, asked

    def careers(self, rows: pa.Table, tables: Tables) -> Tables:
        people = self._of_people.table
        return self._with_positions(
            tables, people["id"].filter(pc.is_in(people["key"], value_set=flat(rows["name"])))
        )

    def moves(self, settled: Settled, tables: Tables) -> Tables:
        ids = {*settled.merged, *(survivor for survivor, _ in settled.merged.values())}
        ids |= {former for former, _, _ in settled.split}
        return self._with_positions(tables, pa.array(sorted(ids), pa.int64()))

    def write(self, folder: Path, after: Tables) -> set[str]:
        kept: set[str] = set()
        linked = self._version.folder
        for name in ("companies", "profiles", "positions", "shadows"):
            is_as_read = self._are_titles_read or name in ("companies", "profiles")
            change = None if is_as_read else spells.read_titles
            kept |= writing.in_order(folder, self._rows[name], after[name], linked=linked, change=change)
        kept |= writing.keys(folder, (self._of_companies, self._of_people), after["keys"], linked=linked)
        for name in ("evidence", "matches"):
            kept |= writing.grown(folder, self._rows[name], after[name], linked=linked)
        called = self._rows["aliases"]
        if self._are_names_read:
            kept |= writing.aliases(folder, called, after["aliases"], self._merged, linked=linked)
        else:
            kept |= writing.whole(folder, called, after["aliases"], linked=linked)
        kept |= writing.told(folder, self._rows["told"], after["told"], linked=linked)
        return kept | writing.whole(folder, self._rows["redirects"], after["redirects"], linked=linked)

    def _forget(self, blocked: erasure.Blocked, number: int) -> None:
        """Leave out everything that says something about people who asked to be forgotten since the last load."""
        if not blocked.fresh:
            return
        ids = {of for _, of in blocked.fresh if of is not None}
        # Of somebody who became another one in the very load that did not know of it, only the names tell who it is.
        led = self._rows["redirects"].with_all().to_pylist()
        became = {row["from_id"] for row in led if row["version"] == number and row["to_id"] not in ids}
        names_ = frozenset(key for key, of in blocked.fresh if of is None or of in became)
        if names_:
            ids |= writing.holders(self._of_people.files, names_)
        if not ids:
            return
        numbers = pa.array(sorted(ids), pa.int64())
        known = self._of_people.without_numbers("id", numbers)["key"]
        for name, column in (("positions", "profile_id"), ("shadows", "profile_id"), ("profiles", "id")):
            self._rows[name].without_numbers(column, numbers)
        for name, column in (
            ("evidence", "record"),
            ("told", "record"),
            ("matches", "left"),
            ("matches", "right"),
        ):
            self._rows[name].without_texts(column, known)

    def _look_alike(self, told: pa.Table, source: str) -> Any:
        """The companies whose names might be those told of under keys that nobody knows."""
        mine = source_key(source, told["company_id"])
        new = told.filter(pc.invert(pc.is_in(mine, value_set=flat(self._of_companies.table["key"]))))
        rows = new.select(["company_id", "name", "aliases"]).to_pylist()
        read = {name for row in rows for name in _as_told(row).readings()}
        asked = {key for name in read for keys_of in _NAME_KEYS for key in keys_of(name)}
        if not asked:
            return pa.array([], pa.int64())
        found = self._rows["aliases"].scanned(
            ("company_id", "exact", "words", "core"), lambda names: aliases.of_keys(names, asked)
        )
        return pc.unique(pa.concat_arrays([pa.array([], pa.int64()), *found]))

    def _company_ids(self) -> Any:
        called = self._rows["aliases"].table["company_id"]
        return pc.unique(pa.concat_arrays([flat(self._of_companies.table["id"]), flat(called)]))

    def _at_work(self) -> Any:
        """Everybody who is at the companies looked at."""
        found = [self._rows[name].table for name in ("positions", "shadows")]
        current = [flat(table["profile_id"].filter(pc.is_null(table["ended_on"]))) for table in found]
        return pc.unique(pa.concat_arrays(current))

    def _asked(self, rows: pa.Table, tables: Tables) -> pa.Table:
        """The rows of which it is asked who they are, and some more: of those that share a key with somebody."""
        known = tables | {name: self._rows[name].table for name in ("told", "profiles")}
        same = records.MATCH.empty_table()
        return news.of(rows=rows, same=same, before=known, own=self._of_people.table)

    def _namesakes(self, asked: pa.Table) -> Any:
        """Whoever has a name of somebody asked about, wherever they work."""
        if not asked.num_rows:
            return pa.array([], pa.int64())
        more = self._rows["profiles"].with_texts("full_name", pc.unique(asked["full_name"]))
        every = self._rows["profiles"].table
        is_alike = news.are_called(every["full_name"], asked["full_name"])
        return pc.unique(pa.concat_arrays([flat(more["id"]), flat(every["id"].filter(is_alike))]))

    def _colleagues(self, asked: pa.Table, tables: Tables) -> list[Any]:
        """Whoever is known at their companies, and at those that turned out to be one."""
        survivors = pa.array([survivor for survivor, _ in self._merged.values()], pa.int64())
        near = pa.concat_arrays([flat(asked["company_id"]), survivors])
        found = [tables[name] for name in ("positions", "shadows")]
        return [
            flat(table["profile_id"].filter(pc.is_in(table["company_id"], value_set=near))) for table in found
        ]

    def _look_back(self, ids: Any) -> None:
        """The records that ids which lead to these people stood for."""
        redirects = self._rows["redirects"].table
        led = redirects.filter(
            pc.and_(pc.equal(redirects["kind"], "profile"), pc.is_in(redirects["to_id"], value_set=flat(ids)))
        )
        marks = pa.array([f"id:{number}" for number in led["from_id"].to_pylist()], pa.string())
        self._rows["evidence"].with_texts("key", marks)

    def _with_positions(self, tables: Tables, ids: Any) -> Tables:
        found = dict(tables)
        for name in ("positions", "shadows"):
            more = self._rows[name].with_numbers("profile_id", ids)
            if more.num_rows:
                found[name] = pa.concat_tables([tables[name], more]).combine_chunks()
        return found


def _as_told(row: dict[str, Any]) -> Told:
    said = [text for text in row["aliases"] or () if text]
    return Told(
        number=0, key=row["company_id"], name=row["name"], root=None, known_id=None, facts={}, aliases=said
    )


def _domains(told: pa.Table) -> set[str]:
    """Every root domain that a row may be looked for by."""
    roots = mapped(mapped(told["domain"], domains.host), domains.root_of)
    found = {root for root in roots.to_pylist() if root}
    found |= {
        root for text in told["former_domain"].drop_null().to_pylist() if (root := domains.root_domain(text))
    }
    aliases = (text for texts in told["aliases"].drop_null().to_pylist() for text in texts if text)
    return found | {root for text in aliases if (root := addresses.is_domain(text))}
