"""Dialogs: the same form over the page (htmx) or as a page of its own (without script)."""

from django.http import HttpResponse
from django.shortcuts import redirect

from rollcall.web.pages import PageRequest


def layout(request: PageRequest) -> str:
    """What the template of a dialog extends."""
    return "components/dialog.html" if request.htmx else "components/dialog_page.html"


def go(request: PageRequest, url: str) -> HttpResponse:
    """To another page, also from inside a dialog."""
    if not request.htmx:
        return redirect(url)
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = url
    return answer
