"""Which tests use a database, in their own process or in a program that they start."""

import re
from functools import cache
from pathlib import Path

import pytest

# pytest-django lets nobody else near the database of the test's own process.
_FIXTURES = {"db", "transactional_db", "live_server"}
# How the tests that start programs say which database those are to use.
_STARTS_PROGRAMS = re.compile("Installation|ROLLCALL_TEST_DB|ROLLCALL_DATABASE")


def is_used(item: pytest.Item) -> bool:
    """Whether the test may behave otherwise on another database."""
    if item.get_closest_marker("django_db") or _FIXTURES & set(getattr(item, "fixturenames", ())):
        return True
    return _starts_programs(item.path)


@cache
def _starts_programs(module: Path) -> bool:
    return bool(_STARTS_PROGRAMS.search(module.read_text(encoding="utf-8")))
