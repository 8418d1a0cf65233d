"""The rows of the universe: the columns of each table, in order, and the few rules that belong to a row."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from rollcall.universe import buckets
from rollcall.universe.fields import TEXT_FIELDS

# Raised by one whenever a column is added, renamed or read differently; written into each version's manifest.
SCHEMA_VERSION = 3

COMPANY = pa.schema(
    [
        ("id", pa.int64()),
        ("domain", pa.string()),
        # As it was told, where that is not the root domain: "shop.acme.com".
        ("host", pa.string()),
        ("name", pa.string()),
        ("ticker", pa.string()),
        ("sector", pa.string()),
        ("industry", pa.string()),
        ("country", pa.string()),
        ("region", pa.string()),
        ("city", pa.string()),
        ("employees", pa.int64()),
        ("size_band", pa.string()),
        ("founded_year", pa.int64()),
        ("source", pa.string()),
        ("source_key", pa.string()),
        ("observed_on", pa.date32()),
    ]
)
# Beside each text column a folded twin, so that no engine has to know Unicode to compare.
COMPANY_STORED = pa.schema([*COMPANY, *((f"folded_{name}", pa.string()) for name in TEXT_FIELDS)])

POSITION = pa.schema(
    [
        ("profile_id", pa.int64()),
        ("company_id", pa.int64()),
        ("title", pa.string()),
        ("title_words", pa.string()),
        ("seniority", pa.string()),
        ("department", pa.string()),
        ("country", pa.string()),
        ("region", pa.string()),
        ("city", pa.string()),
        ("started_on", pa.date32()),
        ("ended_on", pa.date32()),
        ("first_seen_on", pa.date32()),
        ("last_seen_on", pa.date32()),
        ("noticed_on", pa.date32()),
        ("source", pa.string()),
        ("source_key", pa.string()),
    ]
)
POSITION_STORED = pa.schema([*POSITION, ("folded_country", pa.string())])

PROFILE = pa.schema(
    [
        ("id", pa.int64()),
        ("full_name", pa.string()),
        ("first_name", pa.string()),
        ("last_name", pa.string()),
        ("source", pa.string()),
        ("source_key", pa.string()),
        ("profile_url", pa.string()),
        ("email", pa.string()),
        # As it is dialled from anywhere; a switchboard's can be that of many.
        ("phone", pa.string()),
        # Every other page and address of the person, spelled as keys: whoever suppresses one of them means the person.
        ("other_names", pa.list_(pa.string())),
    ]
)
KEY = pa.schema([("kind", pa.string()), ("key", pa.string()), ("id", pa.int64())])
# An id that is another one now: `kind` is company or profile, `version` the load that learned of it.
REDIRECT = pa.schema(
    [
        ("kind", pa.string()),
        ("from_id", pa.int64()),
        ("to_id", pa.int64()),
        ("why", pa.string()),
        ("version", pa.int64()),
    ]
)
# The strong keys that each record (`<source>:<person>`) was ever told with; and, as `id:12`, which record was pro_12
# when that id ended.
EVIDENCE = pa.schema([("record", pa.string()), ("key", pa.string())])
# Two records that were found to be the same, or of which it is doubtful.
MATCH = pa.schema(
    [
        ("left", pa.string()),
        ("right", pa.string()),
        ("probability", pa.float64()),
        ("verdict", pa.string()),
        ("by_key", pa.bool_()),
        ("why", pa.string()),
        ("version", pa.int64()),
    ]
)
# What each record says of its person, where several records are one.
TOLD = pa.schema(
    [
        ("record", pa.string()),
        *(
            (name, pa.string())
            for name in ("full_name", "first_name", "last_name", "profile_url", "email", "phone")
        ),
    ]
)
# What each source's record of a company is called, the keys of that name, and why the record is this company.
ALIAS = pa.schema(
    [
        ("company_id", pa.int64()),
        ("source_key", pa.string()),
        *((name, pa.string()) for name in ("name", "what", "exact", "words", "core", "because")),
    ]
)
TABLES = {
    "companies": COMPANY_STORED,
    "positions": POSITION_STORED,
    "profiles": PROFILE,
    "keys": KEY,
    "redirects": REDIRECT,
    # Current positions that another source or record tells as well: `positions` has one for each person and company.
    "shadows": POSITION_STORED,
    "evidence": EVIDENCE,
    "matches": MATCH,
    "told": TOLD,
    "aliases": ALIAS,
}
# Those that engines answer from; every version has them.
ASKED = ("companies", "positions", "profiles", "keys")

# What the search face answers with.
PEOPLE = pa.schema(
    [
        ("company_id", pa.int64()),
        ("profile_id", pa.int64()),
        ("company_rank", pa.int64()),
        ("person_rank", pa.int64()),
        ("persona_mask", pa.int64()),
    ]
)
_ROLE = [(name, pa.string()) for name in ("title", "title_words", "seniority", "department")]
_PLACE = [(name, pa.string()) for name in ("country", "region", "city")]
_DAYS = [(f"{name}_on", pa.date32()) for name in ("started", "ended", "first_seen", "last_seen", "noticed")]
_COMPANY_NAME = [("company_name", pa.string()), ("company_domain", pa.string())]
POSITION_ROW = pa.schema(
    [
        ("profile_id", pa.int64()),
        ("company_id", pa.int64()),
        *((name, pa.string()) for name in ("full_name", "first_name", "last_name", "profile_url")),
        *_ROLE,
        *_PLACE,
        *_DAYS,
        ("source", pa.string()),
        *_COMPANY_NAME,
        ("email", pa.string()),
        ("phone", pa.string()),
        ("other_names", pa.list_(pa.string())),
    ]
)
ELSEWHERE = pa.schema(
    [
        ("profile_id", pa.int64()),
        ("company_id", pa.int64()),
        ("now_company_id", pa.int64()),
        ("now_company_name", pa.string()),
        ("now_company_domain", pa.string()),
        ("now_title", pa.string()),
        ("now_started_on", pa.date32()),
        ("now_first_seen_on", pa.date32()),
    ]
)
ROLE = pa.schema(
    [
        ("profile_id", pa.int64()),
        ("company_id", pa.int64()),
        *_COMPANY_NAME,
        *_ROLE,
        *_PLACE,
        *_DAYS,
        ("source", pa.string()),
    ]
)

_BANDS = ((1_000, "1-1000"), (5_000, "1001-5000"), (10_000, "5001-10000"), (50_000, "10001-50000"),
          (100_000, "50001-100000"))  # fmt: skip


def read(folder: Path, name: str, *, filters: Any = None) -> pa.Table:
    """A table of the version in `folder`; empty if it was written before there was such a table.

    Raises:
        FileNotFoundError: the version is damaged.
    """
    schema = TABLES[name]
    if name not in ASKED and not (folder / f"{name}.parquet").exists():
        return schema.empty_table()
    return buckets.read(folder, name, schema=schema, filters=filters)


def size_band(employees: int | None) -> str | None:
    """`size_band(4775) == "1001-5000"`."""
    if employees is None:
        return None
    return next((label for most, label in _BANDS if employees <= most), "100001+")
