"""A provider that wants to do harm: it holds no worker for long, fills no memory, reaches nothing inside."""

import json
import random
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from rollcall.universe import ingest, providers
from rollcall.universe.providers import registry, walking
from rollcall.universe.providers.told import Told
from tests.universe import provider_samples
from tests.universe.fake_provider import Clock, Fake, listening
from tests.universe.provider_examples import EXAMPLES, SIZE, small

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fakes_answer")]
QUERY = {"title": "cfo"}
PDL = registry.get("people_data_labs")
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n"
AS_OF = date(2026, 9, 1)


@pytest.fixture
def fake() -> Iterator[Fake]:
    with listening(made()) as here:
        yield here


def made(count: int = 25) -> Fake:
    about = small(PDL.about)
    return Fake(about, about.endpoints[0], provider_samples.records(about.name, "people", count))


def search(fake: Fake, clock: Clock, pages: int = 50) -> walking.Report:
    one = walking.Ask(fake.known, fake.endpoint, QUERY, walking.Caps(pages=pages))
    return providers.search(ask=one, times=clock.times, dice=random.Random(1))


def drip() -> Iterator[bytes]:
    """A byte now and then, for ever."""
    yield OK + b"Content-Length: 100000\r\n\r\n"
    while True:
        yield b" "
        threading.Event().wait(0.02)


def endless_body() -> Iterator[bytes]:
    yield CHUNKED + b"\r\n"
    while True:
        yield b"10000\r\n" + b" " * 65_536 + b"\r\n"


def endless_gzip() -> Iterator[bytes]:
    """Blocks that hold nothing: they unpack to no byte, so only the packed ones can be counted."""
    yield CHUNKED + b"Content-Encoding: gzip\r\n\r\n"
    yield b"a\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\r\n"
    while True:
        yield b"10000\r\n" + b"\x00\x00\x00\xff\xff" * 13_107 + b"\x00\r\n"


def endless_headers() -> Iterator[bytes]:
    yield OK
    for number in range(10**9):
        yield f"X-{number}: {'y' * 1_000}\r\n".encode()


def ten_gigabytes() -> Iterator[bytes]:
    yield OK + b"Content-Length: 10000000000\r\n\r\n"
    while True:
        yield b"[" * 65_536


def nothing_at_all() -> Iterator[bytes]:
    yield b""


def another_protocol() -> Iterator[bytes]:
    yield b"220 mail.example.com ESMTP\r\n" * 10


ATTACKS = [drip, endless_body, endless_gzip, endless_headers, ten_gigabytes, nothing_at_all, another_protocol]


