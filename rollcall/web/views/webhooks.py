"""Webhooks of a workspace: endpoints, their secret shown once, the log of deliveries, a test event and a replay."""

import json
import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from rollcall.core import clock, http, ids
from rollcall.core.errors import Conflict
from rollcall.notices import endpoints
from rollcall.notices.models import Call
from rollcall.web import converters, form_errors, listing, pages
from rollcall.web.pages import PageRequest
from rollcall.web.views import settings

assert converters  # the addresses below use its `id`
TONES = {"sent": "ok", "waiting": "warn", "failed": "bad"}


class EndpointForm(forms.Form):
    url = forms.CharField(
        label="Address",
        max_length=http.URL_MAX,
        help_text="https://… on the public web. It gets a POST for each alert.",
    )


@pages.page("webhooks.edit", methods=("GET", "POST"))
def list_(request: PageRequest) -> HttpResponse:
    """Endpoints, and making one; its secret is in the answer to that request and never again."""
    form = EndpointForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        made = form_errors.attempt(
            form,
            lambda: endpoints.create(
                workspace=request.workspace, url=form.cleaned_data["url"], **_acting(request)
            ),
        )
        if made is not None:
            secret, form = made[1], EndpointForm()
    context = {
        "endpoints": endpoints.list_(workspace=request.workspace),
        "form": form,
        "secret": secret,
    }
    return settings.answer(request, "webhooks", context, form)


@pages.page("webhooks.edit")
def deliveries(request: PageRequest, endpoint_id: str) -> HttpResponse:
    """What was sent to an endpoint, or waits to be."""
    number = ids.parse("end", endpoint_id)
    endpoint = endpoints.get(workspace=request.workspace, endpoint_id=number)
    page = endpoints.deliveries(
        workspace=request.workspace, endpoint_id=number, cursor=listing.cursor(request)
    )
    context = {"endpoint": endpoint, "rows": [_row(call) for call in page.items]}
    context |= listing.place(request, page, total=None)
    return settings.answer(request, "webhook_deliveries", context, tab="webhooks")


@pages.page("webhooks.edit", methods=("POST",))
def act(request: PageRequest, endpoint_id: str) -> HttpResponse:
    """Send a test event, or end the endpoint."""
    asked = {
        "workspace": request.workspace,
        "endpoint_id": ids.parse("end", endpoint_id),
        **_acting(request),
    }
    if "end" in request.POST:
        endpoints.end(**asked)
        messages.success(request, "The endpoint has ended. It is called no more.")
        return redirect(pages.url(request, "webhooks"))
    endpoints.test(key=str(uuid.uuid4()), **asked)
    messages.success(request, "A test event is on its way. Load the page again to see what became of it.")
    return redirect(pages.url(request, "webhook_deliveries", endpoint_id=endpoint_id))


@pages.page("webhooks.edit", methods=("POST",))
def replay(request: PageRequest, call_id: str) -> HttpResponse:
    """Send a call once more."""
    back = pages.url(request, "webhooks")
    try:
        call = endpoints.replay(
            workspace=request.workspace, call_id=ids.parse("cal", call_id), **_acting(request)
        )
    except Conflict as refused:
        messages.error(request, refused.message)
        return redirect(back)
    messages.success(request, "The call is sent again, with the same id.")
    endpoint_id = ids.public("end", call.endpoint_id)
    return redirect(pages.url(request, "webhook_deliveries", endpoint_id=endpoint_id))


def _row(call: Call) -> dict[str, Any]:
    return {
        "call": call,
        "tone": TONES[call.state],
        "body": json.dumps(call.body, indent=2, ensure_ascii=False),
        "tries": [one | {"at": datetime.fromisoformat(one["at"])} for one in reversed(call.tries)],
    }


def _acting(request: PageRequest) -> dict[str, Any]:
    return {"actor": request.actor, "now": clock.now()}


urls: list[URLPattern] = [
    path("settings/webhooks", list_, name="webhooks"),
    path("settings/webhooks/<id:endpoint_id>", act, name="webhook"),
    path("settings/webhooks/<id:endpoint_id>/deliveries", deliveries, name="webhook_deliveries"),
    path("settings/webhooks/calls/<id:call_id>/replay", replay, name="webhook_replay"),
]
