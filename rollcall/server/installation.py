"""The state of this installation: its folder, its database's version, its collected static files."""

import fcntl
import gc
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rollcall
from rollcall.core import configuration
from rollcall.core.errors import Conflict
from rollcall.server import console

_MIGRATION_LOCK = 7_655_225_501


class StateIsNewer(Conflict):
    """The state in {place} was written by a newer Rollcall than this {version} (unknown here: {unknown}).
    Install the newer version again, or set ROLLCALL_HOME to another folder. Nothing was changed."""


def connect() -> None:
    """Read the settings and make Django ready; refuse a state that is newer than this program."""
    usable_home()
    for name in ("ROLLCALL_SECRET_KEY", "ROLLCALL_DATABASE_URL", "ROLLCALL_SMTP_PASSWORD"):
        _from_file(name)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rollcall.settings")
    _import_all()
    refuse_newer()


def usable_home() -> Path:
    """The state folder, made when missing.

    Raises:
        FolderNotUsable
    """
    home = configuration.home()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise console.FolderNotUsable(place=home, reason=(error.strerror or "no access").lower()) from None
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        raise console.FolderNotUsable(place=home, reason="this user may not write there")
    return home


def refuse_newer() -> None:
    """Raise StateIsNewer if the database knows migrations that this program does not."""
    unknown = sorted(set(_loader().applied_migrations) - set(_loader().disk_migrations))
    ours = [f"{app}.{name}" for app, name in unknown if app in _our_labels()]
    if ours:
        raise StateIsNewer(place=_place(), version=rollcall.__version__, unknown=", ".join(ours[:3]))


def migrations_due() -> int:
    """How many migrations this database still lacks."""
    loader = _loader()
    return len(set(loader.disk_migrations) - set(loader.applied_migrations))


def migrate() -> int:
    """Bring the database up to this version; how many steps that took. Safe to call from many processes at once."""
    from django.core.management import call_command

    with _one_at_a_time():
        due = migrations_due()
        if due:
            call_command("migrate", interactive=False, verbosity=0)
    return due


def collect_static() -> bool:
    """Collect the static files unless those collected already are of this version; whether it was needed."""
    from django.conf import settings
    from django.core.management import call_command

    if settings.WHITENOISE_USE_FINDERS:
        return False
    root = Path(settings.STATIC_ROOT)
    mark = root / ".collected"
    wanted = _fingerprint()
    with _lock_file(Path(settings.ROLLCALL_HOME) / "static.lock"):
        if mark.exists() and mark.read_text() == wanted:
            return False
        call_command("collectstatic", interactive=False, verbosity=0, clear=root.exists())
        mark.write_text(wanted)
    return True


def _import_all() -> None:
    """Nothing of what is imported is garbage; to look for it, meanwhile or later, would take a fifth of the time."""
    import django
    from django.apps import apps

    if apps.ready:
        return
    gc.disable()
    try:
        django.setup()
        gc.freeze()
    finally:
        gc.enable()


def _from_file(name: str) -> None:
    """`<name>_FILE` names a file that holds the value, as container platforms mount secrets."""
    file = os.environ.get(f"{name}_FILE")
    if not file or os.environ.get(name):
        return
    try:
        os.environ[name] = Path(file).read_text().strip()
    except OSError as error:
        raise configuration.BadSetting(name=f"{name}_FILE", reason=f"{file}: {error.strerror}.") from None


def _loader() -> Any:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    return MigrationLoader(connection)


def _our_labels() -> set[str]:
    from django.apps import apps

    return {config.label for config in apps.get_app_configs() if config.name.startswith("rollcall.")}


def _place() -> str:
    from django.conf import settings
    from django.db import connection

    return str(settings.ROLLCALL_HOME) if connection.vendor == "sqlite" else "the database"


def _fingerprint() -> str:
    """Of every static file's path, size and time: a new version, or a changed file while developing."""
    from django.contrib.staticfiles.finders import get_finders

    found = hashlib.sha256(rollcall.__version__.encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            found.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return found.hexdigest()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """PostgreSQL may be migrated from several machines, so the lock is the database's; SQLite's is a file."""
    from django.conf import settings
    from django.db import connection

    if connection.vendor != "postgresql":
        with _lock_file(Path(settings.ROLLCALL_HOME) / "migrate.lock"):
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])


@contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
