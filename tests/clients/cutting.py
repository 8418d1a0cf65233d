"""A way to the server on which some answers are lost after the server has done its work."""

import http.client
import random
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit


@dataclass
class Line:
    """The address of the way, and what was lost on it."""

    url: str = ""
    lost: list[str] = field(default_factory=list)


@contextmanager
def line(url: str, *, share_lost: float, seed: int) -> Iterator[Line]:
    """Pass requests on to `url`; drop the connection in place of so large a share of the answers."""
    target, chance, told = urlsplit(url), random.Random(seed), Line()

    class Passing(BaseHTTPRequestHandler):
        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            link = http.client.HTTPConnection(str(target.hostname), target.port, timeout=30)
            link.request(self.command, self.path, body, dict(self.headers))
            answer = link.getresponse()
            content = answer.read()
            link.close()
            self.close_connection = True
            if chance.random() < share_lost:
                told.lost.append(f"{self.command} {self.path}")
                return
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {"server", "date", "connection", "transfer-encoding"}:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = do  # noqa: N815  names that the base class looks for

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Passing)
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
