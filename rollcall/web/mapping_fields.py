"""Our fields as a mapping form asks for them, and where a value comes from as one row of it says."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from zlib import crc32

from pydantic import ValidationError

from rollcall.universe.sources.files.mapping import Origin

DAYS = ("last_seen", "since", "first_seen", "until")
KEEP = "="
PEOPLE = {
    "full_name": ("Full name", "Or first and last name."),
    "first_name": ("First name", ""),
    "last_name": ("Last name", ""),
    "title": ("Job title", ""),
    "person_id": ("Person id", "What the file calls them, the same next time."),
    "email": ("Email", ""),
    "phone": ("Telephone", "Best with its country, like +49 30 12345678."),
    "profile_url": ("Profile address", "Such as of LinkedIn."),
    "last_seen": ("Observed on", "The day this was known to be so. Else the day of the file."),
    "since": ("In this position since", ""),
    "first_seen": ("At the company since", ""),
    "until": ("Position ended on", "Empty for a current one."),
    "country": ("Country", ""),
    "region": ("Region", ""),
    "city": ("City", ""),
}
COMPANY = {
    "domain": ("Company domain", "Web or email address will do."),
    "name": ("Company name", ""),
    "company_id": ("Company id", "What the file calls it, the same next time."),
    "ticker": ("Ticker", ""),
    "sector": ("Sector", ""),
    "industry": ("Industry", ""),
    "country": ("Country of the company", ""),
    "region": ("Region of the company", ""),
    "city": ("City of the company", ""),
    "employees": ("Employees", "51-200 counts as 51."),
    "founded_year": ("Founded in", ""),
    "aliases": ("Other names and domains", ""),
    "former_domain": ("Former domain", ""),
    "merged_into": ("Taken over by", "The company id of the other one."),
}
FIELDS = {
    **{f"people-{name}": told for name, told in PEOPLE.items()},
    **{f"company-{name}": told for name, told in COMPANY.items()},
}


def key(index: int, column: str) -> str:
    """What a list of columns sends for one: a browser may change the name itself, and the file may have changed."""
    return f"{index}-{crc32(column.encode('utf-8', 'surrogatepass')):x}"


def keys(columns: Iterable[str]) -> dict[str, str]:
    """`{"0-5f1d": "Job", …}`"""
    return {key(index, column): column for index, column in enumerate(columns)}


def read(given: Any) -> Origin | None:
    """An origin as a mapping writes it; None if it is none."""
    try:
        return Origin.model_validate(given)
    except ValidationError:
        return None


def is_plain(name: str, origin: Origin) -> bool:
    """Whether a row of the form can say it: one column (days: and how they are written), or one value."""
    said = set(origin.model_dump(exclude_defaults=True))
    if origin.value is not None:
        return said == {"value"}
    is_day = name.partition("-")[2] in DAYS
    allowed = {"columns", "formats"} if is_day and len(origin.formats) < 2 else {"columns"}
    return said <= allowed and len(origin.columns) == 1


def words(origin: Origin) -> str:
    """What the form shows of an origin that it cannot say itself."""
    if origin.value is not None:
        text = f"always “{origin.value}”"
    else:
        between = " + " if origin.join is not None else ", else "
        text = between.join(origin.columns)
    more = (
        (f"part {origin.part or 0} after cutting at “{origin.split}”", origin.split),
        ("last name first", origin.last_name_first),
        (f"days as {' or '.join(origin.formats)}", origin.formats),
        (f"{origin.case} case", origin.case),
        (f"{len(origin.values)} values with a meaning", origin.values),
    )
    return "; ".join([text, *(said for said, is_so in more if is_so)])[:200]


def initial(rooms: Mapping[str, Any], columns: list[str]) -> dict[str, Any]:
    """What the form starts with, of `{"people": {…}, "company": {…}}`."""
    known = {column: index for index, column in enumerate(columns)}
    start: dict[str, Any] = {}
    complicated: dict[str, Any] = {}
    for name in FIELDS:
        room, _, field = name.partition("-")
        origin = read(rooms.get(room, {}).get(field))
        if origin is None:
            continue
        if not is_plain(name, origin) or (origin.columns and origin.columns[0] not in known):
            complicated[name] = origin.model_dump(mode="json", exclude_defaults=True)
            start[name] = KEEP
        elif origin.value is not None:
            start[f"{name}-value"] = origin.value
        else:
            start[name] = key(known[origin.columns[0]], origin.columns[0])
            start[f"{name}-format"] = "".join(origin.formats)
    return start | {"kept": json.dumps(complicated)}
