"""What waits for approval: what it would cost and why it waits; yes or no; and what was decided before (E7)."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from rollcall.core import clock, ids
from rollcall.core.errors import Invalid, RollcallError
from rollcall.personas import approvals
from rollcall.personas.models import Approval
from rollcall.web import converters, formats, listing, pages, shell
from rollcall.web.pages import PageRequest

assert converters  # the addresses below use its `id`
WAITING_SHOWN = 100


class AmountNotANumber(Invalid):
    """“{text}” is no number of credits. Write a whole number."""


@pages.page("runs.see")
def list_(request: PageRequest) -> HttpResponse:
    """Everything that waits, and the decisions made before."""
    request.nav = "approvals"
    available = shell.balance(request, request.workspace).available
    waiting = approvals.list_(
        workspace=request.workspace, state=Approval.State.WAITING, limit=WAITING_SHOWN
    ).items
    page = approvals.list_(workspace=request.workspace, decided=True, cursor=listing.cursor(request))
    context: dict[str, Any] = {
        "title": "Approvals",
        "waiting": [
            {"approval": asked, "terms": terms(asked), "can": min(available, asked.credits)}
            for asked in waiting
        ],
        "rows": page.items,
        "available": available,
        "key": secrets.token_urlsafe(18),
        "may_decide": request.actor.may("approvals.decide"),
    }
    context |= listing.place(request, page, total=None)
    return listing.answer(request, "approvals/list.html", "approvals/rows.html", context)


@pages.page("approvals.decide", methods=("POST",))
def decide(request: PageRequest, approval_id: str) -> HttpResponse:
    """Yes, up to the credits on the button; or no."""
    this: dict[str, Any] = {
        "workspace": request.workspace,
        "approval_id": ids.parse("app", approval_id),
        "actor": request.actor,
        "now": clock.now(),
    }
    back = redirect(pages.url(request, "approvals"))
    try:
        if "decline" in request.POST:
            approvals.decline(**this)
            messages.success(request, "Declined; nothing was spent.")
            return back
        decided = approvals.approve(
            **this, key=f"web:{request.POST.get('key', '')}"[: approvals.KEY_MAX], credits=_amount(request)
        )
    except RollcallError as refused:
        messages.error(request, refused.message)
        return back
    return _started(request, decided)


def terms(approval: Approval) -> list[dict[str, Any]]:
    """The lines of its estimate as a sum; what is nothing is left out."""
    *lines, result = approval.estimate["lines"]
    found = [
        {
            "sign": "" if first else "−",
            "amount": abs(line["amount"]),
            "label": f"{line['label'][:1].lower()}{line['label'][1:]}",
        }
        for first, line in zip([True, *[False] * len(lines)], lines, strict=False)
        if first or line["amount"]
    ]
    return [*found, {"sign": "=", "amount": result["amount"], "label": "new people, 1 credit each"}]


def _started(request: PageRequest, decided: Approval) -> HttpResponse:
    if decided.run is None:
        messages.success(request, "Nobody new is left; nothing was started.")
        return redirect(pages.url(request, "approvals"))
    left_out = decided.estimate.get("left_out", 0)
    if left_out:
        most = formats.count(decided.estimate["most"], "credit")
        messages.success(request, f"Started. It stops at {most}; {left_out:,} more people are new by now.")
    return redirect(pages.url(request, "run", run_id=ids.public("run", decided.run.pk)))


def _amount(request: PageRequest) -> int:
    """What the button said: never more than somebody saw."""
    text = request.POST.get("credits", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise AmountNotANumber(text=text[:40])
    return int(text)


urls: list[URLPattern] = [
    path("approvals", list_, name="approvals"),
    path("approvals/<id:approval_id>", decide, name="approval_decide"),
]
