"""Giving credits, and answering requests for packages."""

from datetime import datetime

from rollcall.credits import balances, packages
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.server.conftest import Program


def test_it_works(program: Program, workspace: Workspace) -> None:
    answer = program(
        "grant", "meridian", "500", "--name", "Annual package", "--expires", "2099-12-31", "--json"
    )
    assert answer.json["credits"] == 500 and "2099-12-31" in answer.json["expires_at"]
    assert balances.quick(workspace=workspace) == (500, 0)


def test_the_same_key_counts_once(program: Program, workspace: Workspace) -> None:
    for _ in range(2):
        assert program("grant", "meridian", "500", "--name", "A", "--key", "contract-7").code == 0
    assert balances.quick(workspace=workspace) == (500, 0)


def test_without_a_key_each_is_a_grant_of_its_own(program: Program, workspace: Workspace) -> None:
    for _ in range(2):
        program("grant", "meridian", "500", "--name", "A")
    assert balances.quick(workspace=workspace) == (1000, 0)


def test_bad_input(program: Program, workspace: Workspace) -> None:
    assert program("grant", "nobody", "5", "--name", "A").code == 3
    assert program("grant", "meridian", "0", "--name", "A").code == 2
    assert program("grant", "meridian", "5", "--name", "A", "--kind", "present").code == 2
    assert program("grant", "meridian", "5", "--name", "A", "--expires", "2001-01-01").code == 2
    assert balances.quick(workspace=workspace) == (0, 0)


def test_a_request_is_seen_and_granted(
    program: Program, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    asked = packages.request(
        workspace=workspace, credits_wanted=900, note="For spring", reply_email="alice@example.com",
        actor=actor, now=now,
    )  # fmt: skip
    waiting = program("requests", "list", "--json").json
    assert [(row["workspace"], row["credits_wanted"]) for row in waiting] == [("meridian", 900)]
    assert program("requests", "grant", f"req_{asked.pk}", "800").code == 0
    assert balances.quick(workspace=workspace) == (800, 0)
    assert program("requests", "list", "--json").json == []
    assert program("requests", "decline", f"req_{asked.pk}").code == 6


def test_a_request_is_declined(program: Program, workspace: Workspace, actor: Actor, now: datetime) -> None:
    asked = packages.request(
        workspace=workspace,
        credits_wanted=900,
        note="",
        reply_email="alice@example.com",
        actor=actor,
        now=now,
    )
    assert program("requests", "decline", f"req_{asked.pk}").code == 0
    assert [row.state for row in packages.of(workspace=workspace)] == ["declined"]
    assert program("requests", "decline", "req_999").code == 3
