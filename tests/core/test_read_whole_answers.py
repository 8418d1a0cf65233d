"""An answer is read whole or not at all: packed or plain, it never outgrows its limit, and a cut is told."""

import gzip
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from rollcall.core import http

Serve = Callable[..., str]
BODY = b'{"some": "answer"}' * 100
_NOTHING = gzip.compress(b"", mtime=0)


@pytest.fixture(autouse=True)
def _here(settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(body, coding="gzip")`: the address of a server that answers so."""
    servers = []

    def do(body: bytes, *, coding: str = "", length: int | None = None, status: int = 200) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                self.send_header("X-Asked", self.headers["Accept-Encoding"])
                if coding:
                    self.send_header("Content-Encoding", coding)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield do
    for server in servers:
        server.shutdown()
        server.server_close()


def call(url: str, bytes_max: int = 10_000) -> http.Answer:
    return http.call(method="GET", url=url, content=b"", headers={}, seconds=5, bytes_max=bytes_max)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [("", BODY), ("identity", BODY), ("gzip", gzip.compress(BODY)), (" X-GZIP ", gzip.compress(BODY)),
     ("deflate", zlib.compress(BODY)), ("gzip", _NOTHING)],
    ids=range(6),
)  # fmt: skip
def test_it_works(serve: Serve, coding: str, packed: bytes) -> None:
    answer = call(serve(packed, coding=coding))
    assert answer.body == (b"" if packed == _NOTHING else BODY)
    assert (answer.status, answer.headers["x-asked"]) == (200, "gzip")


def test_the_limit_counts_unpacked_and_packed(serve: Serve) -> None:
    assert len(call(serve(b"x" * 10_000)).body) == 10_000
    assert len(call(serve(gzip.compress(b"x" * 10_000), coding="gzip")).body) == 10_000
    for body, coding in ((b"x" * 10_001, ""), (gzip.compress(b"x" * 10_001), "gzip")):
        with pytest.raises(http.AnswerTooLarge, match="10000 bytes"):
            call(serve(body, coding=coding))


def test_a_bomb_takes_no_room(serve: Serve) -> None:
    url = serve(gzip.compress(b"\0" * 200_000_000, 9), coding="gzip")
    tracemalloc.start()
    with pytest.raises(http.AnswerTooLarge):
        call(url, bytes_max=1_000_000)
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("coding", "packed"),
    [("gzip", b"plain text"), ("gzip", gzip.compress(BODY)[:-9]), ("gzip", gzip.compress(BODY) + b"more"), ("br", BODY),
     ("gzip, gzip", gzip.compress(gzip.compress(BODY))), ("gzip", b"")],
    ids=range(6),
)  # fmt: skip
def test_what_cannot_be_unpacked_is_told(serve: Serve, coding: str, packed: bytes) -> None:
    with pytest.raises(http.AnswerUnreadable):
        call(serve(packed, coding=coding))


def test_what_is_cut_off_is_told(serve: Serve) -> None:
    with pytest.raises(http.NoAnswer) as told:
        call(serve(BODY, length=len(BODY) + 1))
    assert not isinstance(told.value, http.NotReached)


def test_who_was_not_reached_got_nothing(serve: Serve) -> None:
    """Other than a time-out, this is certain: nothing was sent, so nothing was bought."""
    with pytest.raises(http.NotReached, match="Nothing was sent"):
        call("http://127.0.0.1:9/")


def test_a_redirect_is_an_answer_like_any_other(serve: Serve) -> None:
    assert call(serve(b"", status=302)).status == 302


def test_the_guards_are_those_of_a_post(settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = False
    for url, error in (("http://example.com/", http.BadUrl), ("https://127.0.0.1/", http.AddressRefused)):
        with pytest.raises(error):
            call(url)
    with pytest.raises(http.BadUrl, match="longer than 500"):
        call("https://example.com/" + "a" * 500)
