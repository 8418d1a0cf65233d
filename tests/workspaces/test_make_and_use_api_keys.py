"""API keys: shown once, stored hashed, ended at once."""

from datetime import datetime, timedelta

import pytest

from rollcall.core.errors import NotFound
from rollcall.workspaces import access, api_keys, audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import ApiKey, User, Workspace


def _make(workspace: Workspace, actor: Actor, now: datetime, **more: object) -> tuple[ApiKey, str]:
    return api_keys.create(workspace=workspace, name="CI", role="editor", actor=actor, now=now, **more)  # type: ignore[arg-type]


def test_it_works(workspace: Workspace, actor: Actor, now: datetime) -> None:
    key, secret = _make(workspace, actor, now)
    assert secret.startswith("rc_live_") and api_keys.check(secret, now=now).pk == key.pk
    assert audit.entries(workspace=workspace).items[0].action == "api_key.created"


def test_the_secret_is_not_stored(workspace: Workspace, actor: Actor, now: datetime) -> None:
    key, secret = _make(workspace, actor, now)
    stored = ApiKey.objects.filter(pk=key.pk).values().get()
    assert not any(secret[8:-4] in str(value) for value in stored.values())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: s[:-1],
        lambda s: s[:-1] + ("0" if s[-1] != "0" else "1"),
        lambda s: "rc_test_" + s[8:],
        lambda s: "",
    ],
)
def test_a_mistyped_key_is_refused(workspace: Workspace, actor: Actor, now: datetime, spoil: object) -> None:
    _, secret = _make(workspace, actor, now)
    with pytest.raises(api_keys.BadKey, match="not copied whole"):
        api_keys.check(spoil(secret), now=now)  # type: ignore[operator]


def test_a_revoked_key_ends_at_once_and_twice_is_once(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    key, secret = _make(workspace, actor, now)
    api_keys.revoke(workspace=workspace, key_id=key.pk, actor=actor, now=now)
    api_keys.revoke(workspace=workspace, key_id=key.pk, actor=actor, now=now + timedelta(days=1))
    with pytest.raises(api_keys.BadKey):
        api_keys.check(secret, now=now)
    assert ApiKey.objects.get(pk=key.pk).revoked_at == now


def test_an_expired_key_is_refused(workspace: Workspace, actor: Actor, now: datetime) -> None:
    _, secret = _make(workspace, actor, now, expires_at=now + timedelta(hours=1))
    api_keys.check(secret, now=now)
    with pytest.raises(api_keys.BadKey, match="ran out"):
        api_keys.check(secret, now=now + timedelta(hours=1))


def test_another_workspace_cannot_revoke_it(
    workspace: Workspace, other_workspace: Workspace, charlie: User, actor: Actor, now: datetime
) -> None:
    key, secret = _make(workspace, actor, now)
    stranger = access.member(workspace=other_workspace, user=charlie)
    with pytest.raises(NotFound):
        api_keys.revoke(workspace=other_workspace, key_id=key.pk, actor=stranger, now=now)
    assert api_keys.check(secret, now=now).workspace == workspace


def test_a_key_never_outranks_its_maker(workspace: Workspace, bob: User, actor: Actor, now: datetime) -> None:
    viewer = access.member(workspace=workspace, user=bob)
    with pytest.raises(api_keys.KeyRoleTooHigh):
        api_keys.create(workspace=workspace, name="x", role="editor", actor=viewer, now=now)
    with pytest.raises(api_keys.KeyRoleTooHigh):
        api_keys.create(workspace=workspace, name="x", role="owner", actor=actor, now=now)
