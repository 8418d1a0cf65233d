"""What every test stands on: alice owns the workspace, bob may look, charlie may see nothing of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.db import connection

from rollcall.workspaces import access, members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests import append_only, migrated, postgres, storage

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
# Beside what is chosen for a build server: how long an example takes says what else the computer does.
hypothesis.settings.register_profile(
    "any computer",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("any computer")


@pytest.hookimpl(tryfirst=True, wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Marks what cannot tell one database from the other: one run of it is enough (`make test`).

    Files with slow tests come first, so that no process waits at the end for one that has just begun.
    """
    for item in items:
        if not storage.is_used(item):
            item.add_marker("no_database")
    yield
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_unconfigure() -> None:
    postgres.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """Django asks for this before it makes the database."""
    with migrated.begun_with():
        yield


@pytest.fixture(autouse=True, scope="session")
def _flushable(django_db_setup: None) -> None:
    append_only.let_tests_flush()


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Each test has its own home folder, so the universe of one test is unknown to the next."""
    settings.ROLLCALL_HOME = tmp_path
    yield tmp_path


@pytest.fixture
def now() -> datetime:
    """A fixed instant: tests pass time in, as the product does."""
    return NOW


@pytest.fixture
def on_postgres(db: None) -> bool:
    return connection.vendor == "postgresql"


@pytest.fixture
def alice(db: None) -> User:
    return members.create_user(email="alice@example.com", name="Alice Moreau", password=PASSWORD)


@pytest.fixture
def bob(db: None) -> User:
    return members.create_user(email="bob@example.com", name="Bob Lind", password=PASSWORD)


@pytest.fixture
def charlie(db: None) -> User:
    return members.create_user(email="charlie@example.com", name="Charlie Okafor", password=PASSWORD)


@pytest.fixture
def operator(db: None) -> User:
    """Runs the installation; belongs to no workspace."""
    return members.create_user(
        email="olga@example.com", name="Olga Brandt", password=PASSWORD, is_operator=True
    )


@pytest.fixture
def workspace(alice: User, bob: User, now: datetime) -> Workspace:
    """Alice owns it; bob is a viewer."""
    made = members.create_workspace(name="Meridian", now=now)
    members.add(workspace=made, user=alice, role="owner")
    members.add(workspace=made, user=bob, role="viewer")
    return made


@pytest.fixture
def other_workspace(charlie: User, now: datetime) -> Workspace:
    """Charlie's."""
    made = members.create_workspace(name="Northwind", now=now)
    members.add(workspace=made, user=charlie, role="owner")
    return made


@pytest.fixture
def actor(workspace: Workspace, alice: User) -> Actor:
    """Alice, acting as the owner of her workspace."""
    return access.member(workspace=workspace, user=alice)
