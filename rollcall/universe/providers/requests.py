"""Makes the request of one page from a description and a query, and the hash that says which request it is."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from rollcall.core.errors import Invalid
from rollcall.universe.providers.description import Endpoint, Provider
from rollcall.universe.providers.registry import Known

QUERY_MAX = 65_536
URL_MAX = 8_000
DOMAINS = "$domains"
_DEPTH_MAX = 40


class BadQuery(Invalid):
    """This query cannot be asked: {reason}. Give one JSON object, as the provider's documentation has it."""


@dataclass(frozen=True)
class Request:
    """What is sent. It holds the key, so it is never printed."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


def check(known: Known, endpoint: Endpoint, query: Any) -> str:
    """The query as canonical JSON: the same for the same query, however it is spelled.

    Raises:
        BadQuery
    """
    if not isinstance(query, dict) or not query:
        raise BadQuery(reason="it is no JSON object, or an empty one")
    ours = sorted((endpoint.reserved | {known.about.auth.name}) & set(query))
    if ours:
        raise BadQuery(reason=f"{', '.join(ours)} is said by Rollcall itself")
    if _depth(query) > _DEPTH_MAX:
        raise BadQuery(reason="it is too deep")
    if endpoint.sends == "query" and not all(_is_plain(value) for value in query.values()):
        raise BadQuery(
            reason="it goes into an address, so each value is a text, a number, or a list of those"
        )
    try:
        text = json.dumps(query, sort_keys=True, separators=(",", ":"), allow_nan=False)
        text.encode()
    except (ValueError, TypeError, RecursionError):
        raise BadQuery(reason="it is no JSON") from None
    if len(text) > QUERY_MAX:
        raise BadQuery(reason=f"it is longer than {QUERY_MAX:,} characters")
    return text


def by_domains(endpoint: Endpoint, domains: list[str]) -> dict[str, Any]:
    """The provider's own query for these companies."""

    def filled(value: Any) -> Any:
        if value == DOMAINS:
            return domains
        if isinstance(value, dict):
            return {name: filled(inner) for name, inner in value.items()}
        return [filled(inner) for inner in value] if isinstance(value, list) else value

    found: dict[str, Any] = filled(endpoint.by_domains)
    return found


def query_hash(provider: str, endpoint: str, canonical: str) -> str:
    return _hash(provider, endpoint, canonical)


def request_hash(provider: str, endpoint: str, canonical: str, token: str) -> str:
    return _hash(provider, endpoint, canonical, token)


def make(
    known: Known,
    endpoint: Endpoint,
    query: Mapping[str, Any],
    *,
    token: str,
    size: int,
    key: str,
    call_key: str,
) -> Request:
    """The request of one page. `call_key` is the same in every attempt."""
    about, paging = known.about, endpoint.paging
    asked = dict(query) | endpoint.fixed
    if paging.size_parameter:
        asked[paging.size_parameter] = size
    if paging.kind != "none" and token:
        asked[paging.parameter] = token if paging.kind == "token" else int(token)
    headers = {"User-Agent": "Rollcall", "Accept": "application/json", **_auth_header(about, key)}
    if about.idempotency_header:
        headers[about.idempotency_header] = call_key
    in_url = {about.auth.name: key} if about.auth.kind == "query" else {}
    content = b""
    if endpoint.sends == "json":
        headers["Content-Type"] = "application/json"
        content = json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()
    else:
        in_url = {name: _plain(value) for name, value in sorted(asked.items())} | in_url
    url = known.url + endpoint.path + (f"?{urlencode(in_url, doseq=True)}" if in_url else "")
    return Request(endpoint.method, url, headers, content)


def _auth_header(about: Provider, key: str) -> dict[str, str]:
    return {about.auth.name: about.auth.prefix + key} if about.auth.kind == "header" else {}


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _is_plain(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return all(isinstance(i, int | float) or (isinstance(i, str) and i.isprintable()) for i in items)


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _depth(value: Any, limit: int = _DEPTH_MAX + 1) -> int:
    if limit <= 0 or not isinstance(value, dict | list):
        return 0
    items = value.values() if isinstance(value, dict) else value
    return 1 + max((_depth(item, limit - 1) for item in items), default=0)
