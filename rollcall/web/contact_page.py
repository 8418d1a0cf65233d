"""What the page of one contact says beside the row itself: charge, roles, fields with source and age, changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rollcall.contacts import findings, rereading, staleness, suppression
from rollcall.contacts.models import Change, Contact
from rollcall.core.errors import NotFound
from rollcall.credits import explanations, ledger, refunds
from rollcall.credits.models import Entry, Grant
from rollcall.personas import found_by, runs
from rollcall.personas.models import Run
from rollcall.segments import placements
from rollcall.universe import search, titles, versions
from rollcall.web import contact_rows, formats, title_page
from rollcall.web.pages import PageRequest
from rollcall.workspaces.models import Workspace

_FIELDS = (
    ("full_name", "Name"), ("title", "Title"), ("seniority", "Seniority"), ("department", "Department"),
    ("company_name", "Company"), ("company_domain", "Domain"), ("city", "City"), ("region", "Region"),
    ("country", "Country"), ("started_on", "In role since"), ("left_on", "Left after"), ("profile_url", "Profile"),
)  # fmt: skip


@dataclass(frozen=True)
class Charge:
    """What this contact cost, when, by which search; a grant only if one alone paid the batch."""

    entry: Entry
    who: str
    run: Run | None
    grant: Grant | None


@dataclass(frozen=True)
class Told:
    """A change in words, with when it was true and when we learned it."""

    icon: str
    tone: str
    title: str
    before: str
    happened_on: date | None
    only_after: bool  # someone left at some time after the last day seen: the day itself nobody knows
    learned_at: datetime
    source: str


def context(request: PageRequest, contact: Contact) -> dict[str, Any]:
    """For the template."""
    workspace, version = request.workspace, versions.current()
    reading = title_page.reading(workspace, contact.title) if contact.title else None
    roles = search.role_history(version=version, profile_id=contact.profile_id).to_pylist() if version else []
    as_of = versions.get(version).as_of if version else None
    blocked = suppression.blocked_contacts(workspace=workspace, contacts=[contact])
    line = suppression.find(workspace=workspace, kind="profile", value=str(contact.profile_id))
    return {
        "contact": contact,
        "charge": _charge(request, contact),
        "roles": [role | {"here": role["company_id"] == contact.company_id} for role in roles],
        "fields": _fields(contact, reading),
        "reading": reading,
        "refund": _refund(contact, workspace),
        "findings": findings.of_contact(workspace=workspace, contact=contact),
        "segments": placements.of_contact(workspace=workspace, contact_id=contact.pk),
        "personas": found_by.personas(workspace=workspace, contact_ids=[contact.pk]).get(contact.pk, []),
        "is_stale": contact_rows.is_stale(contact, as_of),
        "stale_days": staleness.OBJECTIVE_DAYS,
        "is_suppressed": contact.pk in blocked,
        "suppressed_here": line,
        "terms": versions.get(version).manifest.get("terms", {}).get(contact.source) if version else None,
    }


def in_order(changes: Sequence[Change]) -> list[Told]:
    """Newest truth first: by the day something came true, not by the day we heard of it."""
    ordered = sorted(
        changes,
        key=lambda change: (change.happened_on or change.learned_at.date(), change.pk),
        reverse=True,
    )
    return [_told(change) for change in ordered]


def _charge(request: PageRequest, contact: Contact) -> Charge | None:
    entry = contact.charge
    if entry is None:
        return None
    run = None
    if contact.run_id is not None:
        try:
            run = runs.get(workspace=request.workspace, run_id=contact.run_id)
        except NotFound:
            run = None
    split = ledger.grant_split(entry=entry)
    grant = split[0][0] if len(split) == 1 else None
    return Charge(entry=entry, who=explanations.who(entry), run=run, grant=grant)


def _refund(contact: Contact, workspace: Workspace) -> Entry | None:
    """What gave the credit of this contact back, if anything did."""
    pair = (contact.profile_id, contact.company_id)
    claim = refunds.of_pairs(workspace=workspace, pairs=[pair]).get(pair)
    return claim.refund_entry if claim else None


def _fields(contact: Contact, reading: title_page.Shown | None) -> list[dict[str, Any]]:
    """Every known field; all come from one record, so they share its source and age."""
    override = reading.override if reading else None
    shown = []
    for name, label in _FIELDS:
        value = getattr(contact, name)
        if value is None or value == "":
            continue
        if name == "seniority":
            value = titles.SENIORITIES.get(value, value)
        elif name == "department":
            value = titles.DEPARTMENTS.get(value, value)
        elif isinstance(value, date):
            value = formats.day(value)
        source = contact.source
        if name in ("seniority", "department"):
            source = rereading.SOURCE if override and getattr(override, name) else "from the title"
        shown.append({"label": label, "value": value, "source": source})
    return shown


def _told(change: Change) -> Told:
    icon, tone, title, before = _words(change)
    return Told(
        icon=icon,
        tone=tone,
        title=title,
        before=before,
        happened_on=change.happened_on,
        only_after=change.kind == Change.Kind.LEFT,
        learned_at=change.learned_at,
        source=change.source,
    )


def _words(change: Change) -> tuple[str, str, str, str]:
    """(icon, tone, what is so now, what was so before)."""
    old, new = change.before, change.after
    if change.kind == "added":
        return "plus", "ok", "Added to your workspace", ""
    if change.kind == "merged":
        other = new.get("into") or new.get("from")
        words = f"Merged into {other}" if new.get("into") else f"{other} is the same person here"
        return "merge", "ok", words, ""
    if change.kind == "split":
        return "undo-2", "", f"Two contacts again: {new.get('into') or new.get('from')} is somebody else", ""
    if change.kind == "promoted":
        return "trending-up", "ok", f"Promoted to {new.get('title')}", _was(old.get("title"))
    if change.kind == "title_changed":
        return "briefcase", "", f"New title: {new.get('title')}", _was(old.get("title"))
    if change.kind == "department_changed":
        names = titles.DEPARTMENTS
        was = names.get(str(old.get("department")), "unknown")
        return "building-2", "", f"Department: {names.get(str(new.get('department')), 'unknown')}", _was(was)
    if change.source == rereading.SOURCE:
        return "pencil", "", f"Title read as {_read_as(new)}", _was(_read_as(old))
    if change.kind == "left":
        return "user-minus", "warn", "Left the company", ""
    if change.kind == "moved":
        role = f", {new['now_title']}" if new.get("now_title") else ""
        return "arrow-up-right", "warn", f"Moved to {new.get('now_company_name')}{role}", ""
    if change.kind == "returned":
        role = f" as {new['title']}" if new.get("title") else ""
        return "undo-2", "ok", f"Returned{role}", ""
    parts = ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in new.items() if value)
    was = ", ".join(str(value) for value in old.values() if value)
    return "pencil", "", f"Record corrected: {parts or 'a field was emptied'}", _was(was)


def _read_as(halves: Mapping[str, Any]) -> str:
    """`{"seniority": "vp"}` is "Vice president"."""
    known = {"seniority": titles.SENIORITIES, "department": titles.DEPARTMENTS}
    return ", ".join(known[name].get(str(halves[name]), "unknown") for name in known if name in halves)


def _was(value: Any) -> str:
    return f"was {value}" if value else ""
