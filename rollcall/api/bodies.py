"""Reading request bodies and queries: JSON only, no duplicate keys, nothing a database cannot hold."""

import json
import re
from collections import Counter
from typing import Any

import pydantic_core
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

from rollcall.core.errors import Invalid

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class NotJson(Invalid):
    """The body of this request cannot be read as JSON: {reason}. Send one JSON object in UTF-8."""


class NotJsonType(Invalid):
    """The body of this request has the type {content_type}. Send `Content-Type: application/json`."""


class NulCharacter(Invalid):
    """The request holds a NUL character ({where}), which no text may have. Take it out."""


class DuplicateKey(Invalid):
    """The JSON of this request has the key {key} twice in one object. Send it once."""


class UnknownParameter(Invalid):
    """There is no query parameter {name} here. This operation knows: {allowed}."""


class StrictParser(Parser):
    """What django-ninja uses to read requests."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The decoded body; what is wrong with it is said by the error classes above."""
        if request.content_type != "application/json":
            raise NotJsonType(content_type=(request.content_type or "")[:80] or "(none)")
        if _NUL.search(request.body):
            raise NulCharacter(where="in the body")
        try:
            # The strict reader first: it bounds the depth and refuses NaN and half surrogate pairs.
            pydantic_core.from_json(request.body, allow_inf_nan=False, cache_strings=False)
            return json.loads(request.body, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise NotJson(reason=str(error)[:200]) from None

    def parse_querydict(
        self, data: "MultiValueDict[str, Any]", list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        for name in data:
            if any("\0" in str(value) for value in data.getlist(name)):
                raise NulCharacter(where=f"in the query parameter {name[:80]}")
        return dict(super().parse_querydict(data, list_fields, request))


def check_query(request: HttpRequest, known: frozenset[str]) -> None:
    """Refuse query parameters that the operation does not know: a misspelt filter must not mean "all"."""
    for name in request.GET:
        if name not in known:
            raise UnknownParameter(name=name[:80], allowed=", ".join(sorted(known)) or "none")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise DuplicateKey(key=counts.most_common(1)[0][0][:80])
    return result
