"""All rows together: one for each position, one for each company, and rows that contradict each other."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.columns import conform, first_of_each, with_columns
from rollcall.universe.sources.files import verdicts
from rollcall.universe.sources.files.applying import PREFIX
from rollcall.universe.sources.files.mapping import Mapping
from rollcall.universe.sources.source import COMPANIES, ROSTER


@dataclass(frozen=True)
class Finished:
    """What a load is given, and what became of the rest."""

    roster: pa.Table
    companies: pa.Table
    conflicting: pa.Table
    duplicates: int
    two_domains: int


def finish(rows: pa.Table, *, mapping: Mapping, as_of: date) -> Finished:
    """`rows` in the shape of `applying.STAGED`, in the order of the files."""
    day = pc.coalesce(rows["last_seen"], rows["until"], pa.scalar(as_of, pa.date32()))
    rows = with_columns(rows, day=day)
    is_former = pc.is_valid(rows["until"])
    if mapping.kind == "roster":
        present, conflicting = _one_each(rows.filter(pc.invert(is_former)), mapping)
        former = _spells(rows.filter(is_former))
        people = pa.concat_tables([present, former]) if former.num_rows else present
    else:
        named = rows if mapping.kind == "records" else rows.slice(0, 0)
        people, conflicting = _spells(named), verdicts.table([])
    companies, two_domains = _companies(rows)
    said = people if mapping.kind != "companies" else companies
    return Finished(
        roster=conform(people, ROSTER),
        companies=companies,
        conflicting=conflicting,
        duplicates=rows.num_rows - said.num_rows - conflicting.num_rows,
        two_domains=two_domains,
    )


def _one_each(rows: pa.Table, mapping: Mapping) -> tuple[pa.Table, pa.Table]:
    """Of everybody at a company the row seen last; of two on one day with different titles the first."""
    kept = _newest_of_each(rows, ["company_id", "person_id"])
    if kept.num_rows == rows.num_rows:
        return kept, verdicts.table([])
    winner = pc.index_in(_pair(rows), value_set=_pair(kept))
    same_day = pc.equal(rows["day"], kept["day"].take(winner))
    other = pc.not_equal(rows["title"], kept["title"].take(winner))
    clash = rows.filter(pc.and_(same_day, other))
    title = " / ".join(mapping.people.title.columns) if mapping.people.title else ""
    listed = clash.select(["file", "row", "title"]).to_pylist()
    return kept, verdicts.table(
        [(one["file"], one["row"], "conflicting_rows", title, one["title"][:80], "", "") for one in listed]
    )


def _spells(rows: pa.Table) -> pa.Table:
    """Of identical positions the row seen last."""
    return _newest_of_each(rows, ["company_id", "person_id", "title", "since", "until"])


def _companies(rows: pa.Table) -> tuple[pa.Table, int]:
    """Of each fact the newest that any row tells; how many companies have several domains."""
    told = {name: rows[PREFIX + name] for name in COMPANIES.names if PREFIX + name in rows.column_names}
    names = [name for name, column in told.items() if name != "aliases" and column.null_count < len(column)]
    if "domain" not in names:
        names.append("domain")
    newest = _newest_first(
        rows.select(["company_id", "day", "file", "row", *(PREFIX + name for name in names)])
    )
    domain = f"{PREFIX}domain"
    facts = newest.group_by("company_id", use_threads=False).aggregate(
        [*((PREFIX + name, "first") for name in names), ("day", "max"), (domain, "min"), (domain, "max")]
    )
    several = pc.not_equal(facts[f"{domain}_min"], facts[f"{domain}_max"])
    columns = {name: facts[f"{PREFIX}{name}_first"] for name in names}
    columns |= {"company_id": facts["company_id"], "observed_on": facts["day_max"]}
    columns["aliases"] = _aliases(rows, facts["company_id"])
    return conform(pa.table(columns), COMPANIES), int(pc.sum(several).as_py() or 0)


def _aliases(rows: pa.Table, company_ids: Any) -> Any:
    kind = pa.list_(pa.string())
    column = rows[f"{PREFIX}aliases"].combine_chunks()
    if column.null_count == len(column):
        return pa.nulls(len(company_ids), kind)
    of = rows["company_id"].combine_chunks().take(pc.list_parent_indices(column))
    flat = first_of_each(
        pa.table({"company_id": of, "alias": pc.list_flatten(column)}), ["company_id", "alias"]
    )
    listed = flat.group_by("company_id", use_threads=False).aggregate([("alias", "list")])
    found = listed["alias_list"].combine_chunks()
    return found.take(pc.index_in(company_ids, value_set=listed["company_id"].combine_chunks())).cast(kind)


def _newest_of_each(rows: pa.Table, keys: list[str]) -> pa.Table:
    """Of each distinct `keys` the row seen last, in the order of the files; sorts no more than it must."""
    if first_of_each(rows.select(keys), keys).num_rows == rows.num_rows:
        return rows
    numbered = rows.select([*dict.fromkeys([*keys, "day", "file", "row"])])
    numbered = _newest_first(with_columns(numbered, at=pa.arange(0, rows.num_rows)))
    at = first_of_each(numbered, keys)["at"].combine_chunks()
    return rows.take(at.take(pc.sort_indices(at)))


def _newest_first(rows: pa.Table) -> pa.Table:
    if len(rows["day"].unique()) == 1:
        return rows
    return rows.sort_by([("day", "descending"), ("file", "ascending"), ("row", "ascending")])


def _pair(rows: pa.Table) -> Any:
    # \x1f is in no cell: control characters were taken out.
    return pc.binary_join_element_wise(rows["company_id"], rows["person_id"], "\x1f").combine_chunks()
