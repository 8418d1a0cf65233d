"""Declaring operations: one permission each, and every answer it can give written into the OpenAPI document."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ninja import Router
from ninja.constants import NOT_SET

from rollcall.api import bodies
from rollcall.api.keys import Bearer, Request

View = Callable[..., Any]
WHY = {
    401: "The API key is missing, mistyped, unknown, revoked or has run out.",
    402: "Not enough credits; the details say how many are missing.",
    403: "The role of this key does not allow it.",
    404: "There is no such object in this workspace.",
    409: "It cannot be done in the present state; the code says why.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "A value of the request cannot be used; the details say which and why.",
    429: "This key made too many requests; see Retry-After.",
    503: "Busy just now; nothing changed; see Retry-After.",
}
RATE_HEADERS = ("RateLimit-Policy", "RateLimit")
CREDIT_HEADERS = ("Rollcall-Credits-Spent", "Rollcall-Credits-Held", "Rollcall-Credits-Left")


class Noun(Router):
    """The operations on one noun; the caller names permission and answer, the rest is derived."""

    def __init__(self, tag: str) -> None:
        super().__init__(tags=[tag])

    def operation(
        self,
        method: str,
        path: str,
        *,
        permission: str | None,
        answer: Any,
        status: int = 200,
        errors: Sequence[int] = (),
        spends: bool = False,
        csv: bool = False,
    ) -> Callable[[View], View]:
        """Register a view.

        Args:
            permission: what the role of the key must allow; None lets every valid key in.
            errors: statuses it can answer beyond those that follow from its path, query and body.
            spends: it answers with the credits spent, held and left.
            csv: it answers with a CSV file in place of JSON.
        """

        def register(view: View) -> View:
            known = _query_names(view, path)
            statuses = _statuses(view, path, method, errors, known)

            @functools.wraps(view)
            def guarded(request: Request, **values: Any) -> Any:
                bodies.check_query(request, known)
                return view(request, **values)

            headline, _, rest = inspect.cleandoc(view.__doc__ or "").partition("\n")
            self.add_api_operation(
                path, [method], guarded, auth=Bearer(permission), response={status: answer} if not csv else NOT_SET,
                operation_id=view.__name__, summary=headline.strip().rstrip("."),
                description=_description(rest.strip(), permission),
                openapi_extra={"responses": _documented(status, statuses, spends=spends, csv=csv)},
            )  # fmt: skip
            return view

        return register


def _query_names(view: View, path: str) -> frozenset[str]:
    """The parameters of the view that are read from the query: the plain ones not in the path."""
    names = set()
    for name, parameter in inspect.signature(view).parameters.items():
        source = type(_param_source(parameter.annotation)).__name__
        if name in {"request", "response"} or f"{{{name}}}" in path or source in {"Header", "Body"}:
            continue
        if not _is_model(parameter.annotation):
            names.add(name)
    return frozenset(names)


def _param_source(annotation: Any) -> Any:
    metadata = getattr(annotation, "__metadata__", ())
    return metadata[-1] if metadata else None


def _is_model(annotation: Any) -> bool:
    return hasattr(annotation, "model_fields")


def _statuses(view: View, path: str, method: str, errors: Sequence[int], known: frozenset[str]) -> list[int]:
    parameters = inspect.signature(view).parameters.values()
    found = {401, 403, 429, 422, 503, *errors}
    if "{" in path or any(name.endswith("_id") for name in known):
        found.add(404)
    if any(_is_model(parameter.annotation) for parameter in parameters):
        found |= {413, 415}
    return sorted(found)


def _documented(status: int, statuses: Sequence[int], *, spends: bool, csv: bool) -> dict[int, Any]:
    names = [*RATE_HEADERS, *(CREDIT_HEADERS if spends else ())]
    good: dict[str, Any] = {"headers": {name: _header(name) for name in names}}
    if csv:
        good["content"] = {"text/csv": {"schema": {"type": "string"}}}
    result: dict[int, Any] = {status: good}
    for code in statuses:
        headers = {name: _header(name) for name in (("Retry-After",) if code in (429, 503) else ())}
        result[code] = {
            "description": WHY[code],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            **({"headers": headers} if headers else {}),
        }
    return result


def _header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def _description(rest: str, permission: str | None) -> str:
    needs = f"Needs the permission `{permission}`." if permission else "Any valid key may call it."
    return f"{rest}\n\n{needs}".strip()
