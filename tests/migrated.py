"""All tables, made once for a whole run: whoever needs a database, in whichever process, begins with a copy."""

import fcntl
import os
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.db import connection

from tests import forked

_NAME = "rollcall_migrated"


def copy(home: Path, *, server: str, name: str) -> str:
    """All tables in this folder or, if there is a server, in a database of this name; its ROLLCALL_DATABASE_URL."""
    made = _make(server)
    shutil.copytree(made, home, dirs_exist_ok=True)
    return create(server, name, like=_NAME) if server else ""


def create(server: str, name: str, *, like: str) -> str:
    """A copy of the database `like`; its address."""
    with psycopg.connect(_address(server, "postgres"), autocommit=True) as link:
        link.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"'.encode())
    return _address(server, name)


@contextmanager
def begun_with() -> Iterator[None]:
    """Meanwhile, the database that Django makes for tests begins as a copy, and nothing is left to migrate."""
    if connection.vendor == "postgresql":
        _make(os.environ["ROLLCALL_DATABASE_URL"])
        connection.settings_dict["TEST"]["TEMPLATE"] = _NAME
        yield
        return
    made = _make("") / "rollcall.sqlite3"
    # In memory, and there for as long as somebody has it open.
    name = connection.creation._get_test_db_name()
    with closing(sqlite3.connect(name, uri=True)) as kept, closing(sqlite3.connect(made)) as file:
        file.backup(kept)
        yield


def _make(server: str) -> Path:
    """The folder of what is copied; whoever asks first makes it, and the others wait."""
    home = Path(os.environ["ROLLCALL_TEST_HOME"], f"migrated-{zlib.crc32(_address(server, '').encode())}")
    with Path(f"{home}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            begun = Path(f"{home}.begun")
            shutil.rmtree(begun, ignore_errors=True)
            begun.mkdir()
            address = _anew(server) if server else ""
            env = os.environ | {
                "ROLLCALL_HOME": str(begun), "ROLLCALL_DATABASE_URL": address,
                "DJANGO_SETTINGS_MODULE": "rollcall.settings",
            }  # fmt: skip
            forked.run(["-m", "django", "migrate", "--verbosity=0"], env=env).check_returncode()
            begun.rename(home)
    return home


def _anew(server: str) -> str:
    """Whoever began may have been stopped."""
    with psycopg.connect(_address(server, "postgres"), autocommit=True) as link:
        link.execute(f'DROP DATABASE IF EXISTS "{_NAME}" WITH (FORCE)'.encode())
    return create(server, _NAME, like="template1")


def _address(server: str, name: str) -> str:
    return urlsplit(server)._replace(path=f"/{name}").geturl()
