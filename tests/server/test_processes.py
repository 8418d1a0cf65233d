"""`serve` and `work` as real processes with the settings of production, on SQLite or on a real PostgreSQL."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HOST = "rollcall.acme.example"
FINANCE = {"titles": ["chief financial officer"], "per_company": 1}
UTILITIES = {"where": {"op": "and", "items": [{"field": "sector", "op": "is", "value": "Utilities"}]}}


@dataclass
class Installation:
    """The environment of a production installation, and ways to use it."""

    environment: dict[str, str]
    port: int
    key: str = ""

    def run(self, *arguments: str) -> str:
        """A command that ends."""
        done = subprocess.run(
            self._command(*arguments),
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command that goes on until SIGTERM, and must then end by itself and well."""
        process = subprocess.Popen(self._command(*arguments), env=self.environment, cwd=ROOT)
        try:
            yield process
            assert process.poll() is None, "it ended by itself"
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """A request as the proxy in front would send it."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, method=method)
        sent = {"Host": HOST, "X-Forwarded-Proto": "https"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        for name, value in {**sent, "Authorization": f"Bearer {self.key}", **headers}.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, _decoded(response.read())
        except urllib.error.HTTPError as error:
            return error.code, _decoded(error.read())

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "rollcall.server", *arguments]


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("ROLLCALL_", "DJANGO_"))
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = tmp_path / "secret"
    secret.write_text("v8Jq2LkX0wRz5TnYb7Hc3PdFs9GmAe1U-v8Jq2LkX0wRz5TnYb7Hc3PdFs9GmAe1U\n")
    ours = {
        "ROLLCALL_HOME": str(tmp_path / "home"),
        "ROLLCALL_PORT": str(port),
        "ROLLCALL_SECRET_KEY_FILE": str(secret),
        "ROLLCALL_HTTPS": "1",
        "ROLLCALL_ALLOWED_HOSTS": HOST,
    }
    if os.environ.get("ROLLCALL_TEST_DB") == "postgres":
        ours["ROLLCALL_DATABASE_URL"] = _new_database(f"processes_{os.getpid()}_{port}")
    return Installation(environment=kept | ours, port=port)


def test_from_an_empty_folder_to_paid_contacts(installation: Installation) -> None:
    with installation.running("serve", "--host", "0.0.0.0", "--workers", "2"):
        wait_for(lambda: installation.ask("GET", "/healthz")[0] == 200)
        installation.run("health")
        installation.run("workspace", "create", "Acme")
        installation.run("load", "us_public_companies", "--next")
        installation.run("grant", "acme", "100", "--name", "Annual package")
        installation.key = json.loads(
            installation.run("key", "acme", "--credits-per-month", "10000", "--json")
        )["secret"]
        with installation.running("work"), installation.running("work"):
            run = _search(installation)
            assert run["charged"] == run["people"] > 10
        _, balance = installation.ask("GET", "/api/v1/credits")
        assert balance["available"] == 100 - run["charged"] and balance["held"] == 0
    assert json.loads(installation.run("verify", "--json"))["ok"]
    installation.run("health", "--worker")


def test_pages_and_their_files_are_served(installation: Installation) -> None:
    """The collected files have names made from their content, so that they may be cached for ever."""
    with installation.running("serve"):
        wait_for(lambda: installation.ask("GET", "/healthz")[0] == 200)
        status, page = installation.ask("GET", "/account/login/")
        assert status == 200 and "/static/" in page
        files = [part.split('"')[0] for part in page.split('="/static/')[1:]]
        for file in files:
            assert installation.ask("GET", f"/static/{file}")[0] == 200, file
        assert installation.ask("GET", "/account/login/", Host="attacker.example")[0] == 400


def test_on_a_public_address_it_refuses_unsafe_settings(installation: Installation) -> None:
    environment = installation.environment | {"ROLLCALL_HTTPS": "0", "ROLLCALL_DEBUG": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "rollcall.server", "serve", "--host", "0.0.0.0"],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert (
        "ROLLCALL_HTTPS" in done.stderr and "ROLLCALL_DEBUG" in done.stderr and "Traceback" not in done.stderr
    )


def wait_for(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except OSError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _search(installation: Installation) -> dict[str, Any]:
    """Segment, persona, quote, run; the run as it ended."""
    _, segment = installation.ask("POST", "/api/v1/segments", {"name": "Utilities", "definition": UTILITIES})
    _, persona = installation.ask("POST", "/api/v1/personas", {"name": "CFOs", "definition": FINANCE})
    asked = {"segment_id": segment["id"], "persona_ids": [persona["id"]]}
    _, quote = installation.ask("POST", "/api/v1/quotes", asked)
    status, run = installation.ask("POST", "/api/v1/runs", {"quote_id": quote["id"]}, Idempotency_Key="one")
    assert status == 201

    def is_done() -> bool:
        nonlocal run
        run = installation.ask("GET", f"/api/v1/runs/{run['id']}")[1]
        return bool(run["state"] == "done")

    wait_for(is_done)
    assert run["charged"] == quote["credits_max"]
    return dict(run)


def _new_database(name: str) -> str:
    import psycopg

    address = urlsplit(os.environ["ROLLCALL_DATABASE_URL"])
    with psycopg.connect(urlunsplit(address), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(address._replace(path=f"/{name}"))


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
