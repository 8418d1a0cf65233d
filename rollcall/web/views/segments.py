"""Segments: the list, and one segment with its companies, contacts, personas, activity and settings."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.contacts import book
from rollcall.core import clock, ids
from rollcall.core.errors import RollcallError
from rollcall.personas import definitions as personas
from rollcall.personas import runs
from rollcall.segments import activity, definitions, language, membership, placements, register
from rollcall.segments.models import Segment
from rollcall.web import contact_rows, converters, dialogs, formats, listing, pages, wording
from rollcall.web.pages import PageRequest

assert converters  # the addresses below use its `id`
RUNS_LOOKED_AT = 100


@pages.page("segments.see")
def list_(request: PageRequest) -> HttpResponse:
    """All segments of the workspace."""
    request.nav = "segments"
    found = register.list_(workspace=request.workspace)
    context = {"title": "Segments", "segments": found, "may_edit": request.actor.may("segments.edit")}
    return render(request, "segments/list.html", context)


@pages.page("segments.see")
def show(request: PageRequest, segment_id: str) -> HttpResponse:
    """A segment opens at its contacts; a new one, without any, at its companies."""
    segment = find(request, segment_id)
    tab = "segment_contacts" if segment.contact_count else "segment_companies"
    return redirect(pages.url(request, tab, segment_id=segment_id))


@pages.page("segments.see")
def companies(request: PageRequest, segment_id: str) -> HttpResponse:
    """The companies in the segment now, in its order; or those that left."""
    segment = find(request, segment_id)
    left = request.GET.get("view") == "left"
    page = membership.companies(
        workspace=request.workspace,
        segment_id=segment.pk,
        cursor=listing.cursor(request),
        historical=left,
    )
    owned = book.count_at(workspace=request.workspace, company_ids=[stay.company_id for stay in page.items])
    total = None if left else segment.company_count
    context = frame(request, segment, "companies") | listing.place(request, page, total=total)
    context |= {
        "rows": [{"stay": stay, "owned": owned.get(stay.company_id, 0)} for stay in page.items],
        "left": left,
        "order": wording.order(language.parse(segment.definition)),
        "views": [
            listing.Link("In the segment", listing.link(request.GET, view=None), not left),
            listing.Link("Left it", listing.link(request.GET, view="left"), left),
        ],
    }
    return listing.answer(request, "segments/companies.html", "segments/company_rows.html", context)


@pages.page("contacts.see")
def contacts(request: PageRequest, segment_id: str) -> HttpResponse:
    """The contacts in the segment, with filters and three orders."""
    segment = find(request, segment_id)
    asked = contact_rows.wanted(request.GET, request.workspace)
    page = placements.page(
        workspace=request.workspace,
        segment_id=segment.pk,
        sort=asked.sort,
        cursor=listing.cursor(request),
        filters=asked.filters,
        contact_ids_in=asked.contact_ids_in,
    )
    free = {placed.contact.pk for placed in page.items if not placed.was_charged}
    total = contact_rows.total(
        narrows=asked.narrows,
        whole=segment.contact_count,
        count=lambda: placements.count(
            workspace=request.workspace,
            segment_id=segment.pk,
            filters=asked.filters,
            contact_ids_in=asked.contact_ids_in,
        ),
    )
    found = [placed.contact for placed in page.items]
    context = frame(request, segment, "contacts") | listing.place(request, page, total=total)
    context |= contact_rows.menus(request.GET, asked)
    context |= {
        "rows": contact_rows.rows(found, workspace=request.workspace, free=free),
        "asked": asked,
        "whole_text": formats.num(segment.contact_count),
        "bulk_url": pages.url(request, "contacts_bulk"),
        "matching_max": contact_rows.MATCHING_MAX,
    }
    return listing.answer(request, "segments/contacts.html", "contacts/rows.html", context)


@pages.page("personas.see")
def personas_(request: PageRequest, segment_id: str) -> HttpResponse:
    """Which personas were searched here, what that cost, and which were not yet."""
    segment = find(request, segment_id)
    found = runs.list_(workspace=request.workspace, segment_id=segment.pk, limit=RUNS_LOOKED_AT).items
    searched: dict[int, dict[str, Any]] = {}
    for run in found:
        for named in run.quote.inputs["personas"]:
            searched.setdefault(named["id"], {"last": run, "searches": 0})["searches"] += 1
    known = personas.list_(workspace=request.workspace)
    context = frame(request, segment, "personas") | {
        "rows": [
            {
                "persona": persona,
                "summary": wording.persona(personas.of(persona)),
                "used": searched.get(persona.pk),
            }
            for persona in sorted(known, key=lambda persona: persona.pk not in searched)
        ]
    }
    return render(request, "segments/personas.html", context)


@pages.page("segments.see")
def activity_(request: PageRequest, segment_id: str) -> HttpResponse:
    """What happened in the segment, newest first."""
    segment = find(request, segment_id)
    page = activity.page(workspace=request.workspace, segment_id=segment.pk, cursor=listing.cursor(request))
    context = frame(request, segment, "activity") | listing.place(request, page, total=None)
    context["rows"] = [wording.event(event) for event in page.items]
    return listing.answer(request, "segments/activity.html", "segments/activity_rows.html", context)


@pages.page("segments.see")
def settings(request: PageRequest, segment_id: str) -> HttpResponse:
    """How the segment chooses its companies; rename, refresh, delete."""
    segment = find(request, segment_id)
    definition = language.parse(segment.definition)
    names = {other.pk: other.name for other in register.list_(workspace=request.workspace)}
    context = frame(request, segment, "settings")
    context["lines"] = wording.definition(definition, segments=names)
    return render(request, "segments/settings.html", context)


@pages.page("segments.edit", methods=("POST",))
def refresh(request: PageRequest, segment_id: str) -> HttpResponse:
    """Evaluate the definition on the newest data, now."""
    done = membership.refresh(
        workspace=request.workspace,
        segment_id=ids.parse("seg", segment_id),
        actor=request.actor,
        now=clock.now(),
    )
    messages.success(
        request, f"Refreshed: {done.joined} joined, {done.left} left, {done.total} in the segment."
    )
    return redirect(pages.url(request, "segment_companies", segment_id=segment_id))


@pages.page("segments.edit", methods=("GET", "POST"))
def delete(request: PageRequest, segment_id: str) -> HttpResponse:
    """Ask first; then delete. Contacts stay owned."""
    segment = find(request, segment_id)
    problem = ""
    if request.method == "POST":
        try:
            definitions.delete(
                workspace=request.workspace, segment_id=segment.pk, actor=request.actor, now=clock.now()
            )
        except RollcallError as error:
            problem = error.message
        else:
            messages.success(request, f"“{segment.name}” was deleted. Its contacts stay yours.")
            return dialogs.go(request, pages.url(request, "segments"))
    back = pages.url(request, "segment_settings", segment_id=segment_id)
    context = {"title": "Delete segment", "segment": segment, "back": back, "problem": problem}
    context["layout"] = dialogs.layout(request)
    return render(request, "segments/delete.html", context, status=409 if problem else 200)


def find(request: PageRequest, segment_id: str) -> Segment:
    """The segment of an address, for its pages."""
    request.nav = "segments"
    return register.get(workspace=request.workspace, segment_id=ids.parse("seg", segment_id))


def frame(request: PageRequest, segment: Segment, tab: str) -> dict[str, Any]:
    """What every tab of a segment shows."""

    def entry(name: str, text: str, count: int | None = None) -> dict[str, Any]:
        url = pages.url(request, f"segment_{name}", segment_id=public)
        return {"text": text, "url": url, "count": count, "current": name == tab}

    public = ids.public("seg", segment.pk)
    return {
        "title": segment.name,
        "segment": segment,
        "tabs": [
            entry("companies", "Companies", segment.company_count),
            entry("contacts", "Contacts", segment.contact_count),
            entry("personas", "Personas"),
            entry("automations", "Automatic searches"),
            entry("activity", "Activity"),
            entry("settings", "Settings"),
        ],
        "find_url": pages.url(request, "find", segment_id=public),
        "may_edit": request.actor.may("segments.edit"),
        "may_start": request.actor.may("runs.start"),
        "may_export": request.actor.may("contacts.export"),
        "may_suppress": request.actor.may("contacts.suppress"),
        "running": runs.list_(
            workspace=request.workspace, segment_id=segment.pk, active_only=True, limit=3
        ).items,
    }


urls: list[URLPattern] = [
    path("segments", list_, name="segments"),
    path("segments/<id:segment_id>", show, name="segment"),
    path("segments/<id:segment_id>/companies", companies, name="segment_companies"),
    path("segments/<id:segment_id>/contacts", contacts, name="segment_contacts"),
    path("segments/<id:segment_id>/personas", personas_, name="segment_personas"),
    path("segments/<id:segment_id>/activity", activity_, name="segment_activity"),
    path("segments/<id:segment_id>/settings", settings, name="segment_settings"),
    path("segments/<id:segment_id>/refresh", refresh, name="segment_refresh"),
    path("segments/<id:segment_id>/delete", delete, name="segment_delete"),
]
