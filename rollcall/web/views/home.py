"""Where a visit begins: the first workspace of the person, and its home page."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from rollcall.contacts import history
from rollcall.contacts.models import Change
from rollcall.personas import definitions as personas
from rollcall.personas import runs
from rollcall.universe import titles, versions
from rollcall.web import pages
from rollcall.web.pages import PageRequest
from rollcall.workspaces import members
from rollcall.workspaces.models import User

NEWS_MAX = 8


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """Go to the first workspace; an operator who belongs to none goes to the operator's pages."""
    assert isinstance(request.user, User)
    mine = members.workspaces_of(request.user)
    if mine:
        return redirect(pages.url(mine[0], "home"))
    if request.user.is_operator:
        return redirect("operator")
    return render(request, "home/no_workspace.html", {"title": "No workspace yet"})


@pages.page("segments.see")
def home(request: PageRequest) -> HttpResponse:
    """What is going on: running searches, credits, what changed about people, segments."""
    request.nav = "home"
    workspace = request.workspace
    current = versions.current()
    changes = history.feed(workspace=workspace, kinds=history.NEWS, limit=NEWS_MAX)
    context = {
        "title": "Home",
        "latest": runs.list_(workspace=workspace, limit=5).items,
        "news": [_news(change) for change in changes.items],
        "personas": personas.list_(workspace=workspace),
        "version": versions.get(current) if current else None,
        "may_edit": request.actor.may("segments.edit"),
    }
    return render(request, "home/home.html", context)


def _news(change: Change) -> dict[str, Any]:
    names = [titles.DEPARTMENTS.get(side.get("department") or "") for side in (change.after, change.before)]
    return {"change": change, "department": names[0], "department_before": names[1]}


@pages.page("segments.see")
def help_(request: PageRequest) -> HttpResponse:
    """How credits work, the keys, and whom to ask."""
    request.nav = "help"
    return render(request, "home/help.html", {"title": "Help"})


urls = [path("", home, name="home"), path("help", help_, name="help")]
