"""Sending requests to a Rollcall server: the key, errors as exceptions, and retries that do nothing twice."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx  # noqa: TID251  the clients' one door to the network

TRIES_MAX = 4
PAUSE_SECONDS = 0.5
PAUSE_MAX_SECONDS = 20.0
_BUSY = (429, 503)


class ClientError(Exception):
    """Something that kept the client from getting an answer it can use."""


class Unreachable(ClientError):
    """No server answers at the address."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        super().__init__(f"No Rollcall server answers at {url} ({reason}).")


class Problem(ClientError):
    """The server's answer was a problem document (RFC 9457)."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.document = dict(document)
        self.code = str(document.get("code", "error"))
        self.detail = str(document.get("detail", "The server gave no reason."))
        self.details: dict[str, Any] = dict(document.get("details") or {})
        super().__init__(self.detail)


@dataclass(frozen=True)
class Answer:
    """A good answer: its decoded body and its headers."""

    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Transport:
    """One connection pool to one server, with one key.

    A request is sent again when the server said that it did nothing (429, 503), and when the line broke and
    repeating is harmless: reads, and writes with an idempotency key.
    """

    def __init__(self, *, url: str, key: str, timeout_seconds: float = 30.0) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=timeout_seconds,
            follow_redirects=False,
        )

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer, decoded.

        Raises:
            Problem: the server refused; Unreachable: it could not be asked.
        """
        asked = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        repeatable = method == "GET" or "Idempotency-Key" in (headers or {})
        for attempt in range(1, TRIES_MAX + 1):
            try:
                response = self._http.request(method, path, json=body, params=asked, headers=headers)
            except httpx.ConnectError as error:
                raise Unreachable(self.url, str(error)) from None
            except httpx.TransportError as error:
                if not repeatable or attempt == TRIES_MAX:
                    raise Unreachable(self.url, str(error) or type(error).__name__) from None
                time.sleep(PAUSE_SECONDS * attempt)
                continue
            except httpx.InvalidURL as error:
                raise Unreachable(self.url, str(error)) from None
            if response.status_code in _BUSY and attempt < TRIES_MAX and _pause(response, attempt):
                continue
            return _decoded(response, self.url)
        raise AssertionError("unreachable")

    def stream_to(self, path: str, *, query: Mapping[str, Any], write: Any) -> int:
        """Hand the body of a GET to `write` in pieces of bytes; returns how many bytes there were."""
        asked = {name: _text(value) for name, value in query.items() if value is not None}
        total = 0
        try:
            with self._http.stream("GET", path, params=asked, headers={"Accept": "text/csv"}) as response:
                if response.status_code != 200:
                    response.read()
                    _decoded(response, self.url)
                for piece in response.iter_bytes():
                    write(piece)
                    total += len(piece)
        except httpx.TransportError as error:
            raise Unreachable(self.url, str(error) or type(error).__name__) from None
        return total


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pause(response: httpx.Response, attempt: int) -> bool:
    """Wait as long as the server asks for, unless that is too long to sit through."""
    try:
        seconds = float(response.headers.get("Retry-After", PAUSE_SECONDS * attempt))
    except ValueError:
        seconds = PAUSE_SECONDS * attempt
    if seconds > PAUSE_MAX_SECONDS:
        return False
    time.sleep(seconds)
    return True


def _decoded(response: httpx.Response, url: str) -> Answer:
    kind = response.headers.get("Content-Type", "").split(";")[0]
    if response.status_code >= 400 and kind == "application/problem+json":
        raise Problem(response.status_code, response.json())
    if response.status_code == 204:
        return Answer(None, response.headers)
    if kind != "application/json":
        reason = f"it answered {response.status_code} as {kind or 'nothing'}, which is not Rollcall's API"
        raise Unreachable(url, reason)
    return Answer(response.json(), response.headers)
