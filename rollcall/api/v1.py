"""Version 1 of the API: its nouns, its document, and one way out for every error."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI

from rollcall.api import (
    alerts,
    analyses,
    approvals,
    automations,
    bodies,
    bounces,
    budgets,
    companies,
    contacts,
    credits,
    document,
    findings,
    forecasts,
    packages,
    personas,
    problems,
    proof,
    quotes,
    receipts,
    refund_policies,
    runs,
    segment_contents,
    segments,
    statements,
    suppressions,
    titles,
    universe,
    webhooks,
    workspace,
)  # fmt: skip

NOUNS = (
    workspace, credits, statements, proof, budgets, packages, universe, companies, segments, segment_contents,
    personas, quotes, runs, receipts, bounces, contacts, findings, suppressions, titles, alerts, webhooks, automations,
    approvals, forecasts, analyses, refund_policies,
)  # fmt: skip


class RollcallAPI(NinjaAPI):
    """A NinjaAPI whose document is complete and whose views never leave an error to somebody else."""

    def get_openapi_schema(self, **options: Any) -> Any:
        return document.complete(super().get_openapi_schema(**options))

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        patterns = super()._get_urls()
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = guarded(pattern.callback)
        return patterns


def guarded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view, with wrong methods and unknown addresses told as problems, and the rate told in every answer."""

    @functools.wraps(view, assigned=())
    def answering(request: HttpRequest, **values: Any) -> HttpResponseBase:
        try:
            response = view(request, **values)
        except Http404:
            response = not_found(request)
        if isinstance(response, HttpResponseNotAllowed):
            response = _wrong_method(request, response["Allow"])
        for name, value in _rate_headers(request).items():
            response[name] = value
        return response

    answering.csrf_exempt = True  # type: ignore[attr-defined]  # keys are sent on purpose, never by a browser itself
    return answering


def not_found(request: HttpRequest, **_: Any) -> HttpResponse:
    """For every address under /api that is none of ours."""
    return problems.answer(problems.RouteNotFound(path=request.path[:300]), path=request.path)


not_found.csrf_exempt = True  # type: ignore[attr-defined]  # an unknown address answers 404 to every method


def _wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    verbs = ", ".join(sorted(verb.strip() for verb in allowed.split(",")))
    error = problems.MethodNotAllowed(method=(request.method or "")[:20], allowed=verbs)
    return problems.answer(error, path=request.path)


def _rate_headers(request: HttpRequest) -> dict[str, str]:
    taken = getattr(request, "rate", None)
    return taken.headers if taken is not None else {}


api = RollcallAPI(
    title="Rollcall",
    version="1",
    description=document.DESCRIPTION,
    docs_url=None,
    urls_namespace="api-v1",
    parser=bodies.StrictParser(),
)
problems.install(api)
for noun in NOUNS:
    api.add_router("", noun.noun)
