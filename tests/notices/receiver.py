"""A receiver of webhooks on this computer: remembers what it got, and fails as often and as badly as it is told to."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`failing` is the share of calls answered with 503, `cutting` that of those done whose answer is lost; `answer` is
    a status for all; `got` (headers, body) of each, `told` the answers by their ids; `look` sees each as it comes."""

    failing: float = 0.0
    cutting: float = 0.0
    answer: int = 204
    drip: bool = False
    big: bool = False
    location: str = ""
    got: list[tuple[dict[str, str], str]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    told: dict[str, list[int | None]] = field(default_factory=dict)
    look: Callable[[dict[str, str], str], None] | None = None
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def take(self, headers: dict[str, str], body: str) -> int | None:
        """The status to answer with; None: none at all."""
        with self.lock:
            self.got.append((headers, body))
            if self.look is not None:
                self.look(headers, body)
            number, status = headers.get("webhook-id", ""), self._status()
            if (status or 200) < 300:
                self.accepted.append(number)
            self.told.setdefault(number, []).append(status)
            return status

    def _status(self) -> int | None:
        if self.failing and self.chance.random() < self.failing:
            return 503
        return None if self.cutting and self.chance.random() < self.cutting else self.answer


@contextmanager
def listening(**kind: Any) -> Iterator[Receiver]:
    """A receiver on a free port of the loopback, stopped at the end."""
    receiver = Receiver(**kind)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status = receiver.take({k.lower(): v for k, v in self.headers.items()}, body)
            if status is None:
                return
            self.send_response(status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            if receiver.drip:
                self._drip()
                return
            content = b"x" * (5_000_000 if receiver.big else 0)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                self.wfile.write(content)
            except OSError:
                return

        def _drip(self) -> None:
            """A header that never ends, a byte at a time."""
            for _ in range(200):
                try:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(0.05)

        def log_message(self, format: str, *args: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # more than call at once: the system would let the others wait for seconds

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks?of=rollcall"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
