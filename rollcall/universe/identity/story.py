"""Why records are one person: which they are, what made them one, which ids they had before. For whoever asks."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import erasure, records, versions
from rollcall.universe.identity import following
from rollcall.universe.identity.joining import SAME
from rollcall.universe.models import IdentityQuestion


@dataclass(frozen=True)
class Told:
    """One record: whose, what it calls the person, the names it gives and the positions it tells."""

    record: str
    source: str
    full_name: str
    profile_url: str | None = None
    email: str | None = None
    positions: list[str] = field(default_factory=list)
    last_seen_on: date | None = None


@dataclass(frozen=True)
class Story:
    """One person. `reasons` are sentences; `former` the ids that lead here, `parts` those that were split off."""

    profile_id: int
    records: list[Told] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    former: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)


def of_person(*, profile_id: int, version: int | None = None) -> Story:
    """What the version in use (or another) knows; of an id that ended, of the one it leads to."""
    number = versions.current() if version is None else version
    if number is None or profile_id in erasure.blocked_profiles():
        return Story(profile_id)
    leads = following.redirects(number)
    living = leads.of("profile", profile_id)
    keys = records.read(
        versions.path(number), "keys", filters=[("kind", "=", "profile"), ("id", "=", living)]
    )
    names = sorted(str(name) for name in keys["key"].to_pylist())
    return Story(
        profile_id=living,
        records=of_records(names=names, version=number),
        reasons=_reasons(names, number) if len(names) > 1 else [],
        former=leads.before.get("profile", {}).get(living, []),
        parts=leads.parts.get(living, []),
    )


def of_records(*, names: list[str], version: int) -> list[Told]:
    """What each of these records tells, in their order; of one that is not known, only its name."""
    folder = versions.path(version)
    ids = _ids(names, version)
    numbers = sorted({number for number in ids.values() if number is not None})
    told = {
        row["record"]: row for row in records.read(folder, "told", filters=[("record", "in", names)]).to_pylist()
    } if names else {}  # fmt: skip
    profiles = _by(_rows_of(version, "profiles", "id", numbers), "id")
    spells = [
        row for table in ("positions", "shadows") for row in _rows_of(version, table, "profile_id", numbers)
    ]
    companies = _by(_rows_of(version, "companies", "id", sorted({row["company_id"] for row in spells})), "id")
    found = []
    for name in names:
        source = name.partition(":")[0]
        facts = told.get(name) or profiles.get(ids.get(name)) or {}
        mine = [row for row in spells if f"{row['source']}:{row['source_key']}" == name]
        mine.sort(key=lambda row: (row["ended_on"] is not None, row["started_on"]), reverse=False)
        found.append(
            Told(
                record=name,
                source=source,
                full_name=facts.get("full_name") or "",
                profile_url=facts.get("profile_url"),
                email=facts.get("email"),
                positions=[_position(row, companies) for row in mine],
                last_seen_on=max((row["last_seen_on"] for row in mine if row["last_seen_on"]), default=None),
            )
        )
    return found


def _rows_of(version: int, name: str, column: str, values: list[int]) -> list[dict[str, Any]]:
    if not values:
        return []
    found: list[dict[str, Any]] = records.read(
        versions.path(version), name, filters=[(column, "in", values)]
    ).to_pylist()
    return found


def _ids(names: list[str], version: int) -> dict[str, int | None]:
    if not names:
        return {}
    filters = [("kind", "=", "profile"), ("key", "in", names)]
    found = records.read(versions.path(version), "keys", filters=filters)
    return dict(zip(found["key"].to_pylist(), found["id"].to_pylist(), strict=True))


def _reasons(names: list[str], version: int) -> list[str]:
    """Why these are one, the surest first; and what an operator said of any two of them."""
    wanted = pa.array(names, pa.string())
    found = records.read(versions.path(version), "matches", filters=[("left", "in", names)])
    found = found.filter(
        pc.and_(pc.equal(found["verdict"], SAME), pc.is_in(found["right"], value_set=wanted))
    )
    rows = sorted(
        found.to_pylist(), key=lambda row: (not row["by_key"], -row["probability"], row["left"], row["right"])
    )
    said = [
        f"{row.decided_by} said that {row.left} and {row.right} are the same: {row.why}"
        for row in IdentityQuestion.objects.filter(state=SAME, left__in=names, right__in=names)
    ]
    return said + [f"{row['left']} and {row['right']}: {row['why']}" for row in rows]


def _position(row: dict[str, Any], companies: dict[Any, dict[str, Any]]) -> str:
    company = companies.get(row["company_id"], {}).get("name") or "a company"
    until = f", until {row['ended_on'].isoformat()}" if row["ended_on"] else ""
    return f"{row['title'] or 'No title'} at {company}{until}"


def _by(rows: list[dict[str, Any]], name: str) -> dict[Any, dict[str, Any]]:
    return {row[name]: row for row in rows}
