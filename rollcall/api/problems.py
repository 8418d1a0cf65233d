"""Every error as `application/problem+json` (RFC 9457): kinds of errors become statuses here and nowhere else."""

import json
import math
from collections.abc import Sequence
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from rollcall.core import errors
from rollcall.core.errors import Invalid, NotAllowed, RollcallError

log = structlog.get_logger(__name__)
CONTENT_TYPE = "application/problem+json"
KINDS: dict[type[RollcallError], int] = {
    errors.Invalid: 422,
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.Conflict: 409,
    errors.NotEnough: 402,
    errors.TryLater: 503,
}
STATUS_OF_CODE = {
    "bad_api_key": 401,
    "api_key_missing": 401,
    "rate_exceeded": 429,
    "body_too_large": 413,
    "not_json_type": 415,
    "method_not_allowed": 405,
}
_RETRY_AFTER_SECONDS = 2


class ApiKeyMissing(NotAllowed):
    """This needs an API key. Send `Authorization: Bearer rc_live_…`; an owner or admin can make one."""


class BadRequest(Invalid):
    """This request cannot be used: {reason}"""


class InvalidFields(Invalid):
    """The request was understood but {count} of its values cannot be used: {first}"""


class BodyTooLarge(Invalid):
    """The body of this request is larger than {most} bytes. Split it into several requests."""


class RouteNotFound(errors.NotFound):
    """There is nothing at {path}. The addresses are listed in /api/v1/openapi.json."""


class MethodNotAllowed(Invalid):
    """This address does not answer {method}. It answers: {allowed}."""


class DatabaseUnavailable(errors.TryLater):
    """The database could not answer just now. Nothing is known to have changed; try again in a moment."""


class InternalError(RollcallError):
    """Something unexpected went wrong on our side. It was logged; try again, then tell the operator."""


def answer(error: RollcallError, *, path: str = "") -> HttpResponse:
    """The problem document of an error."""
    status = status_of(error)
    body: dict[str, Any] = {
        "type": f"urn:rollcall:problem:{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": status,
        "detail": error.message,
        "code": error.code,
        "details": error.details,
    }
    if path:
        body["instance"] = path
    text = json.dumps(body, cls=_Encoder)
    response = HttpResponse(text, status=status, content_type=CONTENT_TYPE)
    if status in (429, 503):
        seconds = error.details.get("retry_after_seconds", _RETRY_AFTER_SECONDS)
        response["Retry-After"] = str(max(1, math.ceil(seconds)))
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="rollcall"'
    if isinstance(error, MethodNotAllowed):
        response["Allow"] = error.details["allowed"]
    return response


def status_of(error: RollcallError) -> int:
    if error.code in STATUS_OF_CODE:
        return STATUS_OF_CODE[error.code]
    return next((status for kind, status in KINDS.items() if isinstance(error, kind)), 500)


def answer_any(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """The problem document of whatever was raised; what nobody expected is logged and answers 500."""
    return answer(_expected(error), path=request.path)


def install(api: NinjaAPI) -> None:
    """Make the API answer every exception with a problem document."""
    for kind in (Exception, Http404, HttpError, ValidationError, AuthenticationError):
        api.add_exception_handler(kind, answer_any)


def _expected(error: Exception | type[Exception]) -> RollcallError:
    if isinstance(error, RollcallError):
        return error
    if isinstance(error, AuthenticationError):
        return ApiKeyMissing()
    if isinstance(error, ValidationError):
        return _invalid_fields(error.errors)
    if isinstance(error, RequestDataTooBig):
        return _too_large()
    if isinstance(error, HttpError) and isinstance(error.__cause__, RollcallError):
        # django-ninja wraps whatever the reader of bodies raises.
        return error.__cause__
    if isinstance(error, SuspiciousOperation | HttpError):
        return BadRequest(reason=str(error)[:200])
    if isinstance(error, OperationalError):
        log.exception("the database could not answer")
        return DatabaseUnavailable()
    log.error("unexpected error in the API", exc_info=error)
    return InternalError()


def _invalid_fields(lines: list[dict[str, Any]]) -> InvalidFields:
    told = [{"where": _place(line["loc"]), "problem": str(line["msg"])[:300]} for line in lines[:50]]
    first = f"{told[0]['where']}: {told[0]['problem']}." if told else ""
    return InvalidFields(count=len(lines), first=first, errors=told)


def _place(location: Sequence[Any]) -> str:
    """`("body", "body", "name")`, where the second is the name of the view's parameter, is `body.name`."""
    parts = [str(part)[:80] for part in location]
    if parts[:2] == ["body", "body"]:
        del parts[0]
    return ".".join(parts)


def _too_large() -> BodyTooLarge:
    from django.conf import settings

    return BodyTooLarge(most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


class _Encoder(DjangoJSONEncoder):
    """Dates as ISO, and anything else a detail may hold as its text."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return str(o)
