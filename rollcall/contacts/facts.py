"""What the universe says about people, as the columns of a contact: cut to size, with keys to sort by."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import models

from rollcall.contacts.models import Contact
from rollcall.universe.folding import fold

# In this order everywhere: the columns that a change can be about, then those that only say when it was seen.
FACTS = (
    "full_name", "first_name", "last_name", "profile_url", "title", "seniority", "department",
    "country", "region", "city", "company_name", "company_domain", "started_on", "left_on",
)  # fmt: skip
OBSERVED = ("last_seen_on", "source")
ELSEWHERE = ("now_company_id", "now_company_name", "now_company_domain", "now_title")
_LENGTHS = {
    field.attname: field.max_length
    for field in Contact._meta.concrete_fields
    if isinstance(field, models.CharField)
}
_UNIVERSE_NAMES = {"left_on": "ended_on"}


def known(people: pa.Table) -> pa.Array:
    """Which rows the version knows anything about: not so for erased people, of whom nothing is left."""
    return pc.and_(pc.is_valid(people["full_name"]), pc.is_valid(people["source"]))


def columns(people: pa.Table) -> dict[str, list[Any]]:
    """FACTS and OBSERVED of `search.position_rows`, a list each; dates as ISO text, as both databases take them."""
    names = pc.coalesce(people["company_name"], people["company_domain"], "")
    people = people.set_column(people.schema.get_field_index("company_name"), "company_name", names)
    return {name: column(people, name) for name in (*FACTS, *OBSERVED)}


def column(people: pa.Table, name: str) -> list[Any]:
    """One column, ready for the database: text no longer than its column, dates as ISO text."""
    values = people[_UNIVERSE_NAMES.get(name, name)]
    if pa.types.is_date(values.type):
        values = values.cast(pa.string())
    elif name in _LENGTHS:
        values = pc.utf8_slice_codeunits(values.cast(pa.string()), 0, _LENGTHS[name])
    found: list[Any] = values.to_pylist()
    return found


def sort_key(text: str) -> str:
    """NFKC and casefold: both databases put these in the same order, that of their code points."""
    return fold(text).strip()[:300]
