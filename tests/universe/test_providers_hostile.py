"""What a provider sends may be odd, endless, moving or malicious: a search ends, and a load takes what is good."""

import json
import random
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from rollcall.universe import ingest, providers
from rollcall.universe.providers import pages, registry, requests, walking
from rollcall.universe.providers.description import Provider
from rollcall.universe.providers.told import RecordRefused, Told
from rollcall.universe.sources.source import COMPANIES, ROSTER
from tests.universe import provider_samples
from tests.universe.fake_provider import Clock, Fake, listening
from tests.universe.provider_examples import EXAMPLES, SIZE, small

QUERY = {"title": "cfo"}
PDL = registry.get("people_data_labs")
pytestmark = pytest.mark.usefixtures("fakes_answer")


@pytest.fixture
def fake() -> Iterator[Fake]:
    with listening(made(PDL.about)) as here:
        yield here


def made(about: Provider, count: int = 25) -> Fake:
    about = small(about)
    return Fake(about, about.endpoints[0], provider_samples.records("people_data_labs", "people", count))


def search(fake: Fake, clock: Clock, most: int = 50) -> walking.Report:
    one = walking.Ask(fake.known, fake.endpoint, QUERY, walking.Caps(pages=most))
    return providers.search(ask=one, times=clock.times, dice=random.Random(1))


Hook = Callable[[Fake, dict[str, Any]], dict[str, Any]]


def then(page: dict[str, Any], **more: Any) -> dict[str, Any]:
    return page | more


@pytest.mark.django_db
class TestPagesThatMove:
    def test_records_that_move_between_pages_are_kept_once(self, clock: Clock) -> None:
        """While we page by offset, others are added in front: rows come twice, and each counts once."""

        def drift(fake: Fake, page: dict[str, Any]) -> dict[str, Any]:
            new = provider_samples.records("people_data_labs", "people", 100)[50 + len(fake.asked)]
            fake.records.insert(0, new)
            return page

        about = next(e for e in EXAMPLES if e.name == "by_offset")
        with listening(made(about)) as fake:
            fake.page_hook = drift
            report = search(fake, clock)
            source = providers.Source(fake.known, QUERY)
            ids = source.roster()["person_id"].to_pylist()
            assert report.state == "whole" and report.repeated >= 3
            assert len(ids) == len(set(zip(ids, source.roster()["company_id"].to_pylist(), strict=True)))
            # Everybody who was there when it began, each once.
            assert report.records == len(set(ids)) + source.refused == 25
            assert source.collapsed_duplicates == report.repeated

    @pytest.mark.parametrize("token", ["t$7", "t$0", 7])
    def test_a_token_that_leads_back_ends_it(self, fake: Fake, clock: Clock, token: Any) -> None:
        fake.page_hook = lambda f, page: then(page, scroll_token=token, total=10_000)
        report = search(fake, clock)
        assert report.state == "whole" and len(fake.asked) <= 3 and "been at already" in report.why

    def test_ever_new_tokens_with_nobody_new_end_soon(self, fake: Fake, clock: Clock) -> None:
        fake.page_hook = lambda f, page: then(
            page, data=f.records[:SIZE], scroll_token=f"x${len(f.asked)}", total=10**6
        )
        report = search(fake, clock)
        assert (report.state, report.records, len(fake.asked)) == ("whole", SIZE, 4)
        assert "nothing new" in report.why

    def test_ever_new_people_end_at_the_cap(self, fake: Fake, clock: Clock) -> None:
        def endless(fake: Fake, page: dict[str, Any]) -> dict[str, Any]:
            new = [dict(fake.records[0], id=f"n{len(fake.asked)}-{i}") for i in range(SIZE)]
            return then(page, data=new, scroll_token=f"x${len(fake.asked)}", total=None)

        fake.page_hook = endless
        report = search(fake, clock, 20)
        assert (report.state, report.pages, report.records) == ("open", 20, 20 * SIZE)

    def test_pages_that_are_not_full_lead_on(self, fake: Fake, clock: Clock) -> None:
        """Also empty ones: only the token says whether there is more."""
        everybody = fake.records

        def partial(fake: Fake, page: dict[str, Any]) -> dict[str, Any]:
            n = len(fake.asked) - 1
            token = f"x${n}" if n < 14 else None
            return then(page, data=everybody[n : n + 1] if n % 3 else [], scroll_token=token, total=None)

        fake.page_hook = partial
        report = search(fake, clock)
        assert (report.state, report.why, report.pages, report.records) == ("whole", "", 15, 10)

    @pytest.mark.parametrize("total", ["many", -4, 2**70, True, [], 1.5, None])
    def test_a_total_that_is_none_is_not_believed(self, fake: Fake, clock: Clock, total: Any) -> None:
        fake.page_hook = lambda f, page: then(page, total=total)
        assert search(fake, clock).records == 25

    @pytest.mark.parametrize("token", [{}, ["t"], 1.5, "a\0b", "x" * 5_000, True, "line\nbreak"])
    def test_a_token_that_is_none_stops_it(self, fake: Fake, clock: Clock, token: Any) -> None:
        fake.page_hook = lambda f, page: then(page, scroll_token=token)
        report = search(fake, clock)
        assert report.state == "open" and "token" in report.why


