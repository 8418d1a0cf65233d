"""How the public schema of People Data Labs (person, experience, company) becomes our positions and companies."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from rollcall.universe import phones
from rollcall.universe.domains import root_domain
from rollcall.universe.folding import fold
from rollcall.universe.providers.told import RecordRefused, Told

# An entry without an end that is not the main job: still held only if somebody saw it lately.
_LATELY = timedelta(days=180)
_ALIASES_MAX = 50


def key(record: Told) -> str:
    """The id of a person or of a company."""
    return record.needed("id", 100)


def people(record: Told, *, as_of: date) -> Iterator[dict[str, Any]]:
    """The present job, and one ended position for each company that the person has left.

    Raises:
        RecordRefused: nobody, or nowhere.
    """
    person = _person(record)
    now = _present(record, as_of)
    ended = [
        row
        for entry in record.parts("experience")
        if not entry.is_true("is_primary") and (row := _entry(entry, as_of)) is not None
    ]
    rows = _one_each_company(([now] if now else []) + ended)
    if not rows:
        raise RecordRefused(reason="it names no position at a company")
    yield from (person | row for row in rows)


def companies(record: Told, *, as_of: date) -> Iterator[dict[str, Any]]:
    """The company of a company record; or all those that a record of a person names."""
    if _is_person(record):
        yield from _employers(record, as_of)
        return
    found = _company(
        record.text("id", 100), record.text("website"), record.text("display_name") or record.text("name")
    )
    if found is None:
        raise RecordRefused(reason="it has no id, no website and no name")
    place = record.part("location")
    others = [*record.texts("alternative_names"), *record.texts("alternative_domains")]
    yield found | {
        "ticker": record.text("ticker", 20),
        "sector": record.text("gics_sector"),
        "industry": record.text("industry"),
        "country": place.text("country"),
        "region": place.text("region"),
        "city": place.text("locality"),
        "employees": record.number("employee_count", most=10**8),
        "founded_year": record.number("founded", least=1000, most=2200),
        "aliases": others[:_ALIASES_MAX] or None,
        "observed_on": as_of,
    }


def _is_person(record: Told) -> bool:
    # Company records have no field of this name; records of persons always do, if only as null.
    return record.has("full_name") or record.has("experience") or record.has("job_title")


def _person(record: Told) -> dict[str, Any]:
    url = record.text("linkedin_url", 300)
    return {
        "person_id": key(record),
        "full_name": record.needed("full_name", 200),
        "first_name": record.text("first_name", 100),
        "last_name": record.text("last_name", 100),
        "profile_url": f"https://{url.removeprefix('https://').removeprefix('http://')}" if url else None,
        "email": _work_email(record),
        "phone": _mobile_phone(record),
        "country": record.text("location_country", is_masked=True),
        "region": record.text("location_region", is_masked=True),
        "city": record.text("location_locality", is_masked=True),
    }


def _work_email(record: Told) -> str | None:
    """On free plans contact fields are true or false: something is there, and is not shown."""
    found = record.text("work_email", 254, is_masked=True)
    return found.casefold() if found and found.count("@") == 1 else None


def _mobile_phone(record: Told) -> str | None:
    found = record.text("mobile_phone", 60, is_masked=True)
    return phones.number(found, record.text("location_country", is_masked=True)) if found else None


def _present(record: Told, as_of: date) -> dict[str, Any] | None:
    company = _company(
        record.text("job_company_id", 100),
        record.text("job_company_website"),
        record.text("job_company_name"),
    )
    title = record.text("job_title")
    if company is None or title is None:
        return None
    seen = record.day("job_last_verified") or as_of
    return _position(company, title, since=record.day("job_start_date"), seen=seen, until=None, as_of=as_of)


def _entry(entry: Told, as_of: date) -> dict[str, Any] | None:
    """An ended position; or one that was seen lately beside the main job."""
    told = entry.part("company")
    company = _company(told.text("id", 100), told.text("website"), told.text("name"))
    title = entry.part("title").text("name")
    until, seen = entry.day("end_date", is_end=True), entry.day("last_seen")
    if company is None or title is None or (until is None and (seen is None or seen < as_of - _LATELY)):
        return None
    since = entry.day("start_date")
    if since and until and since > until:
        return None
    # "2026" as an end is the last day of a year that is not over.
    until = min(until, as_of) if until else None
    return _position(company, title, since=since, seen=until or seen or as_of, until=until, as_of=as_of)


def _position(
    company: dict[str, Any], title: str, *, since: date | None, seen: date, until: date | None, as_of: date
) -> dict[str, Any]:
    seen = min(seen, as_of)
    since = min(since, seen) if since else None
    return {
        "company_id": company["company_id"],
        "title": title,
        "since": since,
        "first_seen": since,
        "last_seen": seen,
        "until": until,
    }


def _one_each_company(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where somebody had several titles at a company, the present or last one, there since the first of them."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        before = found.setdefault(row["company_id"], row)
        first = min((day for day in (before["first_seen"], row["first_seen"]) if day), default=None)
        newest = max(before, row, key=lambda each: (each["until"] is None, each["last_seen"]))
        found[row["company_id"]] = newest | {"first_seen": first}
    return list(found.values())


def _employers(record: Told, as_of: date) -> Iterator[dict[str, Any]]:
    for entry in record.parts("experience"):
        told = entry.part("company")
        found = _company(told.text("id", 100), told.text("website"), told.text("name"))
        if found:
            place = told.part("location")
            yield found | {
                "ticker": told.text("ticker", 20),
                "industry": told.text("industry"),
                "country": place.text("country"),
                "region": place.text("region"),
                "city": place.text("locality"),
                "founded_year": told.number("founded", least=1000, most=2200),
                "observed_on": as_of,
            }
    found = _company(
        record.text("job_company_id", 100),
        record.text("job_company_website"),
        record.text("job_company_name"),
    )
    if found:
        yield found | {
            "ticker": record.text("job_company_ticker", 20),
            "industry": record.text("job_company_industry"),
            "country": record.text("job_company_location_country"),
            "region": record.text("job_company_location_region"),
            "city": record.text("job_company_location_locality"),
            "employees": record.number("job_company_employee_count", most=10**8),
            "founded_year": record.number("job_company_founded", least=1000, most=2200),
            "observed_on": as_of,
        }


def _company(number: str | None, website: str | None, name: str | None) -> dict[str, Any] | None:
    """By its id, else its domain, else its name; None when there is none of them."""
    domain = root_domain(website) if website else None
    company_id = number or domain or (f"name:{fold(name)}" if name else None)
    return {"company_id": company_id, "domain": domain, "name": name} if company_id else None
