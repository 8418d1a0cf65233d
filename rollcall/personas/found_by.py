"""Which personas found which contacts (P2)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet

from rollcall.personas.models import ContactPersona, Persona
from rollcall.workspaces.models import Workspace


def personas(*, workspace: Workspace, contact_ids: Iterable[int]) -> dict[int, list[Persona]]:
    """The personas of each contact, deleted ones too: a contact keeps the name of what found it."""
    rows = ContactPersona.objects.filter(contact__in=list(contact_ids), persona__workspace=workspace)
    found: dict[int, list[Persona]] = {}
    for row in rows.select_related("persona").order_by("contact", "persona"):
        found.setdefault(row.contact_id, []).append(row.persona)
    return found


def contact_ids(*, workspace: Workspace, persona_id: int) -> "QuerySet[Any, Any]":
    """A query for the ids of the contacts that a persona found; none for a persona of another workspace."""
    rows = ContactPersona.objects.filter(persona=persona_id, persona__workspace=workspace)
    return rows.values("contact_id")


def counts(*, workspace: Workspace) -> dict[int, int]:
    """How many contacts each persona of the workspace has found."""
    rows = ContactPersona.objects.filter(persona__workspace=workspace).values("persona_id")
    return {row["persona_id"]: row["found"] for row in rows.annotate(found=Count("id"))}
