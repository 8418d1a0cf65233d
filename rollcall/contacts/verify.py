"""Paid if and only if added, proved from the rows: contacts beside the ledger's claims (invariant 3, G3)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from rollcall.contacts.models import Bounce, Change, Contact, Departure, Erasure, Merge
from rollcall.core import ids
from rollcall.credits.models import Acquisition
from rollcall.credits.verify import Check
from rollcall.workspaces.models import Workspace

_BAD_SHOWN = 5
_PAIR = ("workspace_id", "profile_id", "company_id")
_TOLD_ALL = ("added", "merged", "split")


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
        _few("A5", "An alias leads to a contact of its workspace that is none itself", _astray(contacts)),
        _few("A6", "Of whoever was forgotten nothing is left", _left_over(here, contacts)),
        _few("A7", "What gave a credit back names the refund", _strange(here)),
    ]


def _astray(contacts: "QuerySet[Contact]") -> list["QuerySet[Any, Any]"]:
    aliases = contacts.filter(merged_into__isnull=False)
    here = Contact.objects.filter(pk=OuterRef("merged_into"), workspace=OuterRef("workspace"))
    merged = Merge.objects.filter(loser=OuterRef("pk"), split_at__isnull=True)
    strayed = aliases.exclude(Exists(here.filter(merged_into__isnull=True)) & Exists(merged))
    lost = Merge.objects.filter(loser__in=contacts.filter(merged_into__isnull=True), split_at__isnull=True)
    return [strayed.values_list(*_PAIR), lost.values_list(*_of("loser"))]


def _left_over(here: dict[str, Any], contacts: "QuerySet[Contact]") -> list["QuerySet[Any, Any]"]:
    forgotten = contacts.filter(erased_at__isnull=False)
    says_nothing = Q(full_name="", name_key="", profile_url=None, title=None, company_name="", left_on=None)
    changes = Change.objects.filter(contact__in=forgotten).exclude(kind__in=_TOLD_ALL)
    bounces = Bounce.objects.filter(contact__in=forgotten).exclude(label="")
    return [
        forgotten.exclude(says_nothing).values_list(*_PAIR),
        changes.exclude(before={}, after={}).values_list(*_of("contact")),
        bounces.values_list(*_of("contact")),
        forgotten.exclude(Exists(Erasure.objects.filter(**here, contact=OuterRef("pk")))).values_list(*_PAIR),
    ]


def _strange(here: dict[str, Any]) -> list["QuerySet[Any, Any]"]:
    """That a refund is of a person who was charged is the ledger's own rule (L7)."""
    found: list[QuerySet[Any, Any]] = []
    for rows, side in (
        (Bounce.objects.filter(**here), "contact"),
        (Departure.objects.filter(**here), "contact"),
        (Erasure.objects.filter(**here), "contact"),
        (Merge.objects.filter(**here), "winner"),
    ):
        named = rows.filter(entry__isnull=False)
        found.append(
            named.exclude(entry__kind="refund", entry__workspace=F("workspace")).values_list(*_of(side))
        )
        found.append(rows.filter(code="given_back", entry__isnull=True).values_list(*_of(side)))
    return found


def _of(side: str) -> tuple[str, ...]:
    return tuple(f"{side}__{name}" for name in _PAIR)


def _check(code: str, title: str, all_these: "QuerySet[Any, Any]", are_here: "QuerySet[Any, Any]") -> Check:
    """The first that are missing are named, so that someone can look at them.

    EXCEPT, and no order: with NOT EXISTS and a limit, a server without statistics of a table that has just been
    filled walks a wrong index for each row.
    """
    missing = sorted(all_these.order_by().difference(are_here.order_by())[:_BAD_SHOWN])
    return Check(code=code, title=title, ok=not missing, bad=[_name(row) for row in missing])


def _few(code: str, title: str, bad: Iterable["QuerySet[Any, Any]"]) -> Check:
    """Rules about rows of which there are few: each query gives those that break it."""
    found = sorted({tuple(row) for rows in bad for row in rows.order_by()[:_BAD_SHOWN]})[:_BAD_SHOWN]
    return Check(code=code, title=title, ok=not found, bad=[_name(row) for row in found])


def _name(row: tuple[int, ...]) -> str:
    workspace, profile, company = (
        ids.public(prefix, number) for prefix, number in zip(("ws", "pro", "com"), row, strict=False)
    )
    return f"{profile} at {company} in {workspace}"