@contextmanager
def serving(attack: Callable[[], Iterator[bytes]]) -> Iterator[str]:
    """Sends this to whoever connects, until they have enough of it."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    is_over = threading.Event()

    def send(link: socket.socket) -> None:
        with link:
            try:
                link.recv(65_536)
                for piece in attack():
                    if is_over.is_set():
                        return
                    link.sendall(piece)
            except OSError:
                return

    def accept() -> None:
        while not is_over.is_set():
            try:
                link, _ = server.accept()
            except TimeoutError:
                continue
            threading.Thread(target=send, args=(link,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        is_over.set()
        thread.join(5)
        server.close()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_what_never_ends_is_left_soon_and_takes_no_room(clock: Clock, attack: Any) -> None:
    with serving(attack) as url:
        fake = made()
        fake.url = url
        tracemalloc.start()
        report = search(fake, clock)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert (report.state, report.pages, report.cost) == ("open", 0, 0) and report.why
    assert report.attempts_now <= fake.known.about.retries.unsure_max + 1
    assert report.maybe_cost == report.attempts_now * SIZE, "each may have cost a page"
    assert peak < 16 * 2**20


def test_what_was_bought_before_the_attack_stays_bought(fake: Fake, clock: Clock) -> None:
    fake.misbehave = lambda number: "bomb" if number >= 2 else ""
    assert search(fake, clock).pages == 2
    fake.misbehave = lambda number: ""
    report = search(fake, clock)
    assert (report.state, report.records, set(fake.sold.values())) == ("whole", 25, {1})


@pytest.mark.parametrize(
    "inside", ["http://127.0.0.1:{port}/steal", "http://169.254.169.254/latest/meta-data"]
)
def test_a_redirect_is_not_followed(fake: Fake, clock: Clock, inside: str) -> None:
    """Neither to loopback nor to where cloud machines keep their credentials: the key goes nowhere else."""
    with listening(made()) as other:
        fake.headers = {"Location": inside.format(port=other.url.rpartition(":")[2])}
        fake.misbehave = lambda number: "307"
        report = search(fake, clock)
        assert report.state == "open" and "307" in report.why
        assert other.asked == [] and len(fake.asked) == 1


@pytest.mark.parametrize("total", [1, 0, 2**62])
def test_a_total_that_drifts_neither_ends_it_early_nor_keeps_it_going(
    fake: Fake, clock: Clock, total: int
) -> None:
    """As long as there is a token there may be more; without one there is not."""
    fake.page_hook = lambda f, page: page | ({"total": total} if len(f.asked) > 1 else {})
    report = search(fake, clock)
    assert (report.state, report.records, len(fake.asked)) == ("whole", 25, 4)


def test_a_total_that_shrinks_ends_no_pages_by_number(clock: Clock) -> None:
    about = small(next(one for one in EXAMPLES if one.name == "by_page"))
    fake = Fake(about, about.endpoints[0], provider_samples.records(PDL.about.name, "people", 25))
    fake.page_hook = lambda f, page: page | ({"count": 8} if len(f.asked) > 1 else {})
    with listening(fake):
        assert search(fake, clock).records == 25


def test_two_tokens_that_lead_to_each_other_end_it(fake: Fake, clock: Clock) -> None:
    fake.page_hook = lambda f, page: page | {"scroll_token": f"t${7 * (len(f.asked) % 2)}", "total": 10**6}
    report = search(fake, clock)
    assert report.state == "whole" and len(fake.asked) <= 4 and "been at already" in report.why


@pytest.mark.parametrize(
    "told", ["nan", "sNaN", "-5", "1e999999", "Infinity", "9" * 50, "7\u00b2", "", "0x7"]
)
def test_a_cost_that_is_none_is_reckoned_instead(fake: Fake, clock: Clock, told: str) -> None:
    fake.headers = {"X-Call-Credits-Spent": told}
    assert search(fake, clock, 1).cost == Decimal(SIZE)


def test_a_record_as_deep_as_can_be_read_ends_nothing(fake: Fake, clock: Clock) -> None:
    def nested(depth: int) -> Any:
        return json.loads('{"a":' * depth + "1" + "}" * depth)

    fake.records[3:3] = [nested(depth) for depth in (60, 400, 800, 900)]
    report = search(fake, clock)
    if report.state == "open":
        assert "too deep" in report.why
    else:
        assert providers.Source(fake.known, QUERY).refused == 4


class TestFields:
    def one(self, **fields: Any) -> dict[str, Any]:
        record = provider_samples.records(PDL.about.name, "people", 1)[0]
        told = {"first_name": None, "last_name": None, "work_email": None, "linkedin_url": None}
        told |= {"job_company_name": "Acme", "job_title": "CFO", "experience": None, "job_start_date": None}
        return record | {"full_name": "Ann Lee"} | told | fields

    def rows(self, record: dict[str, Any]) -> list[dict[str, Any]]:
        return list(PDL.mapping.people(Told(record), as_of=AS_OF))

    @pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\u061c", "\u200b", "\ufeff"])
    def test_what_turns_writing_round_is_taken_out(self, mark: str) -> None:
        """A name that reads as another, or two that look the same."""
        (row,) = self.rows(self.one(full_name=f"Ann {mark}eeL{mark}", job_title=f"C{mark}FO"))
        assert (row["full_name"], row["title"]) == ("Ann eeL", "CFO")

    def test_joiners_that_names_need_stay(self) -> None:
        (row,) = self.rows(self.one(full_name="علی\u200cرضا رضایی"))
        assert row["full_name"] == "علی\u200cرضا رضایی"

    @pytest.mark.parametrize("day", ["9999-12-31", "9999", "2999-01"])
    def test_days_that_have_not_come_are_brought_back(self, day: str) -> None:
        past = {
            "title": {"name": "Analyst"},
            "company": {"name": "Dorn"},
            "start_date": "2001",
            "end_date": day,
        }
        for row in self.rows(self.one(job_last_verified=day, job_start_date=day, experience=[past])):
            assert row["last_seen"] <= AS_OF and (row["since"] or AS_OF) <= AS_OF
            assert (row["until"] or AS_OF) <= AS_OF

    @pytest.mark.parametrize(
        "day", ["0000-00-00", "-001-01-01", "10000-01-01", "0001-01-01", "2020-02-30", 20200101]
    )
    def test_days_that_never_were_are_left_out(self, day: Any) -> None:
        (row,) = self.rows(self.one(job_last_verified=day, job_start_date=day))
        assert (row["since"], row["last_seen"]) == (None, AS_OF)

    @pytest.mark.parametrize("count", [-1, -(2**70), 2**70, 1e300, float("inf"), "12", True, [5], 1.5])
    def test_counts_that_are_none_are_left_out(self, count: Any) -> None:
        found = list(PDL.mapping.companies(Told(self.one(job_company_employee_count=count)), as_of=AS_OF))
        assert [row["employees"] for row in found] == [None]

    def test_all_of_it_at_once_is_loaded_without_harm(self, fake: Fake, clock: Clock) -> None:
        fake.records = [
            self.one(id="a1", full_name="Ann \u202eLee", job_last_verified="9999-12-31"),
            self.one(id="a2", full_name="Bo\0Lind"),
            self.one(id="a3", full_name="\ud800"),
            self.one(
                id="a4", full_name="Cy Orr", job_company_employee_count=-5, linkedin_url="javascript:alert(1)"
            ),
        ]
        search(fake, clock)
        source = providers.Source(fake.known, QUERY)
        assert ingest.load(source=source, now=clock.now()).people == 2 and source.refused == 2
