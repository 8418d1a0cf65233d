"""Lookups in bulk: whom of the universe to ask about next, and what is remembered of each answer, misses as well."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.utils.encoding import force_bytes

from rollcall.core.errors import Invalid
from rollcall.universe import buckets, erasure, versions
from rollcall.universe.domains import root_domain
from rollcall.universe.identity.people import profile_urls
from rollcall.universe.models import ProviderLookup
from rollcall.universe.providers.description import Bulk, Endpoint
from rollcall.universe.providers.pages import Page
from rollcall.universe.providers.registry import Known

SUBJECTS_MAX = 20_000
_ROWS_AT_ONCE, _TEXT_MAX = 2_000, 500
# Where nearly all were asked about lately, a batch is looked for in so many rows only: a lease is short.
_ROWS_MAX = 50_000
_TABLES = {"domain": "companies", "profile_url": "profiles"}
_NAMES = {"domain": "domains", "profile_url": "profile addresses"}


class BadSubjects(Invalid):
    """This cannot be looked up in bulk: {reason}. Give {{}} for all that the universe knows, or {{"subjects": […]}}
    with up to 20,000 domains or profile addresses."""


@dataclass(frozen=True)
class Batch:
    """Whom to ask about next, and how far the list is then; without subjects there may still be more of it."""

    subjects: list[str]
    cursor: int
    is_end: bool


def check(query: dict[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    """What an order for a lookup in bulk says, as it is kept: named subjects once each, or everybody known.

    Raises:
        BadSubjects
    """
    assert endpoint.bulk is not None, "for lookups in bulk only"
    if not isinstance(query, dict) or set(query) - {"subjects"}:
        raise BadSubjects(reason="only subjects can be said")
    if "subjects" not in query:
        return {}
    told = query["subjects"]
    if not isinstance(told, list) or not 0 < len(told) <= SUBJECTS_MAX:
        raise BadSubjects(reason=f"it names none, or more than {SUBJECTS_MAX:,}")
    found = [(text, _canonical(endpoint.bulk, text) if isinstance(text, str) else None) for text in told]
    wrong = [str(text)[:80] for text, subject in found if subject is None]
    if wrong:
        raise BadSubjects(reason=f"{', '.join(wrong[:3])}: these are no {_NAMES[endpoint.bulk.by]}")
    return {"subjects": list(dict.fromkeys(subject for _, subject in found if subject))}


def next_batch(
    *, known: Known, endpoint: Endpoint, query: dict[str, Any], cursor: int, most: int, now: datetime
) -> Batch:
    """The next so many about whom nobody has asked lately, as far as they are among the next rows of the list."""
    assert endpoint.bulk is not None, "for lookups in bulk only"
    named = query.get("subjects")
    rows = _named(named, cursor) if named is not None else _known(endpoint.bulk, cursor)
    subjects: list[str] = []
    seen = 0
    for chunk in _chunks(rows):
        hashes = {subject: _hash(subject) for _, subject in chunk}
        fresh = set(
            ProviderLookup.objects.filter(
                provider=known.about.name, endpoint=endpoint.name, subject_hash__in=list(hashes.values()),
                fresh_until__gt=now,
            ).values_list("subject_hash", flat=True)
        )  # fmt: skip
        for place, subject in chunk:
            if len(subjects) == most:
                return Batch(subjects, cursor, is_end=False)
            cursor = place
            if hashes[subject] not in fresh and subject not in subjects:
                subjects.append(subject)
        seen += len(chunk)
        if seen >= _ROWS_MAX:
            return Batch(subjects, cursor, is_end=False)
    return Batch(subjects, cursor, is_end=True)


def query_of(bulk: Bulk, subjects: list[str]) -> dict[str, Any]:
    """What is sent for a batch."""
    return {
        bulk.requests: [
            {bulk.params: {bulk.parameter: subject} | bulk.fixed, bulk.echo: {"place": place}}
            for place, subject in enumerate(subjects)
        ]
    }


def remember(
    *, known: Known, endpoint: Endpoint, subjects: list[str], page: Page, now: datetime
) -> tuple[int, int]:
    """Write down who was found and who was not, inside the transaction that ends the batch; (found, missed).

    Whoever was not answered at all is asked about again some time; unless the answers cannot be told apart: then all of
    them count as found, since they may have been paid for.
    """
    assert endpoint.bulk is not None, "for lookups in bulk only"
    verdicts = page.verdicts
    if not all(0 <= place < len(subjects) for place in verdicts):
        verdicts = dict.fromkeys(range(len(subjects)), True)
    days = {True: endpoint.fresh_seconds / 86_400, False: float(known.miss_days(endpoint.bulk))}
    for place, is_found in verdicts.items():
        ProviderLookup.objects.update_or_create(
            provider=known.about.name,
            endpoint=endpoint.name,
            subject_hash=_hash(subjects[place]),
            defaults={
                "is_found": is_found, "answered_at": now, "fresh_until": now + timedelta(days=days[is_found]),
            },
        )  # fmt: skip
    found = sum(verdicts.values())
    return found, len(verdicts) - found


def domain(text: str) -> str | None:
    """The root domain that somebody means, or None."""
    return root_domain(text) if len(text) <= _TEXT_MAX else None


def _named(subjects: list[str], cursor: int) -> Iterator[tuple[int, str]]:
    yield from enumerate(subjects[cursor:], start=cursor + 1)


def _known(bulk: Bulk, cursor: int) -> Iterator[tuple[int, str]]:
    """(id, domain or profile address) of everybody that the universe knows after the id, in order; nobody erased."""
    version = versions.current()
    if version is None:
        return
    name = _TABLES[bulk.by]
    erased = erasure.blocked_profiles() if name == "profiles" else frozenset()
    for path in buckets.files(versions.path(version), name):
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                if _is_behind(file.metadata.row_group(group), cursor):
                    continue
                table = file.read_row_group(group, columns=["id", bulk.by])
                table = table.filter(pc.greater(table["id"], cursor)).sort_by("id")
                for row in table.to_pylist():
                    subject = _canonical(bulk, row[bulk.by]) if row[bulk.by] else None
                    if subject and row["id"] not in erased:
                        yield row["id"], subject


def _is_behind(group: pq.RowGroupMetaData, cursor: int) -> bool:
    """Whether all ids of a group are known to be at or before the cursor; `id` is the first column of both tables."""
    told = group.column(0).statistics
    return told is not None and told.has_min_max and told.max <= cursor


def _canonical(bulk: Bulk, text: str) -> str | None:
    if len(text) > _TEXT_MAX:
        return None
    if bulk.by == "domain":
        return domain(text)
    found = profile_urls.key(text)
    return found.removeprefix(profile_urls.PREFIX) if found else None


def _chunks(rows: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    chunk: list[tuple[int, str]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _ROWS_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _hash(subject: str) -> str:
    """Keyed: the list itself names nobody."""
    secret = hmac.digest(force_bytes(settings.SECRET_KEY), b"rollcall.universe.provider_lookup", "sha256")
    return hmac.digest(secret, subject.encode(), hashlib.sha256).hex()
