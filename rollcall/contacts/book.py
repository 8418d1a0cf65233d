"""The contacts a workspace owns: find one, page through all in three orders, count."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db.models import Count, Q, QuerySet

from rollcall.contacts.models import LIVE, Contact
from rollcall.core import ids, paging
from rollcall.core.errors import Invalid, NotFound
from rollcall.universe.folding import fold
from rollcall.workspaces.models import Workspace

Sort = Literal["newest", "name", "-name", "company", "-company"]
ORDERS: dict[str, list[str]] = {
    "newest": ["-id"],
    "name": ["name_key", "id"],
    "-name": ["-name_key", "-id"],
    "company": ["company_key", "id"],
    "-company": ["-company_key", "-id"],
}
_TEXT_MAX = 200


class NoSuchContact(NotFound):
    """There is no contact {id} here. Check the id; objects of other workspaces are not shown."""


class ForgottenContact(NotFound):
    """The contact {id} was erased on request. Only the charge for it is left, without anything about the person."""


class UnknownSort(Invalid):
    """Contacts cannot be sorted by {sort!r}. Choose newest, name, company, -name or -company."""


class BadFilter(Invalid):
    """The text to look for has more than 200 characters, or one that no text may hold. Shorten or correct it."""


@dataclass(frozen=True)
class ContactFilters:
    """Which contacts to show; what is left out (None, empty) sets no condition.

    `seen_before` (see `staleness.fresh_from`) shows stale contacts only, those never seen included.
    """

    text: str = ""
    is_former: bool | None = None
    has_moved: bool | None = None
    seniorities: Collection[str] = ()
    departments: Collection[str] = ()
    countries: Collection[str] = ()
    company_ids: Collection[int] = ()
    run_id: int | None = None
    seen_before: date | None = None

    def condition(self, prefix: str = "") -> Q:
        """The same as a query; with a prefix for rows that point to a contact (`contact__`)."""
        conditions = {
            "is_former": self.is_former,
            "now_company_id__isnull": None if self.has_moved is None else not self.has_moved,
            "seniority__in": list(self.seniorities) or None,
            "department__in": list(self.departments) or None,
            "country__in": list(self.countries) or None,
            "company_id__in": list(self.company_ids) or None,
            "run_id": self.run_id,
        }
        found = Q(**{prefix + name: value for name, value in conditions.items() if value is not None})
        if self.seen_before is not None:
            found &= Q(**{f"{prefix}last_seen_on__lt": self.seen_before}) | Q(
                **{f"{prefix}last_seen_on__isnull": True}
            )
        return found & self._words(prefix)

    def _words(self, prefix: str) -> Q:
        """Each word of the text is somewhere in the name or the company's name."""
        if len(self.text) > _TEXT_MAX or "\0" in self.text:
            raise BadFilter()
        found = Q()
        for word in fold(self.text).split():
            found &= Q(**{f"{prefix}name_key__contains": word}) | Q(
                **{f"{prefix}company_key__contains": word}
            )
        return found


def get(*, workspace: Workspace, contact_id: int) -> Contact:
    """The contact; for one that was merged into another, that other.

    Raises:
        NoSuchContact: none of this workspace has this id. ForgottenContact
    """
    rows = Contact.objects.select_related("charge", "merged_into__charge").filter(workspace=workspace)
    found = rows.filter(pk=contact_id).first()
    if found is None:
        raise NoSuchContact(id=ids.public("con", contact_id))
    found = found.merged_into or found
    if found.erased_at is not None:
        raise ForgottenContact(id=ids.public("con", contact_id))
    return found


def page(
    *,
    workspace: Workspace,
    sort: str = "newest",
    cursor: str | None = None,
    limit: int = 50,
    filters: ContactFilters | None = None,
    contact_ids_in: "QuerySet[Any, Any] | None" = None,
) -> paging.Page[Contact]:
    """
    Args:
        contact_ids_in: a query for contact ids, for conditions that only rooms above know (personas).

    Raises:
        UnknownSort, BadFilter, BadCursor
    """
    if sort not in ORDERS:
        raise UnknownSort(sort=sort[:40])
    rows = _rows(workspace, filters, contact_ids_in)
    return paging.page(rows, order=ORDERS[sort], cursor=cursor, limit=limit)


def count(
    *,
    workspace: Workspace,
    filters: ContactFilters | None = None,
    contact_ids_in: "QuerySet[Any, Any] | None" = None,
) -> int:
    return _rows(workspace, filters, contact_ids_in).count()


def some(*, workspace: Workspace, contact_ids: Collection[int]) -> list[Contact]:
    """Those of these contacts that the workspace owns, oldest first."""
    return list(Contact.objects.filter(LIVE, workspace=workspace, pk__in=list(contact_ids)).order_by("id"))


def at_company(*, workspace: Workspace, company_id: int) -> list[Contact]:
    """All contacts at one company, by name."""
    here = Contact.objects.filter(LIVE, workspace=workspace, company_id=company_id)
    return list(here.order_by("name_key", "id"))


def count_at(*, workspace: Workspace, company_ids: Collection[int]) -> dict[int, int]:
    """How many contacts are owned at each of these companies; those without any are left out."""
    rows = Contact.objects.filter(LIVE, workspace=workspace, company_id__in=list(company_ids))
    return dict(rows.values_list("company_id").annotate(Count("id")).order_by())


def _rows(
    workspace: Workspace, filters: ContactFilters | None, contact_ids_in: "QuerySet[Any, Any] | None"
) -> QuerySet[Contact]:
    rows = Contact.objects.filter(LIVE, workspace=workspace)
    if contact_ids_in is not None:
        rows = rows.filter(pk__in=contact_ids_in)
    return rows if filters is None else rows.filter(filters.condition())
