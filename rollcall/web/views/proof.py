"""The proof of a workspace's ledger, and checkpoints to keep and to check (G3)."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from rollcall.core import clock
from rollcall.core.errors import RollcallError
from rollcall.credits import chain
from rollcall.personas import proof as whole
from rollcall.web import pages
from rollcall.web.pages import PageRequest

CHECKPOINT_BYTES_MAX = 4096


@pages.page("credits.see", methods=("GET", "POST"))
def proof(request: PageRequest) -> HttpResponse:
    """Where the chain stands; with a checkpoint sent, whether it still contains it. The checks come by themselves."""
    request.nav = "credits"
    context: dict[str, Any] = {"title": "Proof", "checked": None, "problem": ""}
    if request.method == "POST":
        try:
            context["checked"] = chain.check(workspace=request.workspace, checkpoint=_given(request))
        except (ValueError, RecursionError):
            context["problem"] = "This file holds no checkpoint. Choose one that was downloaded here."
        except RollcallError as error:
            context["problem"] = error.message
    context["head"] = chain.checkpoint(workspace=request.workspace, now=clock.now())
    return render(request, "credits/proof.html", context, status=400 if context["problem"] else 200)


@pages.page("credits.see")
def checks(request: PageRequest) -> HttpResponse:
    """Every rule, and the first rows that break it: a part of the page, since it may take seconds."""
    request.nav = "credits"
    found = whole.prove(workspace=request.workspace)
    template = "credits/proof_checks.html" if request.htmx else "credits/proof.html"
    head = chain.checkpoint(workspace=request.workspace, now=clock.now())
    return render(request, template, {"title": "Proof", "proof": found, "head": head})


@pages.page("credits.see")
def checkpoint(request: PageRequest) -> HttpResponse:
    """The chain's last link as a file."""
    made = chain.checkpoint(workspace=request.workspace, now=clock.now())
    answer = JsonResponse(made, json_dumps_params={"indent": 2})
    name = f"checkpoint-{request.workspace.slug}-{made['number']}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _given(request: HttpRequest) -> dict[str, Any]:
    """What the file says. It is small, or none."""
    given = request.FILES.get("checkpoint")
    if given is None or given.size is None or given.size > CHECKPOINT_BYTES_MAX:
        raise ValueError
    kept = json.loads(given.read(CHECKPOINT_BYTES_MAX).decode())
    if not isinstance(kept, dict):
        raise ValueError
    return kept


urls: list[URLPattern] = [
    path("credits/proof", proof, name="credits_proof"),
    path("credits/proof/checks", checks, name="credits_proof_checks"),
    path("credits/proof/checkpoint.json", checkpoint, name="credits_checkpoint"),
]
