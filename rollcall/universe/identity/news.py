"""Which rows of a roster say something new of somebody: a new person, another company, another name.

Only of those it is asked again whether they are somebody who is known. All others were compared when they came.
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.columns import at, first_of_each, flat, mapped, pair, with_columns
from rollcall.universe.folding import fold


def of(*, rows: pa.Table, same: pa.Table, before: dict[str, pa.Table], own: pa.Table) -> pa.Table:
    """All rows of the records that have news, with the `known_id` of each.

    Args:
        rows: of the roster, with `name` and our company_id, once for each record and company.
        same: the matches by key that this roster brings.
        own: the ids by the names of records, before this load.
    """
    known_id = _ids(rows["name"], same, own)
    rows = with_columns(rows, known_id=known_id)
    positions = [before[name].select(["company_id", "profile_id"]) for name in ("positions", "shadows")]
    there = pair(pa.concat_tables(positions))
    here = pair(pa.table({"company_id": rows["company_id"], "profile_id": known_id}))
    elsewhere = pc.invert(pc.is_in(here, value_set=flat(pc.unique(there))))
    called = _name_keys(rows["full_name"])
    renamed = pc.fill_null(pc.not_equal(called, _former_names(rows, before)), False)
    is_news = pc.or_(pc.is_null(known_id), pc.or_(elsewhere, renamed))
    return rows.filter(pc.is_in(rows["name"], value_set=flat(pc.unique(rows["name"].filter(is_news)))))


def name_key(text: str) -> str | None:
    """The same for a name in another order."""
    return " ".join(sorted(fold(text).replace(",", " ").split())) or None


def _ids(names: Any, same: pa.Table, own: pa.Table) -> Any:
    """The id that each record has, or that of a record with which it shares a key."""
    sides = [
        pa.table({"name": flat(same[one]), "id": at(own["id"], same[other], own["key"])})
        for one, other in (("left", "right"), ("right", "left"))
    ]
    partners = pa.concat_tables(sides)
    partners = partners.filter(pc.is_valid(partners["id"])).sort_by(
        [("name", "ascending"), ("id", "ascending")]
    )
    partners = first_of_each(partners, ["name"])
    return flat(pc.coalesce(at(own["id"], names, own["key"]), at(partners["id"], names, partners["name"])))


def _former_names(rows: pa.Table, before: dict[str, pa.Table]) -> Any:
    """What the record called the person before; if it is new, what the person is called whose key it has."""
    told, profiles = before["told"], before["profiles"]
    own_word = at(told["full_name"], rows["name"], told["record"])
    return _name_keys(pc.coalesce(own_word, at(profiles["full_name"], rows["known_id"], profiles["id"])))


def _name_keys(column: Any) -> Any:
    return mapped(column, name_key)
