"""G7: a workspace asks for a package; the operator sees a queue, and grants or declines."""

from datetime import datetime
from typing import Any

import pytest

from rollcall.core.errors import NotFound
from rollcall.credits import balances, packages, posting
from rollcall.credits.models import PackageRequest
from rollcall.workspaces import access, audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.credits import acts


@pytest.fixture
def olga(operator: User) -> Actor:
    return access.operator(operator)


def _ask(workspace: Workspace, actor: Actor, now: datetime, **given: Any) -> PackageRequest:
    given = {"credits_wanted": 5000, "note": "Two new markets", "reply_email": "alice@example.com", **given}
    return packages.request(workspace=workspace, actor=actor, now=now, **given)


def _grant(asked: PackageRequest, olga: Actor, now: datetime, *, amount: int = 4000) -> PackageRequest:
    return packages.grant(
        request_id=asked.pk,
        amount=amount,
        kind="package",
        name="Growth",
        expires_at=None,
        actor=olga,
        now=now,
    )


def test_g7_it_works(workspace: Workspace, actor: Actor, olga: Actor, now: datetime) -> None:
    asked = _ask(workspace, actor, now)
    assert (asked.state, asked.actor_label) == ("sent", "Alice Moreau")
    assert [waiting.workspace for waiting in packages.queue()] == [workspace]
    granted = _grant(asked, olga, now)
    assert granted.state == "granted" and granted.grant is not None
    assert (granted.grant.granted, granted.grant.reference) == (4000, f"req_{asked.pk}")
    assert balances.quick(workspace=workspace, now=now) == (4000, 0)
    assert packages.queue() == []
    assert [(mine.state, mine.grant) for mine in packages.of(workspace=workspace)] == [
        ("granted", granted.grant)
    ]
    actions = [entry.action for entry in audit.entries(workspace=workspace).items]
    assert actions == ["packages.grant", "packages.request"]
    acts.prove()


def test_granting_twice_grants_once(workspace: Workspace, actor: Actor, olga: Actor, now: datetime) -> None:
    asked = _ask(workspace, actor, now)
    first = _grant(asked, olga, now)
    assert _grant(asked, olga, now).grant == first.grant
    with pytest.raises(posting.KeyReused):
        _grant(asked, olga, now, amount=1)
    assert balances.quick(workspace=workspace, now=now) == (4000, 0)


def test_declining(workspace: Workspace, actor: Actor, olga: Actor, now: datetime) -> None:
    asked = _ask(workspace, actor, now)
    for _ in range(2):
        assert packages.decline(request_id=asked.pk, actor=olga, now=now).state == "declined"
    with pytest.raises(packages.AlreadyAnswered):
        _grant(asked, olga, now)
    assert balances.quick(workspace=workspace, now=now) == (0, 0)


def test_a_granted_request_cannot_be_declined(
    workspace: Workspace, actor: Actor, olga: Actor, now: datetime
) -> None:
    asked = _ask(workspace, actor, now)
    _grant(asked, olga, now)
    with pytest.raises(packages.AlreadyAnswered):
        packages.decline(request_id=asked.pk, actor=olga, now=now)


def test_only_the_operator_answers(workspace: Workspace, actor: Actor, now: datetime) -> None:
    asked = _ask(workspace, actor, now)
    with pytest.raises(access.NotAnOperator):
        _grant(asked, actor, now)
    with pytest.raises(access.NotAnOperator):
        packages.decline(request_id=asked.pk, actor=actor, now=now)
    assert PackageRequest.objects.get().state == "sent"


def test_a_request_that_does_not_exist(olga: Actor, now: datetime) -> None:
    with pytest.raises(NotFound):
        packages.decline(request_id=404, actor=olga, now=now)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"credits_wanted": 0}, posting.AmountOutOfRange),
        ({"reply_email": "nobody"}, packages.BadReplyAddress),
        ({"note": "x" * 4001}, packages.NoteTooLong),
    ],
)
def test_bad_input_is_refused(
    workspace: Workspace, actor: Actor, now: datetime, given: dict[str, Any], error: Any
) -> None:
    with pytest.raises(error):
        _ask(workspace, actor, now, **given)
    assert packages.of(workspace=workspace) == []


def test_another_workspaces_requests_are_not_shown(
    workspace: Workspace, other_workspace: Workspace, actor: Actor, now: datetime
) -> None:
    _ask(workspace, actor, now)
    assert packages.of(workspace=other_workspace) == []
