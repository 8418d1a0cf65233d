"""Turning expected errors into pages and notices that say what happened and what to do."""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollcall.core import errors
from rollcall.core.errors import RollcallError

STATUS: dict[type[RollcallError], int] = {
    errors.Invalid: 422,
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.Conflict: 409,
    errors.NotEnough: 402,
    errors.TryLater: 503,
}
TITLES = {
    402: "Not enough credits",
    403: "Not allowed",
    404: "Not here",
    405: "Not like this",
    409: "Something changed meanwhile",
    422: "That did not work",
    503: "Busy just now",
}


class ErrorPages:
    """Expected errors of pages become a page, or a toast when htmx asked; the API has its own problem documents.

    An unexpected error is left alone: Django logs it and answers with templates/500.html.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if answer.status_code == 405 and not answer.content and not _is_api(request):
            return _wrong_method(request, answer["Allow"])
        return answer

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, RollcallError) or _is_api(request):
            return None
        return _answer(request, error.message, status_of(error))


def status_of(error: RollcallError) -> int:
    """The HTTP status of an expected error, by its kind."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _wrong_method(request: HttpRequest, allowed: str) -> HttpResponse:
    """Django's answer to a wrong method is an empty page."""
    message = "This address does something else. Go back, and use the button or the link on the page."
    answer = _answer(request, message, 405)
    answer["Allow"] = allowed
    return answer


def _answer(request: HttpRequest, message: str, status: int) -> HttpResponse:
    if getattr(request, "htmx", False):
        return _notice(message, status)
    title = TITLES.get(status, "Something went wrong")
    context = {"title": title, "message": message, "status": status}
    return render(request, "errors/expected.html", context, status=status)


def _notice(message: str, status: int) -> HttpResponse:
    """The page stays as it is; a toast says what happened."""
    answer = HttpResponse(status=status)
    answer["HX-Reswap"] = "none"
    answer["HX-Trigger"] = json.dumps({"toast": {"text": message, "tone": "bad"}})
    return answer
