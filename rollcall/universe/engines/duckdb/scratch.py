"""A private, bounded DuckDB for one computation on tables in memory: no files, no network, gone afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb  # noqa: TID251 this is its engine

THREADS = 2
MEMORY = "1GB"
SPILL_MAX = "16GB"


@contextmanager
def connection(*, memory: str = MEMORY) -> Iterator[Any]:
    """A connection that a library can be given to work on; what it made is lost when the block ends."""
    spill = tempfile.mkdtemp(prefix="rollcall-scratch-")
    made = duckdb.connect(":memory:", config={"threads": THREADS, "memory_limit": memory})
    try:
        # The order matters, as in `connection.Database`: each of these closes the door the one before came through.
        for setting, value in (
            ("temp_directory", f"'{spill}'"),
            ("max_temp_directory_size", f"'{SPILL_MAX}'"),
            ("preserve_insertion_order", "false"),
            ("autoinstall_known_extensions", "false"),
            ("autoload_known_extensions", "false"),
            ("enable_progress_bar", "false"),
            ("enable_external_access", "false"),
            ("lock_configuration", "true"),
        ):
            made.execute(f"SET {setting} = {value}")
        yield made
    finally:
        made.close()
        shutil.rmtree(spill, ignore_errors=True)
