"""Paid if and only if added, proved from the rows: contacts beside the ledger's claims (invariant 3, G3)."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from rollcall.contacts.models import Change, Contact
from rollcall.core import ids
from rollcall.credits.models import Acquisition
from rollcall.credits.verify import Check
from rollcall.workspaces.models import Workspace

_BAD_SHOWN = 5


def checks(workspace: Workspace | None) -> list[Check]:
    """What `credits.verify` cannot see by itself: one of its `extra_checks`. None: all workspaces."""
    here = {} if workspace is None else {"workspace": workspace}
    claims, contacts = Acquisition.objects.filter(**here), Contact.objects.filter(**here)
    pair = {name: OuterRef(name) for name in ("workspace_id", "profile_id", "company_id")}
    claim, contact = Acquisition.objects.filter(**pair), Contact.objects.filter(**pair)
    paid_by_its_charge = claim.filter(entry_id=OuterRef("charge_id"))
    added = Change.objects.filter(contact_id=OuterRef("pk"), kind=Change.Kind.ADDED)
    return [
        _check("A1", "Whoever was charged is a contact", claims.filter(~Exists(contact))),
        _check("A2", "Every contact was charged", contacts.filter(~Exists(claim))),
        _check("A3", "Every contact names its charge", contacts.filter(~Exists(paid_by_its_charge))),
        _check("A4", "Every contact's history begins", contacts.filter(~Exists(added))),
    ]


def _check(code: str, title: str, bad: "QuerySet[Any]") -> Check:
    """The first bad rows are named, so that someone can look at them."""
    rows = bad.order_by("workspace_id", "company_id", "profile_id")
    shown = [_name(row) for row in rows.values("workspace_id", "profile_id", "company_id")[:_BAD_SHOWN]]
    return Check(code=code, title=title, ok=not shown, bad=shown)


def _name(row: dict[str, int]) -> str:
    workspace, profile, company = (
        ids.public(prefix, row[f"{noun}_id"])
        for prefix, noun in (("ws", "workspace"), ("pro", "profile"), ("com", "company"))
    )
    return f"{profile} at {company} in {workspace}"
