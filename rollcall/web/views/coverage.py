"""Before paying: how well the people of an estimate are known, and who they are; asked for beside the price (P5)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from rollcall.core import clock, ids
from rollcall.personas import coverage, quotes
from rollcall.personas.coverage import Known, Whom
from rollcall.universe import titles
from rollcall.universe.answers import Counts
from rollcall.web import converters, formats, pages
from rollcall.web.pages import PageRequest

assert converters  # the address below uses its `id`
LINES_MAX = 6


@pages.page("quotes.make")
def shown(request: PageRequest, quote_id: str) -> HttpResponse:
    """The part of the estimate's panel; without script a page of its own."""
    request.nav = "segments"
    quote = quotes.get(workspace=request.workspace, quote_id=ids.parse("quo", quote_id))
    whom = Whom.NEW if quote.credits_max else Whom.MATCHES
    known = coverage.of(quote=quote, whom=whom, now=clock.now())
    template = "persona_search/coverage.html" if request.htmx else "persona_search/coverage_page.html"
    back = pages.url(request, "find", segment_id=ids.public("seg", quote.segment_id))
    return render(request, template, {"quote": quote, "back": back, **context(known)})


def context(known: Known) -> dict[str, Any]:
    """What the template `persona_search/coverage.html` shows."""
    counted, facets = known.coverage, known.facets
    return {
        "known": known,
        "people": counted.people,
        "lines": [
            ("Seen in the last 90 days", counted.seen),
            ("Profile page", counted.with_page),
            ("Email address, not verified", counted.with_email),
            ("Phone number, not verified", counted.with_phone),
        ],
        "lists": [
            (head, _lines(counts, counted.people))
            for head, counts in (
                (
                    "Seniority",
                    [(titles.SENIORITIES.get(name, name), some) for name, some in facets.seniorities],
                ),
                (
                    "Department",
                    [(titles.DEPARTMENTS.get(name, name), some) for name, some in facets.departments],
                ),
                ("Country", [(formats.place(name), some) for name, some in facets.countries]),
                ("Title", [(name[:1].upper() + name[1:], some) for name, some in facets.titles]),
            )
        ],
    }


def _lines(counts: Counts, people: int) -> Counts:
    """The first lines, and all others as one."""
    first = [(name or "Unknown", some) for name, some in counts[:LINES_MAX]]
    others = people - sum(some for _, some in first)
    return [*first, ("Others", others)] if others else first


urls: list[URLPattern] = [path("quotes/<id:quote_id>/coverage", shown, name="quote_coverage")]
