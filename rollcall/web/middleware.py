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
    409: "Something changed meanwhile",
    422: "That did not work",
    503: "Busy just now",
}


class ErrorPages:
    """For pages only: the API has its own problem documents."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, RollcallError) or request.path.startswith("/api/"):
            return None
        status = status_of(error)
        if getattr(request, "htmx", False):
            return _notice(error.message, status)
        context = {
            "title": TITLES.get(status, "Something went wrong"),
            "message": error.message,
            "status": status,
        }
        return render(request, "errors/expected.html", context, status=status)


def status_of(error: RollcallError) -> int:
    """The HTTP status of an expected error, by its kind."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)


def _notice(message: str, status: int) -> HttpResponse:
    """The page stays as it is; a toast says what happened."""
    answer = HttpResponse(status=status)
    answer["HX-Reswap"] = "none"
    answer["HX-Trigger"] = json.dumps({"toast": {"text": message, "tone": "bad"}})
    return answer
