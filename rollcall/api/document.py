"""The OpenAPI document: what django-ninja derives, completed with problems, headers and examples."""

from typing import Any

from rollcall.api import rates

DESCRIPTION = """\
Everything the web application can do for a workspace, for programs.

**Keys.** Send `Authorization: Bearer rc_live_…`. A key belongs to one workspace and has a role (viewer, editor, admin).
Objects of other workspaces answer 404.

**Errors** are `application/problem+json` (RFC 9457) with a stable `code`. Values that cannot be used answer **422**, be
it the body, the query, a header or what they mean together. Credits that do not suffice answer 402, rates 429.

**Pages.** Lists answer `{"items": […], "next_cursor": …}`; send `next_cursor` back as `cursor`.

**Spending.** Only `POST /runs` can spend. It needs an `Idempotency-Key`: repeat the request with the same key after any
failure and it has one effect. Its answer tells the credits spent, held and left in headers.

**Times** are ISO 8601, instants in UTC. **Ids** are text with a prefix (`seg_12`). **Numbers** are whole, of 64 bits.
"""
PROBLEM = {
    "title": "Problem",
    "description": "What went wrong and what to do (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "details"],
    "properties": {
        "type": {"type": "string", "description": "urn:rollcall:problem:<code>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened and what to do, for people."},
        "code": {"type": "string", "description": "Stable name of the problem, for programs."},
        "details": {"type": "object", "description": "The values in it, e.g. needed, available, shortfall."},
        "instance": {"type": "string", "description": "The path that was called."},
    },
    "example": {
        "type": "urn:rollcall:problem:not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no segment seg_99 here. Check the id; objects of other workspaces are not shown.",
        "code": "not_found",
        "details": {"what": "segment", "id": "seg_99"},
        "instance": "/api/v1/segments/seg_99",
    },
}
_COUNT = {"type": "integer", "minimum": 0}
HEADERS = {
    "RateLimit-Policy": {
        "description": "Requests per window in seconds (IETF draft RateLimit fields).",
        "schema": {"type": "string"},
        "example": f'"key";q={rates.PER_WINDOW};w={rates.WINDOW_SECONDS}',
    },
    "RateLimit": {
        "description": "Requests left, and seconds until they are renewed.",
        "schema": {"type": "string"},
        "example": '"key";r=599;t=42',
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "Rollcall-Credits-Spent": {
        "description": "Credits this run has spent so far.",
        "schema": _COUNT,
        "required": True,
    },
    "Rollcall-Credits-Held": {
        "description": "Credits it still holds.",
        "schema": _COUNT,
        "required": True,
    },
    "Rollcall-Credits-Left": {
        "description": "Credits the workspace has available now.",
        "schema": _COUNT,
        "required": True,
    },
}
_VERBS = {"get", "post", "put", "patch", "delete"}
_DEPTH_MAX = 6


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Add what all operations share, and an example for each body, parameter and answer that has none."""
    components = schema["components"]
    components["schemas"]["Problem"] = PROBLEM
    components["headers"] = HEADERS
    for path in schema["paths"].values():
        for verb, operation in path.items():
            if verb in _VERBS:
                for parameter in operation.get("parameters", []):
                    parameter["schema"] = _without_null(parameter["schema"])
                _add_examples(operation, components["schemas"])
    return schema


def example_of(schema: dict[str, Any], schemas: dict[str, Any], depth: int = 0) -> Any:
    """An example that a schema allows, made of the examples and defaults in it."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas, depth)
    if "example" in schema:
        return schema["example"]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "const" in schema:
        return schema["const"]
    if schema.get("default") is not None:
        return schema["default"]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return example_of(schema[key][0], schemas, depth)
    return _plain_example(schema, schemas, depth)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query cannot say null: a parameter that may be left out is simply not required."""
    kept = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**kept[0], **rest} if len(kept) == 1 else schema


def _plain_example(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> Any:
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: example_of(part, schemas, depth + 1) for name, part in properties.items()}
    if kind == "array":
        return [example_of(schema["items"], schemas, depth + 1)] if depth < _DEPTH_MAX else []
    if kind == "string":
        dates = {"date": "2026-09-01", "date-time": "2026-09-01T12:00:00Z", "email": "alice@example.com"}
        return dates.get(schema.get("format", ""), "text")
    return {"integer": max(1, schema.get("minimum", 1)), "number": 0.5, "boolean": True}.get(str(kind))


def _add_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        if not parameter.get("required"):
            continue
        parameter.setdefault("example", example_of(parameter["schema"], schemas))
        parameter.pop("examples", None)
    contents = [operation["requestBody"]["content"]] if "requestBody" in operation else []
    contents += [answer.get("content", {}) for answer in operation["responses"].values()]
    for content in contents:
        for kind, media in content.items():
            if kind == "application/json":
                media.setdefault("example", example_of(media["schema"], schemas))
