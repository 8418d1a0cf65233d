"""Giving credits, and answering requests for packages."""

from datetime import datetime

from rollcall.core import clock
from rollcall.credits import balances, packages, threads
from rollcall.workspaces import members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
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


def test_g2_a_grant_has_a_price_dates_and_a_priority(program: Program, workspace: Workspace) -> None:
    answer = program(
        "grant", "meridian", "500", "--name", "A", "--price", "1,200.50", "--currency", "chf", "--priority", "-2",
        "--starts", "2099-01-01", "--expires", "2099-12-31", "--json",
    )  # fmt: skip
    assert (answer.json["price"], answer.json["priority"]) == ("1,200.50 CHF", -2)
    assert answer.json["effective_at"].startswith("2099-01-01")
    assert balances.quick(workspace=workspace) == (0, 0), "they start later"
    assert program("grant", "meridian", "5", "--name", "A", "--price", "cheap").code == 2
    assert program("grant", "meridian", "5", "--name", "A", "--priority", "5000").code == 2


def test_g7_a_request_is_quoted_discussed_and_granted_as_accepted(
    program: Program, workspace: Workspace, actor: Actor
) -> None:
    now = clock.now()
    asked = packages.request(
        workspace=workspace,
        credits_wanted=900,
        note="",
        reply_email="alice@example.com",
        actor=actor,
        now=now,
    )
    number = f"req_{asked.pk}"
    quote = (
        "requests",
        "quote",
        number,
        "800",
        "--until",
        "2099-01-31",
        "--price",
        "640",
        "--expires",
        "2099-12-31",
    )
    assert "800 credits for 640.00 EUR, good until 31 Dec 2099" in program(*quote).err
    assert program("requests", "say", number, "Will that do?").code == 0
    packages.accept(workspace=workspace, request_id=asked.pk, quote_number=1, actor=actor, now=now)
    assert program("requests", "grant", number, "900").code == 6, "not what was accepted"
    assert program("requests", "grant", number).code == 0
    assert balances.quick(workspace=workspace) == (800, 0)
    kinds = [line.kind for line in threads.of(asked=asked)]
    assert kinds == ["sent", "quoted", "message", "accepted", "granted"]


def test_adjusting_needs_two_operators_above_the_limit(
    program: Program, workspace: Workspace, operator: User
) -> None:
    members.create_user(email="otto@example.com", name="Otto Weiss", is_operator=True)
    line = ("adjust", "meridian", "--by", "olga@example.com", "--reason", "Import went wrong", "--json")
    assert program(*line, "--add", "5", "--key", "k").json["state"] == "done"
    assert program(*line, "--add", "5", "--key", "k").json["state"] == "done"
    assert balances.quick(workspace=workspace) == (5, 0)
    assert program(*line, "--take", "6").code == 4
    waiting = program(*line, "--add", "5000").json
    assert waiting["state"] == "waiting"
    assert [row["credits"] for row in program("adjustments", "list", "--json").json] == [5000]
    approve = ("adjustments", "approve", waiting["adjustment"], "--by")
    assert program(*approve, "olga@example.com").code == 5
    assert program(*approve, "nobody@example.com").code == 3
    assert program(*approve, "otto@example.com", "--json").json["state"] == "done"
    assert program("adjustments", "refuse", waiting["adjustment"], "--by", "olga@example.com").code == 6
    assert balances.quick(workspace=workspace) == (5005, 0)