class TestBodies:
    endpoint = small(PDL.about).endpoints[0]

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"null", b"[]", b"7", b'"data"', b"{", b'{"data": [}', b"\xff\xfe", b'{"data": {}}', b"{}",
            b'{"data": [], "total": NaN, "x": Infinity}', b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            b'{"data": [' + b"{}," * 1_000_001 + b"{}]}", b'{"data": [1' + b"0" * 5_000 + b"]}", b"<html>Sorry</html>",
        ],
        ids=range(15),
    )  # fmt: skip
    def test_what_is_no_page_is_told_so(self, body: bytes) -> None:
        tracemalloc.start()
        with pytest.raises(pages.PageUnreadable):
            pages.read(self.endpoint, body)
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
        tracemalloc.stop()

    @given(strategies.binary(max_size=200) | strategies.text(max_size=200).map(str.encode))
    def test_any_bytes_are_a_page_or_are_told_so(self, body: bytes) -> None:
        try:
            assert isinstance(pages.read(self.endpoint, body).records, list)
        except pages.PageUnreadable as error:
            assert error.message


JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats(allow_nan=False)
    | strategies.text(max_size=20)
    | strategies.sampled_from(["2020", "2021-13", "a\0b", "\ud800", "acme.com", "x" * 600]),
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(strategies.text(max_size=5), inner),
    max_leaves=8,
)  # fmt: skip


@strategies.composite
def spoiled(draw: strategies.DrawFn) -> Any:
    """A good record of which some fields, at any depth, are replaced by whatever."""
    record = provider_samples.records("people_data_labs", "people", 1, draw(strategies.integers(0, 50)))[0]
    for _ in range(draw(strategies.integers(0, 6))):
        spot: Any = record
        for _ in range(draw(strategies.integers(0, 4))):
            inner = [
                v
                for v in (spot.values() if isinstance(spot, dict) else spot)
                if isinstance(v, dict | list) and v
            ]
            if not inner:
                break
            spot = draw(strategies.sampled_from(inner))
        names = sorted(spot) if isinstance(spot, dict) else range(len(spot))
        if len(names):
            spot[draw(strategies.sampled_from(list(names)))] = draw(JSON)
    return record


class TestRecords:
    @given(spoiled() | JSON)
    @settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def test_any_record_is_rows_or_refused_with_a_reason(self, record: Any) -> None:
        """And its rows fit into the tables of a load."""
        import pyarrow as pa

        day = datetime(2026, 9, 1, tzinfo=UTC).date()
        try:
            rows = list(PDL.mapping.people(Told(record), as_of=day))
            companies = list(PDL.mapping.companies(Told(record), as_of=day))
        except RecordRefused as error:
            assert error.details["reason"]
            return
        people = pa.Table.from_pylist(rows, schema=ROSTER)
        pa.Table.from_pylist(companies, schema=COMPANIES)
        named = {company["company_id"] for company in companies}
        for row in people.to_pylist():
            assert row["person_id"] and row["title"] and row["full_name"] and row["company_id"] in named
            assert row["last_seen"] <= day and (row["until"] is None or row["until"] <= day)
            assert "\0" not in "".join(str(value) for value in row.values())

    @pytest.mark.django_db
    def test_garbage_among_them_never_stops_a_load(self, fake: Fake, clock: Clock) -> None:
        good = fake.records[:]
        bad = [
            None, 7, "text", [], {}, {"id": 5}, {"id": "x1"}, {"id": "x2", "full_name": "A\0B"},
            {"id": "x3", "full_name": {}},
            {"id": "x4", "full_name": "No Body", "experience": "none"}, {"id": "x5", "full_name": "x" * 999},
            {"id": "x6", "full_name": "\ud800"}, {"id": " ", "full_name": "Blank"},
        ]  # fmt: skip
        fake.records = [row for pair in zip(good, bad * 2, strict=False) for row in pair]
        report = search(fake, clock)
        assert report.state == "whole"
        source = providers.Source(fake.known, QUERY)
        loaded = ingest.load(source=source, now=clock.now())
        assert set(source.roster()["person_id"].to_pylist()) == {row["id"] for row in good}
        assert loaded.people == len(good)
        told = source.problems().filter(pc.field("is_refused")).to_pylist()
        assert len(told) == source.refused == len(bad)
        assert all(row["reason"] for row in told) and {row["id"] for row in told} >= {"x1", "x2", "x6"}

    @pytest.mark.django_db
    def test_a_field_that_cannot_be_used_is_left_out_and_told(self, fake: Fake, clock: Clock) -> None:
        fake.records = [dict(fake.records[0], job_start_date=20, linkedin_url=["x"], location_country="a\0")]
        search(fake, clock)
        source = providers.Source(fake.known, QUERY)
        assert source.refused == 0 and source.roster().num_rows >= 1
        told = {(row["field"], row["reason"]) for row in source.problems().to_pylist()}
        assert ("job_start_date", "is a number, not text") in told
        assert ("location_country", "holds characters that no text may have") in told


@pytest.mark.parametrize(
    "query",
    [{}, [], None, "x", {"size": 5}, {"scroll_token": "x"}, {"titlecase": False}, {"X-Api-Key": "k"},
     {"a": float("nan")},
     {"a": "x" * 70_000}, {"a": object()}, json.loads("[" * 60 + "]" * 60),
     {"a": json.loads('{"a":' * 60 + "1" + "}" * 60)}],
    ids=range(13),
)  # fmt: skip
def test_a_query_that_cannot_be_asked_is_told(query: Any) -> None:
    with pytest.raises(requests.BadQuery):
        requests.check(PDL, PDL.endpoint(), query)


@pytest.mark.parametrize("value", [{}, [[1]], None, "a\0b", "\ud800", {"b": 1}])
def test_what_goes_into_an_address_is_plain(value: Any) -> None:
    with pytest.raises(requests.BadQuery):
        requests.check(PDL, PDL.endpoint("person_enrich"), {"name": value})
