"""Contacts: everybody the workspace owns, one of them whole, suppressing, and files to take away."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.http import url_has_allowed_host_and_scheme

from rollcall.contacts import book, history, suppression
from rollcall.contacts.models import Contact
from rollcall.core import clock, ids
from rollcall.delivery.destinations.csv_file import export
from rollcall.web import contact_page, contact_rows, converters, dialogs, listing, pages
from rollcall.web.pages import PageRequest
from rollcall.workspaces import access

assert converters  # the addresses below use its `id`
REASON_MAX = 300


@pages.page("contacts.see")
def list_(request: PageRequest) -> HttpResponse:
    """Everybody the workspace owns, with filters and orders."""
    request.nav = "contacts"
    asked = contact_rows.wanted(request.GET, request.workspace)
    page = book.page(
        workspace=request.workspace,
        sort=asked.sort,
        cursor=listing.cursor(request),
        filters=asked.filters,
        contact_ids_in=asked.contact_ids_in,
    )
    whole = book.count(workspace=request.workspace)
    total = contact_rows.total(
        narrows=asked.narrows,
        whole=whole,
        count=lambda: book.count(
            workspace=request.workspace, filters=asked.filters, contact_ids_in=asked.contact_ids_in
        ),
    )
    context = {"title": "Contacts"} | listing.place(request, page, total=total)
    context |= contact_rows.menus(request.GET, asked) | {
        "rows": contact_rows.rows(page.items, workspace=request.workspace),
        "asked": asked,
        "whole": whole,
        "may_export": request.actor.may("contacts.export"),
        "may_suppress": request.actor.may("contacts.suppress"),
        "bulk_url": pages.url(request, "contacts_bulk"),
        "matching_max": contact_rows.MATCHING_MAX,
    }
    return listing.answer(request, "contacts/list.html", "contacts/rows.html", context)


@pages.page("contacts.see")
def show(request: PageRequest, contact_id: str) -> HttpResponse:
    """One contact: who, where, since when we know it, what it cost and why, what changed."""
    request.nav = "contacts"
    contact = book.get(workspace=request.workspace, contact_id=ids.parse("con", contact_id))
    if ids.public("con", contact.pk) != contact_id:
        # An alias: its page is that of the contact it was merged into.
        return redirect(pages.url(request, "contact", contact_id=ids.public("con", contact.pk)))
    page = history.of_contact(
        workspace=request.workspace, contact_id=contact.pk, cursor=listing.cursor(request)
    )
    context = contact_page.context(request, contact) | {
        "title": contact.full_name,
        "changes": contact_page.in_order(page.items),
        "may_suppress": request.actor.may("contacts.suppress"),
        "may_edit_titles": request.actor.may("titles.edit"),
        "may_merge": request.actor.may("contacts.merge"),
        "may_forget": request.actor.may("contacts.forget"),
    }
    context |= listing.place(request, page, total=None)
    return render(request, "contacts/show.html", context)


@pages.page("contacts.suppress", methods=("GET", "POST"))
def suppress(request: PageRequest, contact_id: str) -> HttpResponse:
    """Ask why; then never add this person again, anywhere in the workspace."""
    request.nav = "contacts"
    contact = book.get(workspace=request.workspace, contact_id=ids.parse("con", contact_id))
    back = pages.url(request, "contact", contact_id=contact_id)
    reason = request.POST.get("reason", "").strip()
    if request.method == "POST" and len(reason) <= REASON_MAX:
        _suppress(request, contact, reason)
        messages.success(
            request, f"{contact.full_name} is suppressed: never added, charged or exported again."
        )
        return dialogs.go(request, back)
    context = {"title": "Suppress", "contact": contact, "back": back, "reason": reason}
    context |= {"layout": dialogs.layout(request), "too_long": len(reason) > REASON_MAX}
    return render(request, "contacts/suppress.html", context, status=422 if context["too_long"] else 200)


@pages.page("contacts.suppress", methods=("POST",))
def unsuppress(request: PageRequest, contact_id: str) -> HttpResponse:
    """Take the person off the suppression list."""
    contact = book.get(workspace=request.workspace, contact_id=ids.parse("con", contact_id))
    line = suppression.find(workspace=request.workspace, kind="profile", value=str(contact.profile_id))
    if line is not None:
        suppression.remove(
            workspace=request.workspace, suppression_id=line.pk, actor=request.actor, now=clock.now()
        )
        messages.success(request, f"{contact.full_name} is no longer suppressed.")
    return redirect(pages.url(request, "contact", contact_id=contact_id))


@pages.page("contacts.see", methods=("POST",))
def bulk(request: PageRequest) -> HttpResponseBase:
    """What the bar under a grid does with the ticked contacts."""
    chosen = _chosen(request)
    if request.POST.get("action") == "suppress":
        access.require(request.actor, "contacts.suppress")
        for contact in book.some(workspace=request.workspace, contact_ids=chosen):
            _suppress(request, contact, "")
        words = "1 person is" if len(chosen) == 1 else f"{len(chosen)} people are"
        messages.success(request, f"{words} suppressed: never added, charged or exported again.")
        return redirect(_back(request))
    access.require(request.actor, "contacts.export")
    rows = export.chosen_rows(
        workspace=request.workspace, contact_ids=chosen, actor=request.actor, now=clock.now()
    )
    return _file(rows, f"contacts-{request.workspace.slug}.csv")


@pages.page("contacts.export")
def csv(request: PageRequest) -> HttpResponseBase:
    """All contacts as a file."""
    rows = export.rows(workspace=request.workspace, actor=request.actor, now=clock.now())
    return _file(rows, f"contacts-{request.workspace.slug}.csv")


@pages.page("contacts.export")
def segment_csv(request: PageRequest, segment_id: str) -> HttpResponseBase:
    """The contacts of a segment as a file."""
    number = ids.parse("seg", segment_id)
    rows = export.rows(workspace=request.workspace, segment_id=number, actor=request.actor, now=clock.now())
    return _file(rows, f"contacts-{segment_id}.csv")


@pages.page("contacts.export")
def segment_companies_csv(request: PageRequest, segment_id: str) -> HttpResponseBase:
    """The companies of a segment as a file."""
    number = ids.parse("seg", segment_id)
    rows = export.company_rows(
        workspace=request.workspace, segment_id=number, actor=request.actor, now=clock.now()
    )
    return _file(rows, f"companies-{segment_id}.csv")


def _suppress(request: PageRequest, contact: Contact, reason: str) -> None:
    suppression.add(
        workspace=request.workspace,
        kind="profile",
        value=str(contact.profile_id),
        reason=reason,
        actor=request.actor,
        now=clock.now(),
    )


def _chosen(request: PageRequest) -> list[int]:
    """The ticked contacts; or all that match the filters of the page they were ticked on."""
    if request.POST.get("all") != "1":
        return [ids.parse("con", text) for text in request.POST.getlist("id")]
    query = QueryDict(urlsplit(request.POST.get("back", "")[:2000]).query)
    segment = request.POST.get("segment", "")
    return contact_rows.matching(
        workspace=request.workspace,
        asked=contact_rows.wanted(query, request.workspace),
        segment_id=ids.parse("seg", segment) if segment else None,
    )


def _back(request: PageRequest) -> str:
    """The page the form was on; never an address elsewhere."""
    back = request.POST.get("back", "")
    here = pages.url(request, "contacts")
    home = pages.url(request, "home")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith(home)
    return back if safe else here


def _file(rows: Iterator[list[str]], name: str) -> HttpResponseBase:
    answer = StreamingHttpResponse(export.text(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


urls: list[URLPattern] = [
    path("contacts", list_, name="contacts"),
    path("contacts.csv", csv, name="contacts_csv"),
    path("contacts/bulk", bulk, name="contacts_bulk"),
    path("contacts/<id:contact_id>", show, name="contact"),
    path("contacts/<id:contact_id>/suppress", suppress, name="contact_suppress"),
    path("contacts/<id:contact_id>/unsuppress", unsuppress, name="contact_unsuppress"),
    path("segments/<id:segment_id>/contacts.csv", segment_csv, name="segment_contacts_csv"),
    path("segments/<id:segment_id>/companies.csv", segment_companies_csv, name="segment_companies_csv"),
]
