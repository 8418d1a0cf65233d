"""What every page shows around its content: workspace, navigation, segments, credits."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from rollcall.contacts import book
from rollcall.core import clock, ids
from rollcall.credits import alert_words, alerts
from rollcall.credits.balances import Balance
from rollcall.personas import approvals, outlooks, runs
from rollcall.segments import register
from rollcall.web import forecast_page, formats, pages
from rollcall.workspaces import members
from rollcall.workspaces.models import User, Workspace

SEGMENTS_MAX = 8
COUNTS_SECONDS = 10


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context for the frame of every page, as rollcall/web/README.md lists it.

    Pages outside a workspace (sign-in, the operator, errors) get what is known: the user, and their workspaces.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"shell": {}, "operator_email": settings.OPERATOR_EMAIL}
    workspace, actor = getattr(request, "workspace", None), getattr(request, "actor", None)
    mine = members.workspaces_of(user)
    frame: dict[str, Any] = {
        "user": {"name": user.name, "email": user.email, "theme": user.theme, "role": _role(request, user)},
        "is_operator": user.is_operator,
        "nav": getattr(request, "nav", ""),
        "workspaces": [
            {"name": w.name, "url": pages.url(w, "home"), "current": w == workspace} for w in mine
        ],
        "urls": _urls(workspace, may_edit=actor is not None and actor.may("segments.edit")),
    }
    if workspace is not None:
        frame |= _of_workspace(request, workspace)
        # Those who can put an alert away are shown it on every page; others find it among the alerts.
        if actor is not None and actor.may("alerts.edit"):
            frame["alerts"] = _alerts(workspace)
    return {"shell": frame, "operator_email": settings.OPERATOR_EMAIL}


def balance(request: HttpRequest, workspace: Workspace) -> Balance:
    """The balance, read once for a page and the frame around it."""
    known: Balance | None = getattr(request, "balance", None)
    if known is None:
        known = request.balance = outlooks.balance(workspace=workspace, now=clock.now())  # type: ignore[attr-defined]
    return known


def _role(request: HttpRequest, user: User) -> str:
    actor = getattr(request, "actor", None)
    if actor is not None and actor.role:
        return str(actor.role)
    return "operator" if user.is_operator else ""


def _urls(workspace: Workspace | None, *, may_edit: bool) -> dict[str, str]:
    urls = {
        "account": reverse("account"),
        "sign_out": reverse("account_logout"),
        "operator": reverse("operator"),
    }
    if workspace is not None:
        names = (
            "home",
            "companies",
            "contacts",
            "personas",
            "runs",
            "approvals",
            "segments",
            "settings",
            "help",
            "credits",
            "credits_alerts",
        )
        urls |= {name: pages.url(workspace, name) for name in names}
        # Who may not make segments is not offered a new one.
        urls |= {"new_segment": pages.url(workspace, "segment_new") if may_edit else "", "search": ""}
    return urls


def _of_workspace(request: HttpRequest, workspace: Workspace) -> dict[str, Any]:
    segments = register.list_(workspace=workspace, limit=SEGMENTS_MAX)
    return {
        "workspace": {"name": workspace.name, "initial": workspace.name[:1].upper()},
        "segments": [
            {
                "name": segment.name,
                "url": pages.url(workspace, "segment", segment_id=ids.public("seg", segment.pk)),
                "count": segment.company_count,
                "hue": formats.hue(segment.name),
            }
            for segment in segments
        ],
        "counts": _counts(workspace)
        | {
            "running": runs.count_active(workspace=workspace),
            "waiting": approvals.count_waiting(workspace=workspace),
        },
        "credits": _credits(request, workspace),
    }


def _alerts(workspace: Workspace) -> dict[str, Any]:
    count, newest = alerts.unseen(workspace=workspace)
    if newest is None:
        return {"count": 0}
    rule = newest.rule
    said = alert_words.event(rule.kind, rule.threshold, newest.before, newest.after, newest.detail)
    return {"count": count, "said": said, "event_id": ids.public("ale", newest.pk)}


def _counts(workspace: Workspace) -> dict[str, int]:
    """Counts in the menu may be some seconds old: counting a million contacts for each page would not be worth it."""
    key = f"shell-counts-{workspace.pk}"
    counts: dict[str, int] | None = cache.get(key)
    if counts is None:
        counts = {
            "contacts": book.count(workspace=workspace),
            "companies": register.count_companies(workspace=workspace),
        }
        cache.set(key, counts, COUNTS_SECONDS)
    return counts


def _credits(request: HttpRequest, workspace: Workspace) -> dict[str, Any]:
    read = balance(request, workspace)
    return asdict(read) | {
        "next_expiry_date": timezone.localtime(read.next_expiry_at).date() if read.next_expiry_at else None,
        "runs_out": read.runs_out_on,
        "runs_out_reason": read.runs_out_why,
        "runs_out_note": forecast_page.note(
            outlooks.recent(workspace=workspace, balance=read, now=clock.now())
        ),
        "meter_percent": round(100 * read.total / read.granted, 1) if read.granted else 0,
    }
