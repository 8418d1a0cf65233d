"""Paid if and only if added, proved from the rows: contacts beside the ledger's claims (invariant 3, G3)."""

from typing import Any

from django.db.models import QuerySet

from rollcall.contacts.models import Change, Contact
from rollcall.core import ids
from rollcall.credits.models import Acquisition
from rollcall.credits.verify import Check
from rollcall.workspaces.models import Workspace

_BAD_SHOWN = 5
_PAIR = ("workspace_id", "profile_id", "company_id")


def checks(workspace: Workspace | None) -> list[Check]:
    """What `credits.verify` cannot see by itself: one of its `extra_checks`. None: all workspaces."""
    here = {} if workspace is None else {"workspace": workspace}
    claims, contacts = Acquisition.objects.filter(**here), Contact.objects.filter(**here)
    begun = Change.objects.filter(**here, kind=Change.Kind.ADDED)
    return [
        _check(
            "A1", "Whoever was charged is a contact", claims.values_list(*_PAIR), contacts.values_list(*_PAIR)
        ),
        _check("A2", "Every contact was charged", contacts.values_list(*_PAIR), claims.values_list(*_PAIR)),
        _check(
            "A3",
            "Every contact names its charge",
            contacts.values_list(*_PAIR, "charge_id"),
            claims.values_list(*_PAIR, "entry_id"),
        ),
        _check(
            "A4",
            "Every contact's history begins",
            contacts.values_list(*_PAIR, "id"),
            begun.values_list(*(f"contact__{name}" for name in _PAIR), "contact_id"),
        ),
    ]


def _check(code: str, title: str, all_these: "QuerySet[Any, Any]", are_here: "QuerySet[Any, Any]") -> Check:
    """The first that are missing are named, so that someone can look at them.

    EXCEPT, and no order: with NOT EXISTS and a limit, a server without statistics of a table that has just been
    filled walks a wrong index for each row.
    """
    missing = sorted(all_these.order_by().difference(are_here.order_by())[:_BAD_SHOWN])
    return Check(code=code, title=title, ok=not missing, bad=[_name(row) for row in missing])


def _name(row: tuple[int, ...]) -> str:
    workspace, profile, company = (
        ids.public(prefix, number) for prefix, number in zip(("ws", "pro", "com"), row, strict=False)
    )
    return f"{profile} at {company} in {workspace}"
