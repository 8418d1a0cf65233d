"""`make demo`: build the demo once, then serve it with a worker beside it until Ctrl-C."""

import fcntl
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from rollcall.core import configuration
from rollcall.core.errors import Conflict, TryLater
from rollcall.server import acting, console, installation, ports, profile, supervision
from rollcall.server.commands import serving

HOST = "127.0.0.1"
_ANSWERS_WITHIN_SECONDS = 60
_COMMAND_LINE_CAP = 1_000
_KEPT = {
    "ROLLCALL_ENGINE",
    "ROLLCALL_FAULTS",
    "ROLLCALL_LOG_LEVEL",
    "ROLLCALL_LOG_JSON",
    "ROLLCALL_OPERATOR_EMAIL",
}


class AlreadyRunning(Conflict):
    """A demo on {home} is already running at {address} (process {pid}). Open that address, or stop it there with
    Ctrl-C; for a second demo beside it set ROLLCALL_HOME and ROLLCALL_PORT."""


class DidNotAnswer(TryLater):
    """The web server did not answer at {address} within a minute. Its last lines are above."""


class PreparationKilled(TryLater):
    """Building the demo was ended by signal {signal}. Nothing is lost: `make demo` goes on where it was."""


def demo(
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in a browser.")] = True,
    port: Annotated[int | None, typer.Option(help="Port; else ROLLCALL_PORT, else 8321.")] = None,
) -> None:
    """Build a demo workspace on real public companies and serve it on this computer."""
    home, port = installation.usable_home(), ports.wanted(port)
    address = f"http://{HOST}:{port}"
    environment = _environment(home, address)
    with _sole_demo(home, address):
        ports.refuse_taken(host=HOST, port=port)
        path = _prepare(address, environment)
        web = serving.granian(host=HOST, port=port, workers=1, threads=4)
        worker = supervision.python("-m", "rollcall.server", "work", "--quiet")
        supervisor = supervision.Supervisor(
            programs=[
                supervision.Program("The web server", web, environment),
                supervision.Program("The worker", worker, environment),
            ],
            tell=lambda text: console.err.print(f"[yellow]![/] {text}"),
        )
        try:
            supervisor.start()
            _wait_for(address, supervisor)
            _welcome(address=address, path=path, home=home, browser=browser, stopping=supervisor.stopping)
            supervisor.watch()
        finally:
            supervisor.stop()
        console.err.print("Stopped. Everything is kept; `make demo` goes on from here.")


def prepare_demo(address: str) -> None:
    """Set up and tell the story where that has not been done; prints the path that signs in without typing."""
    from rollcall.core import clock

    installation.connect()
    if installation.migrate():
        console.step("Database ready")
    if installation.collect_static():
        console.step("Pages ready")
    from rollcall import demo as story
    from rollcall.web import demo_sign_in

    home, alice = configuration.home(), story.user_named("Alice Moreau")
    if alice is not None and profile.exists(home):
        profile.move(home, address=address)
    else:
        story.tell(now=clock.now(), say=console.step)
        profile.write(home, address=address, key=_api_key())
        console.step(f"Profile for the command line written to {profile.path(home)}")
        alice = story.user_named("Alice Moreau")
    assert alice is not None  # the story has been told
    console.show_json({"path": demo_sign_in.link(alice)})


def _api_key() -> str:
    """A key of Meridian for the `rollcall` command line."""
    from rollcall.core import clock
    from rollcall.credits import capped_keys
    from rollcall.workspaces import members

    workspace = members.find_workspace("meridian")
    _, secret = capped_keys.create(
        workspace=workspace, name="Command line", role="admin", actor=acting.operator(), now=clock.now(),
        credits_per_month=_COMMAND_LINE_CAP,
    )  # fmt: skip
    return secret


def _environment(home: Path, address: str) -> dict[str, str]:
    """For the demo's programs: none of the settings of another installation, least of all its database."""
    others = {name for name in os.environ if name.startswith("ROLLCALL_") and name not in _KEPT}
    kept = {name: value for name, value in os.environ.items() if name not in others}
    ours = {
        "ROLLCALL_DEMO": "1",
        "ROLLCALL_HOME": str(home),
        "ROLLCALL_URL": address,
        "MALLOC_ARENA_MAX": "2",
        "ROLLCALL_EMAIL_BACKEND": "rollcall.notices.mailbox.EmailBackend",
    }
    # Whoever tries webhooks in the demo has a receiver on this very computer.
    return kept | ours | {"ROLLCALL_ALLOW_PRIVATE_WEBHOOKS": "1"}


@contextmanager
def _sole_demo(home: Path, address: str) -> Iterator[None]:
    """Hold the folder's lock while the demo runs; whoever comes second learns where the first one is."""
    with (home / "demo.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(home=home, **_told_by(file)) from None
        file.seek(0)
        file.truncate()
        json.dump({"address": address, "pid": os.getpid()}, file)
        file.flush()
        yield


def _told_by(file: Any) -> dict[str, Any]:
    """What the running demo wrote into its lock; it may be just about to write it."""
    for _ in range(20):
        file.seek(0)
        try:
            told: dict[str, Any] = json.load(file)
        except ValueError:
            time.sleep(0.05)
        else:
            return told
    return {"address": "an address it has not told yet", "pid": "unknown"}


def _prepare(address: str, environment: dict[str, str]) -> str:
    """In a process of its own, whose memory goes back when it is done."""
    command = supervision.python("-m", "rollcall.server", "prepare-demo", address)
    try:
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)  # noqa: S603
    except KeyboardInterrupt:
        sys.exit(130)
    if done.returncode < 0:
        raise PreparationKilled(signal=-done.returncode)
    if done.returncode:
        sys.exit(done.returncode)
    return str(json.loads(done.stdout)["path"])


def _wait_for(address: str, supervisor: supervision.Supervisor) -> None:
    deadline = time.monotonic() + _ANSWERS_WITHIN_SECONDS
    while not supervisor.stopping and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address + "/healthz", timeout=5):  # noqa: S310
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            if supervisor.programs[0].process and supervisor.programs[0].process.poll() is not None:
                break
            time.sleep(0.05)
    if not supervisor.stopping:
        raise DidNotAnswer(address=address)


def _welcome(*, address: str, path: str, home: Path, browser: bool, stopping: bool) -> None:
    if stopping:
        return
    link = address + path
    # Never in a box: a box cuts long lines, and a cut link signs nobody in.
    console.err.print(
        "\n[bold green]Rollcall is ready.[/] This link signs you in as Alice Moreau, owner of the workspace Meridian:\n"
        f"\n  [bold]{link}[/]\n\n"
        "In another terminal  .venv/bin/rollcall credits balance\n"
        f"State                {home} (delete that folder to start anew; emails are in {home / 'letters'})\n"
        "Stop                 Ctrl-C\n"
    )
    if browser and _has_screen():
        webbrowser.open(link)


def _has_screen() -> bool:
    """Without a screen `webbrowser` would take over the terminal with a text browser."""
    return sys.platform in {"darwin", "win32"} or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
