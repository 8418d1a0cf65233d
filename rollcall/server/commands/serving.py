"""serve, work, migrate: the processes of a production installation."""

import importlib
import os
import signal
import threading
import time
from typing import Annotated

import typer

from rollcall.server import console, installation, ports, safety, supervision

# The modules that register sweeps; a test compares this list with the source.
SWEEPING = (
    "rollcall.notices.sending",
    "rollcall.credits.grants",
    "rollcall.credits.alerts",
    "rollcall.credits.chain",
    "rollcall.universe.providers.carrying",
    "rollcall.universe.loads.sweeps",
    "rollcall.contacts.refresh",
    "rollcall.contacts.rereading",
    "rollcall.contacts.departures",
    "rollcall.contacts.erasure",
    "rollcall.segments.schedule",
    "rollcall.personas.automatic",
    "rollcall.personas.sweeps",
)
# A letter, a call or a page that is on its way when the worker stops may end; what does not is taken up again later.
_STOP_SECONDS = 12


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Port; else ROLLCALL_PORT, else 8321.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Web processes.")] = 1,
    threads: Annotated[int, typer.Option(min=1, max=256, help="Threads in each web process.")] = 4,
    migrate_first: Annotated[bool, typer.Option("--migrate/--no-migrate", help="Migrate first.")] = True,
) -> None:
    """Serve the web pages and the API until stopped (Ctrl-C or SIGTERM ends it after the open requests)."""
    port = ports.wanted(port)
    installation.connect()
    safety.refuse_unsafe(host=host)
    ports.refuse_taken(host=host, port=port)
    if migrate_first:
        installation.migrate()
    installation.collect_static()
    console.err.print(f"Serving on http://{host}:{port} with {workers} × {threads} threads.")
    command = granian(host=host, port=port, workers=workers, threads=threads)
    os.execv(command[0], command)  # noqa: S606


def granian(*, host: str, port: int, workers: int, threads: int) -> list[str]:
    """The web server's command line; it stands in for this process, so signals reach it directly."""
    return supervision.python(
        "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(threads), "--no-ws", "--http", "1",
        "--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "10",
        "--log-level", "warning", "rollcall.wsgi:application",
    )  # fmt: skip


def work(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when starting.")] = False,
) -> None:
    """Do background work until stopped; run as many of these as wanted, on any machine."""
    installation.connect()
    register_sweeps()
    from rollcall.core import jobs

    worker = jobs.Worker(lane=jobs.INSIDE)
    lanes = (jobs.OUTSIDE, jobs.BUYING, jobs.LOOKS, jobs.LOADS)
    others = [jobs.Worker(lane=lane, stop_requested=worker.stop_requested) for lane in lanes]
    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, lambda number, frame: worker.stop_requested.set())
    if not quiet:
        console.err.print(f"Working: {', '.join(jobs.SWEEPS)}. Ctrl-C stops after the present step.")
    threads = [threading.Thread(target=other.run, name=other.lane, daemon=True) for other in others]
    for thread in threads:
        thread.start()
    worker.run()
    deadline = time.monotonic() + _STOP_SECONDS
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0.0))


def migrate() -> None:
    """Bring the database up to this version."""
    installation.connect()
    done = installation.migrate()
    console.step(f"{done} migrations applied." if done else "The database is up to date.")


def register_sweeps() -> None:
    """Import what registers sweeps, so that the worker knows them all."""
    for name in SWEEPING:
        importlib.import_module(name)
