"""Records of forgotten people that give no more than a name: at the company where they were, it is theirs.

A namesake who comes there later with a page or an address of their own is let in, and so is whoever was known already.
"""

from collections.abc import Callable, Iterable

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import records, versions
from rollcall.universe.columns import flat
from rollcall.universe.identity import following
from rollcall.universe.identity.people import names

_NAMES = ("full_name", "first_name", "last_name")


def keys_of(*, profile_ids: list[int], record_names: list[str]) -> list[str]:
    """What is kept, hashed, of these ids of one person: each name with each company, and each company alone."""
    number = versions.current()
    if number is None:
        return []
    folder = versions.path(number)
    of_profile, of_person = [("profile_id", "in", profile_ids)], [("id", "in", profile_ids)]
    said = records.read(folder, "profiles", filters=of_person).select(_NAMES).to_pylist()
    if record_names:
        wanted = [("record", "in", record_names)]
        said += records.read(folder, "told", filters=wanted).select(_NAMES).to_pylist()
    called = {_words(row[one] for one in _NAMES) for row in said} - {None}
    companies = {
        company
        for name in ("positions", "shadows")
        for company in records.read(folder, name, filters=of_profile)["company_id"].to_pylist()
    }
    found = {_key("", company) for company in companies}
    return sorted(found | {_key(name, company) for name in called if name for company in companies})


def rows(*, roster: pa.Table, is_listed: Callable[[str], bool]) -> pa.Array:
    """Which rows (with our company_id) are of somebody forgotten by their name; `is_listed` asks for a key."""
    leads = following.redirects()
    there = pc.unique(flat(roster["company_id"])).to_pylist()
    places = {
        living: [company for company in leads.family("company", living) if is_listed(_key("", company))]
        for living in there
    }
    marked = pa.array([living for living, found in places.items() if found], pa.int64())
    at = pc.is_in(roster["company_id"], value_set=marked)
    asked = roster.filter(at).select([*_NAMES, "company_id"]).to_pylist()
    hit = [
        (called := _words(row[one] for one in _NAMES)) is not None
        and any(is_listed(_key(called, company)) for company in places[row["company_id"]])
        for row in asked
    ]
    numbers = pc.indices_nonzero(at).filter(pa.array(hit, pa.bool_()))
    return pc.is_in(pa.array(range(roster.num_rows), pa.uint64()), value_set=numbers)


def _words(parts: Iterable[str | None]) -> str | None:
    """All words of a name in one order; None of somebody called by a single word."""
    words = names.read(*(part or "" for part in parts)).words
    return " ".join(words) if len(words) > 1 else None


def _key(name: str, company: int) -> str:
    # No source is called so.
    return f"rollcall:{name}@com_{company}"
