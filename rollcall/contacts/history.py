"""What happened to contacts, newest first: the change feed that refresh writes and people read (F2)."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import QuerySet

from rollcall.contacts import book
from rollcall.contacts.models import Change
from rollcall.core import paging
from rollcall.core.errors import Invalid
from rollcall.workspaces.models import Workspace

NEWS = tuple(kind for kind in Change.Kind.values if kind != Change.Kind.ADDED)


class UnknownChange(Invalid):
    """There is no kind of change called {kind!r}. Choose among: {allowed}."""


def of_contact(
    *, workspace: Workspace, contact_id: int, cursor: str | None = None, limit: int = 50
) -> paging.Page[Change]:
    """What happened to the contact, and to those that were merged into it.

    Raises:
        NoSuchContact: none of this workspace has this id. ForgottenContact
    """
    contact = book.get(workspace=workspace, contact_id=contact_id)
    aliases = list(contact.aliases.values_list("pk", flat=True))
    rows = Change.objects.filter(contact__in=[contact.pk, *aliases]) if aliases else _own(contact.pk)
    return paging.page(rows, order=["-id"], cursor=cursor, limit=limit)


def feed(
    *,
    workspace: Workspace,
    cursor: str | None = None,
    limit: int = 50,
    kinds: Collection[str] | None = None,
) -> paging.Page[Change]:
    """Everything that happened to the workspace's contacts, or only these kinds; each change with its contact."""
    rows = _of_kinds(Change.objects.filter(workspace=workspace), kinds)
    return paging.page(rows.select_related("contact"), order=["-id"], cursor=cursor, limit=limit)


def of_contacts_in(
    *,
    workspace: Workspace,
    contact_ids: "Iterable[int] | QuerySet[Any, Any]",
    cursor: str | None = None,
    limit: int = 50,
    kinds: Collection[str] | None = None,
) -> paging.Page[Change]:
    """The feed of some contacts: their ids, or a query that gives them (a segment's contacts)."""
    rows = Change.objects.filter(workspace=workspace, contact_id__in=contact_ids)
    return paging.page(
        _of_kinds(rows, kinds).select_related("contact"), order=["-id"], cursor=cursor, limit=limit
    )


def _own(contact_id: int) -> "QuerySet[Change]":
    return Change.objects.filter(contact=contact_id)


def _of_kinds(rows: "QuerySet[Change]", kinds: Collection[str] | None) -> "QuerySet[Change]":
    if kinds is None:
        return rows
    for kind in kinds:
        if kind not in Change.Kind.values:
            raise UnknownChange(kind=str(kind)[:40], allowed=", ".join(Change.Kind.values))
    if Change.Kind.ADDED not in kinds:
        # Said so that the index without the many "added" rows can be used.
        rows = rows.exclude(kind=Change.Kind.ADDED)
    return rows.filter(kind__in=list(kinds))
