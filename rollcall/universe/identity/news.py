"""Which rows of a roster say something new of somebody: a new person, another company, another name.

Only of those it is asked again whether they are somebody who is known. All others were compared when they came.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.ascending import are_among
from rollcall.universe.columns import at, first_of_each, flat, mapped, pair, with_columns
from rollcall.universe.folding import fold
from rollcall.universe.index import hashing
from rollcall.universe.index.layout import Column

_PLAIN = "^[ -~]*$"


def of(*, rows: pa.Table, same: pa.Table, before: dict[str, pa.Table], own: pa.Table) -> pa.Table:
    """All rows of the records that have news, with the `known_id` of each.

    Args:
        rows: of the roster, with `name`, `own_id` and our company_id, once for each record and company.
        same: the matches by key that this roster brings.
        own: the ids by the names of records, before this load.
    """
    known_id = _ids(rows, same, own)
    rows = with_columns(rows, known_id=known_id)
    positions = [before[name].select(["company_id", "profile_id"]) for name in ("positions", "shadows")]
    there = pair(pa.concat_tables(positions))
    here = pair(pa.table({"company_id": rows["company_id"], "profile_id": known_id}))
    elsewhere = pc.invert(pc.is_in(here, value_set=flat(pc.unique(there))))
    renamed = _are_other_names(flat(rows["full_name"]), flat(_former_names(rows, before)))
    is_news = pc.or_(pc.is_null(known_id), pc.or_(elsewhere, renamed))
    return rows.filter(pc.is_in(rows["name"], value_set=flat(pc.unique(rows["name"].filter(is_news)))))


def name_key(text: str) -> str | None:
    """The same for a name in another order."""
    return " ".join(sorted(fold(text).replace(",", " ").split())) or None


def are_called(column: Any, names: Any) -> Any:
    """Whether each of many names is one of a few, in any order of its words."""
    column, few = flat(column), flat(pc.unique(names))
    hashes = np.sort(name_hashes(few))
    maybe = are_among(name_hashes(column), hashes)
    found = pc.is_in(mapped(column.filter(pa.array(maybe)), name_key), value_set=mapped(few, name_key))
    maybe[maybe] = np.asarray(found)
    return pa.array(maybe)


def name_hashes(names: Any) -> Column:
    """Of each name a number that is the same where `name_key` is, without reading plain names one by one."""
    if not len(names):
        return np.empty(0, np.uint64)
    texts = pc.fill_null(names, "")
    plain = pc.match_substring_regex(texts, _PLAIN)
    keys = pc.replace_substring(pc.ascii_lower(texts), ",", " ")
    if not pc.all(plain).as_py():
        others = texts.filter(pc.invert(plain))
        told = pa.array([name_key(text) or "" for text in others.to_pylist()], texts.type)
        keys = pc.replace_with_mask(keys, pc.invert(plain), told)
    words = pc.ascii_split_whitespace(pc.ascii_trim_whitespace(keys))
    offsets = words.offsets.to_numpy()
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(hashing.texts(words.values), dtype=np.uint64)])
    return hashing.mixed(total[offsets[1:]] - total[offsets[:-1]])


def _ids(rows: pa.Table, same: pa.Table, own: pa.Table) -> Any:
    """The id that each record has, or that of a record with which it shares a key."""
    if not same.num_rows:
        return flat(rows["own_id"])
    sides = [
        pa.table({"name": flat(same[one]), "id": at(own["id"], same[other], own["key"])})
        for one, other in (("left", "right"), ("right", "left"))
    ]
    partners = pa.concat_tables(sides)
    partners = partners.filter(pc.is_valid(partners["id"])).sort_by(
        [("name", "ascending"), ("id", "ascending")]
    )
    partners = first_of_each(partners, ["name"])
    return flat(pc.coalesce(rows["own_id"], at(partners["id"], rows["name"], partners["name"])))


def _former_names(rows: pa.Table, before: dict[str, pa.Table]) -> Any:
    """What the record called the person before; if it is new, what the person is called whose key it has."""
    told, profiles = before["told"], before["profiles"]
    own_word = at(told["full_name"], rows["name"], told["record"])
    return pc.coalesce(own_word, at(profiles["full_name"], rows["known_id"], profiles["id"]))


def _are_other_names(one: Any, other: Any) -> Any:
    """Row by row; where one of both is not told they are the same. Most are written alike, and need not be read."""
    differs = pc.fill_null(pc.not_equal(one, other), False)
    keys = [mapped(column.filter(differs), name_key) for column in (one, other)]
    return pc.replace_with_mask(differs, differs, pc.fill_null(pc.not_equal(*keys), False))
