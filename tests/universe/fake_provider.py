"""A provider on this computer, made from a description: answers by it, counts what it sells, misbehaves on demand."""

import gzip
import json
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rollcall.universe.providers.description import Bulk, Endpoint, Provider, Retries
from rollcall.universe.providers.pacing import Times
from rollcall.universe.providers.registry import Known

KEY = "key-of-the-tests-0123456789"
TIMEOUT_SECONDS = 0.6
# Whatever it does, the page was sold in these cases: the buyer cannot know.
SOLD = ("silence", "reset", "cut_short", "cut_json", "garbage", "wrong_types", "bomb", "huge", "odd_packing")
REFUSALS = ("429", "500", "503")
KINDS = (*REFUSALS, *SOLD)


@dataclass
class Clock:
    """Time that passes only when somebody sleeps, and a little with every look."""

    at: datetime
    slept: float = 0.0

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.at += timedelta(seconds=seconds)

    @property
    def times(self) -> Times:
        return Times(now=self.now, sleep=self.sleep)


@dataclass
class Fake:
    """`records` are what matches any query; `misbehave` says, for the n-th request, how, or nothing."""

    about: Provider
    endpoint: Endpoint
    records: list[Any]
    misbehave: Callable[[int], str] = lambda number: ""
    knows_keys: bool = True
    now: Callable[[], datetime] | None = None
    # (calls, seconds): what it allows; more are answered with 429.
    allows: tuple[int, int] | None = None
    page_hook: Callable[["Fake", dict[str, Any]], dict[str, Any]] | None = None
    # Whom a lookup finds.
    directory: dict[str, Any] = field(default_factory=dict)
    bulk_hook: Callable[[list[Any]], Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    arrived: list[datetime] = field(default_factory=list)
    refused_for_speed: int = 0
    sold: Counter[str] = field(default_factory=Counter)
    sold_keys: set[str] = field(default_factory=set)
    charged: Decimal = Decimal(0)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    @property
    def known(self) -> Known:
        """The provider as a program would know it, but here."""
        from rollcall.universe.providers import registry

        retries = Retries(attempts_max=6, unsure_max=3, budget=500, first_seconds=0.01, most_seconds=0.05)
        update = {"url": self.url, "timeout_seconds": TIMEOUT_SECONDS, "retries": retries}
        mapping = next((k.mapping for k in registry.list_() if k.about.name == self.about.name), None)
        return Known(
            self.about.model_copy(update=update), mapping or registry.get("people_data_labs").mapping
        )

    @property
    def pages_needed(self) -> int:
        paging, count = self.endpoint.paging, len(self.records)
        if paging.kind == "none":
            return 1
        if paging.kind == "page" and not paging.total:
            return count // paging.size + 1
        return max(1, -(-count // paging.size))

    def answer(self, asked: dict[str, Any], call_key: str) -> tuple[int, bytes, str]:
        """(status, body, how to misbehave)."""
        with self.lock:
            number = len(self.asked)
            self.asked.append((call_key, asked))
            if self.now:
                self.arrived.append(self.now())
                if self.allows and self._is_too_fast():
                    self.refused_for_speed += 1
                    return 429, b'{"status": 429, "error": {"type": "rate_limit_error"}}', ""
            kind = self.misbehave(number)
            if kind in REFUSALS:
                return int(kind), b'{"status": 500, "error": {"message": "not now"}}', kind
            if kind.isdigit():
                return int(kind), json.dumps({"error": {"message": f"no: {KEY}"}}).encode(), kind
            if self.endpoint.bulk is not None:
                return 200, json.dumps(self._look_up(self.endpoint.bulk, asked, call_key)).encode(), kind
            page, records = self._page(asked)
            if not records and self.endpoint.paging.kind == "token":
                return 404, b'{"status": 404, "error": {"type": "not_found", "message": "none"}}', kind
            self._sell(asked, call_key, records)
            return 200, json.dumps(page).encode(), kind

    def _is_too_fast(self) -> bool:
        assert self.allows
        calls, seconds = self.allows
        return sum(self.arrived[-1] - at < timedelta(seconds=seconds) for at in self.arrived) > calls

    def _page(self, asked: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
        paging, endpoint = self.endpoint.paging, self.endpoint
        size = int(asked.get(paging.size_parameter, paging.size)) if paging.size_parameter else paging.size
        told = asked.get(paging.parameter)
        if paging.kind == "token":
            start = int(str(told).rpartition("$")[2]) if told else 0
        elif paging.kind == "page":
            start = (int(told) - paging.first) * size if told else 0
        else:
            start = int(told or 0)
        records = self.records[start : start + size]
        if endpoint.is_single:
            page: dict[str, Any] = {}
            _put(page, endpoint.records, records[0]) if endpoint.records else page.update(records[0])
            return page, records[:1]
        page = {"status": 200}
        _put(page, endpoint.records, records)
        if paging.total:
            _put(page, paging.total, len(self.records))
        if paging.kind == "token" and start + size < len(self.records):
            _put(page, paging.token, f"t${start + size}")
        return (self.page_hook(self, page) if self.page_hook else page), records

    def _look_up(self, bulk: Bulk, asked: dict[str, Any], call_key: str) -> Any:
        """An answer for each lookup, in its place; each that finds somebody is sold."""
        answers = []
        for wanted in asked[bulk.requests]:
            subject = wanted[bulk.params][bulk.parameter]
            record = self.directory.get(subject)
            answer: dict[str, Any] = {bulk.status: 200 if record else 404, bulk.echo: wanted.get(bulk.echo)}
            if record:
                _put(answer, bulk.record, record) if bulk.record else answer.update(record)
                if not self.knows_keys or call_key not in self.sold_keys:
                    self.sold[subject] += 1
                    self.charged += self.endpoint.cost.per_record
            answers.append(answer)
        self.sold_keys.add(call_key)
        return self.bulk_hook(answers) if self.bulk_hook else answers

    def _sell(self, asked: dict[str, Any], call_key: str, records: list[Any]) -> None:
        if self.knows_keys and call_key in self.sold_keys:
            return
        self.sold_keys.add(call_key)
        self.sold[str(asked.get(self.endpoint.paging.parameter, ""))] += 1
        self.charged += self.endpoint.cost.most(len(records))


def chaos(seed: int, share: float, kinds: tuple[str, ...] = KINDS) -> Callable[[int], str]:
    """So large a share of requests goes wrong, each in a way drawn by lot."""
    dice = random.Random(seed)
    return lambda number: dice.choice(kinds) if dice.random() < share else ""


@contextmanager
def listening(fake: Fake) -> Iterator[Fake]:
    """On a free port of the loopback, stopped at the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": fake}))
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    fake: Fake

    def do_POST(self) -> None:
        self._handle(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def do_GET(self) -> None:
        told = parse_qs(urlsplit(self.path).query)
        self._handle({name: values[0] for name, values in told.items()})

    def _handle(self, asked: dict[str, Any]) -> None:
        if not _is_let_in(self.fake.about, self.headers, asked):
            self._send(401, b'{"error": {"message": "who are you"}}')
            return
        call_key = self.headers.get(self.fake.about.idempotency_header, "")
        status, body, kind = self.fake.answer(asked, call_key)
        try:
            self._send_so(status, body, kind)
        except OSError:
            return

    def _send_so(self, status: int, body: bytes, kind: str) -> None:
        half = body[: len(body) // 2]
        if kind == "silence":
            time.sleep(TIMEOUT_SECONDS + 0.2)
        elif kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        elif kind == "cut_short":
            self._send(status, half, length=len(body))
            self.close_connection = True
        elif kind == "bomb":
            self._send(status, _bomb(), coding="gzip")
        elif kind == "odd_packing":
            self._send(status, body, coding="br")
        elif kind in ("cut_json", "garbage", "wrong_types", "huge"):
            wrong = b'{"status": 200, "data": "all of them", "items": 7, "scroll_token": {}}'
            noise = random.Random(len(body)).randbytes(300)
            spaces = b" " * (self.fake.endpoint.bytes_max + 10)
            bodies = {"cut_json": half, "garbage": noise, "wrong_types": wrong, "huge": spaces}
            self._send(status, bodies[kind])
        else:
            self._send(status, gzip.compress(body), coding="gzip")

    def _send(self, status: int, body: bytes, *, length: int | None = None, coding: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if coding:
            self.send_header("Content-Encoding", coding)
        for name, value in self.fake.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


def _is_let_in(about: Provider, headers: Any, asked: dict[str, Any]) -> bool:
    if about.auth.kind == "query":
        return asked.pop(about.auth.name, "") == KEY
    return bool(headers.get(about.auth.name) == about.auth.prefix + KEY)


def _put(page: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for name in above:
        page = page.setdefault(name, {})
    page[last] = value


@cache
def _bomb() -> bytes:
    """A hundred kilobytes that unpack to a hundred megabytes."""
    return gzip.compress(b" " * 100_000_000, compresslevel=9)
