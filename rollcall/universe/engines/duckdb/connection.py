"""One bounded, locked-down DuckDB a process and universe folder; one cursor a thread."""

import ctypes
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb  # noqa: TID251 this is its engine
import pyarrow as pa

from rollcall.core.errors import TryLater

THREADS = 2
MEMORY = "512MB"
SPILL_MAX = "8GB"
_KEPT_MAX = 3
_SPILL = "duckdb-"


class SearchTooLarge(TryLater):
    """This search needs more memory than the engine may use ({memory}). Narrow it, or ask for fewer at once."""


class Database:
    """Reads files below one folder and nothing else: no network, no extensions, no change of settings."""

    def __init__(self, folder: Path) -> None:
        spills = folder.parent / "tmp"
        _sweep(spills)
        spill = spills / f"{_SPILL}{os.getpid()}"
        self.root = duckdb.connect(":memory:", config={"threads": THREADS, "memory_limit": MEMORY})
        # The order matters: each of these closes the door through which the one before came.
        for setting, value in (
            ("temp_directory", str(spill)),
            ("max_temp_directory_size", SPILL_MAX),
            ("allowed_directories", [f"{folder}/"]),
            ("parquet_metadata_cache", True),
            ("autoinstall_known_extensions", False),
            ("autoload_known_extensions", False),
            ("enable_external_access", False),
            ("lock_configuration", True),
        ):
            self.root.execute(f"SET {setting} = {_literal(value)}")
        self._threads = threading.local()
        self._lock = threading.Lock()

    def execute(self, sql: str) -> None:
        """A statement of our own that makes a schema or a view; never anything a user wrote."""
        with self._lock:
            self.root.execute(sql)

    def arrow(
        self, sql: str, values: Mapping[str, Any], tables: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        """The answer to a query with bound `values`; `tables` can be named in it for its length."""
        cursor = self._cursor()
        with _registered(cursor, tables or {}):
            try:
                return cursor.sql(sql, params=dict(values)).to_arrow_table()
            except duckdb.OutOfMemoryException:
                raise SearchTooLarge(memory=MEMORY) from None

    def _cursor(self) -> Any:
        """Connections are not safe to share between threads; cursors on one database are."""
        if not hasattr(self._threads, "cursor"):
            with self._lock:
                self._threads.cursor = self.root.cursor()
        return self._threads.cursor


def database(folder: Path) -> Database:
    """The database of this process over `folder`; a forked child makes its own, for threads do not survive a fork."""
    key = (os.getpid(), str(folder))
    with _lock:
        if key not in _databases:
            _databases[key] = Database(folder)
            while len(_databases) > _KEPT_MAX:
                _databases.popitem(last=False)
        _databases.move_to_end(key)
        return _databases[key]


_databases: OrderedDict[tuple[int, str], Database] = OrderedDict()
_lock = threading.Lock()


def _leave_to_parent() -> None:
    """In a forked child: closing a database waits for its threads, which only the parent has, and aborts the child
    even when it ends in good order. So the child forgets the parent's databases without ever closing them."""
    for database in _databases.values():
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(database.root))
    _databases.clear()
    _lock.release()


os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_leave_to_parent)


@contextmanager
def _registered(cursor: Any, tables: Mapping[str, pa.Table]) -> Iterator[None]:
    for name, table in tables.items():
        cursor.register(name, table)
    try:
        yield
    finally:
        for name in tables:
            cursor.unregister(name)


def _sweep(spills: Path) -> None:
    """Remove what processes that were killed in the middle of a large search have left behind."""
    for left in spills.glob(f"{_SPILL}*"):
        pid = left.name.removeprefix(_SPILL)
        if pid.isdigit() and not _is_alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_literal(part) for part in value)}]"
    return "'" + str(value).replace("'", "''") + "'"
