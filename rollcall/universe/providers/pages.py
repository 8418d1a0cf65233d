"""Reads one page of an answer: how large, how deep and how odd it may be is decided here."""

import json
from dataclasses import dataclass, field
from typing import Any

from rollcall.core.errors import TryLater
from rollcall.universe.providers.description import Bulk, Codes, Endpoint

VALUES_MAX = 1_000_000
TOKEN_MAX = 4_000
_CODES = Codes()


class PageUnreadable(TryLater):
    """The answer is no page of records: {reason}. Try again; if it stays so, the provider's description here no longer
    fits what it sends."""


@dataclass(frozen=True)
class Page:
    """The records as they came, the token of the next page if there is one, and how many records match in all.

    Of a lookup in bulk also which of the lookups were answered, by their places: found or not (`verdicts`).
    """

    records: list[Any]
    next_token: str | None = None
    total: int | None = None
    verdicts: dict[int, bool] = field(default_factory=dict)


def read(endpoint: Endpoint, body: bytes, codes: Codes = _CODES) -> Page:
    """
    Raises:
        PageUnreadable
    """
    whole = _parsed(body)
    if endpoint.bulk is not None:
        return _bulk(endpoint.bulk, whole, codes)
    if not isinstance(whole, dict):
        raise PageUnreadable(reason="it is JSON, but no object")
    found = _at(whole, endpoint.records) if endpoint.records else whole
    if endpoint.is_single:
        if not isinstance(found, dict):
            raise PageUnreadable(reason=f"its {endpoint.records or 'record'} is no object")
        return Page([found])
    if not isinstance(found, list):
        raise PageUnreadable(reason=f"its {endpoint.records or 'content'} is no list")
    paging = endpoint.paging
    token = _token(_at(whole, paging.token)) if paging.kind == "token" else None
    total = _at(whole, paging.total) if paging.total else None
    is_count = isinstance(total, int) and not isinstance(total, bool) and 0 <= total < 2**63
    return Page(found, token, total if is_count else None)


def _bulk(bulk: Bulk, whole: Any, codes: Codes) -> Page:
    """Each answer stands where its lookup stood, unless what it echoes says otherwise."""
    if not isinstance(whole, list) or not all(isinstance(item, dict) for item in whole):
        raise PageUnreadable(reason="it is no list of answers")
    records, verdicts = [], {}
    for number, item in enumerate(whole):
        status, echo = item.get(bulk.status), item.get(bulk.echo)
        place = echo.get("place") if isinstance(echo, dict) else None
        place = place if isinstance(place, int) and not isinstance(place, bool) else number
        record = _at(item, bulk.record) if bulk.record else item
        if not isinstance(status, int):
            continue
        if status in codes.ok and isinstance(record, dict):
            records.append(record)
            verdicts[place] = True
        elif status in codes.nothing:
            verdicts.setdefault(place, False)
    return Page(records, verdicts=verdicts)


def is_json(body: bytes) -> bool:
    try:
        _parsed(body)
    except PageUnreadable:
        return False
    return True


def _parsed(body: bytes) -> Any:
    # Each value costs Python some 60 bytes, and JSON as few as two: counted before it is read.
    if body.count(b",") + body.count(b"[") + body.count(b"{") > VALUES_MAX:
        raise PageUnreadable(reason=f"it holds more than {VALUES_MAX:,} values")
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        reason = "it is too deep" if isinstance(error, RecursionError) else "it is no JSON, or not all of it"
        raise PageUnreadable(reason=reason) from None


def _refuse(text: str) -> None:
    raise ValueError(text)


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _token(value: Any) -> str | None:
    if value is None or value is False or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    if isinstance(value, str) and len(value) <= TOKEN_MAX and value.isprintable():
        return value
    raise PageUnreadable(reason="its token of the next page is not one")
