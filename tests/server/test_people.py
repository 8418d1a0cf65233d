"""Making workspaces, users and keys."""

import io
from datetime import datetime

import pytest

from rollcall.credits import alerts
from rollcall.workspaces import api_keys, members
from rollcall.workspaces.models import User, Workspace
from tests.server.conftest import Program


def test_from_nothing_to_a_working_key(
    program: Program, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    assert program("workspace", "create", "Acme", "--json").json["slug"] == "acme"
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    made = program(
        "user", "create", "Ada@Acme.example", "--name", "Ada", "--workspace", "acme", "--role", "owner"
    )
    assert made.code == 0
    ada = User.objects.get(email="ada@acme.example")
    assert ada.check_password("correct horse battery")
    assert [w.slug for w in members.workspaces_of(ada)] == ["acme"]
    secret = program("key", "acme", "--json").json["secret"]
    assert api_keys.check(secret, now=now).workspace.slug == "acme"
    assert program("workspace", "list", "--json").json == [
        {"id": f"ws_{Workspace.objects.get().pk}", "slug": "acme", "name": "Acme", "members": 1}
    ]


def test_twice_is_told(program: Program, workspace: Workspace, alice: User) -> None:
    assert program("workspace", "create", "Meridian").code == 6
    assert program("user", "create", "ALICE@example.com", "--name", "Alice").code == 6


@pytest.mark.parametrize("password", ["", "short", "password1234"])
def test_a_weak_password_makes_no_user(
    program: Program, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    assert program("user", "create", "ada@acme.example", "--name", "Ada").code == 2
    assert not User.objects.exists()


def test_an_unknown_role_makes_no_user(
    program: Program, monkeypatch: pytest.MonkeyPatch, workspace: Workspace
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    answer = program(
        "user", "create", "z@acme.example", "--name", "Z", "--workspace", "meridian", "--role", "king"
    )
    assert answer.code == 2 and not User.objects.filter(email="z@acme.example").exists()


def test_a_key_cannot_be_an_owner(program: Program, workspace: Workspace) -> None:
    assert program("key", "meridian", "--role", "owner").code == 2


def test_a_new_workspace_has_the_usual_alerts(program: Program, db: None) -> None:
    """Somebody is told in time, also before anybody thinks of it."""
    assert program("workspace", "create", "Acme").code == 0
    made = alerts.list_(workspace=members.find_workspace("acme"))
    assert [(rule.kind, rule.threshold) for rule in made] == [("percent", 20), ("expiry", 14), ("spend", 300)]
