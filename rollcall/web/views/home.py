"""Where a visit begins: the first workspace of the person, and its home page."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from rollcall.contacts import history
from rollcall.core import clock
from rollcall.credits import balances
from rollcall.personas import definitions as personas
from rollcall.personas import runs
from rollcall.segments import register
from rollcall.universe import versions
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
    context = {
        "title": "Home",
        "running": runs.list_(workspace=workspace, active_only=True, limit=5).items,
        "latest": runs.list_(workspace=workspace, limit=5).items,
        "news": history.feed(workspace=workspace, kinds=history.NEWS, limit=NEWS_MAX).items,
        "segments": register.list_(workspace=workspace)[:NEWS_MAX],
        "personas": personas.list_(workspace=workspace),
        "balance": balances.read(workspace=workspace, now=clock.now()),
        "version": versions.get(current) if current else None,
        "may_edit": request.actor.may("segments.edit"),
    }
    return render(request, "home/home.html", context)


@pages.page("segments.see")
def help_(request: PageRequest) -> HttpResponse:
    """How credits work, the keys, and whom to ask."""
    request.nav = "help"
    return render(request, "home/help.html", {"title": "Help", "operator_email": settings.OPERATOR_EMAIL})


urls = [path("", home, name="home"), path("help", help_, name="help")]
