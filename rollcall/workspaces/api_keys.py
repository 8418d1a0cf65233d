"""API keys: `rc_live_<32 letters><6 of checksum>`, shown once, stored hashed."""

import hashlib
import secrets
import zlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from rollcall.core import ids
from rollcall.core.errors import Invalid, NotAllowed, NotFound
from rollcall.workspaces import audit
from rollcall.workspaces.access import PERMISSIONS, Actor
from rollcall.workspaces.models import ApiKey, Role, Workspace

PREFIX = "rc_live_"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz"
_LAST_USED_STEP = timedelta(minutes=1)


class BadKey(NotAllowed):
    """This API key is not valid: {reason}. Send `Authorization: Bearer rc_live_…`; an owner or admin can make a key."""

    code = "bad_api_key"


class KeyRoleTooHigh(Invalid):
    """A key can be an admin, editor or viewer, and no more than its maker; {role} is not possible here."""


def create(
    *,
    workspace: Workspace,
    name: str,
    role: str,
    actor: Actor,
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the second item is the secret, which cannot be shown again."""
    maker_may = (
        PERMISSIONS.get(actor.role or "", frozenset()) if not actor.is_operator and actor.role else None
    )
    if role not in {Role.ADMIN, Role.EDITOR, Role.VIEWER}:
        raise KeyRoleTooHigh(role=role)
    if maker_may is not None and not PERMISSIONS[role] <= maker_may:
        raise KeyRoleTooHigh(role=role)
    body = "".join(secrets.choice(_ALPHABET) for _ in range(32))
    secret = PREFIX + body + _checksum(body)
    with transaction.atomic():
        key = ApiKey.objects.create(
            workspace=workspace, name=name.strip()[:120] or "Unnamed", hint=secret[:12] + "…" + secret[-4:],
            key_hash=_hash(secret), role=role, created_by=actor.label, created_at=now, expires_at=expires_at,
        )  # fmt: skip
        audit.write(
            workspace=workspace,
            actor=actor,
            action="api_key.created",
            target=ids.public("key", key.pk),
            now=now,
            detail={"name": key.name, "role": role},
        )
    return key, secret


def check(secret: str, *, now: datetime) -> ApiKey:
    """The live key with this secret.

    Raises:
        BadKey: wrong form (a typing error shows by the checksum), unknown, revoked or expired.
    """
    body = secret.removeprefix(PREFIX)[:-6]
    if not secret.startswith(PREFIX) or len(secret) != len(PREFIX) + 38 or _checksum(body) != secret[-6:]:
        raise BadKey(reason="it was not copied whole")
    key = ApiKey.objects.select_related("workspace").filter(key_hash=_hash(secret)).first()
    if key is None or key.revoked_at is not None:
        raise BadKey(reason="it is unknown or was revoked")
    if key.expires_at is not None and key.expires_at <= now:
        raise BadKey(reason="it ran out")
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _LAST_USED_STEP)
    if key.last_used_at is None or key.last_used_at < now - _LAST_USED_STEP:
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    return key


def of(*, workspace: Workspace) -> list[ApiKey]:
    """All keys of a workspace, newest first, revoked ones included."""
    return list(ApiKey.objects.filter(workspace=workspace).order_by("-id"))


@transaction.atomic
def revoke(*, workspace: Workspace, key_id: int, actor: Actor, now: datetime) -> ApiKey:
    """End a key at once; revoking it again changes nothing."""
    key = ApiKey.objects.filter(workspace=workspace, pk=key_id).first()
    if key is None:
        raise NotFound(what="API key", id=ids.public("key", key_id))
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        audit.write(
            workspace=workspace,
            actor=actor,
            action="api_key.revoked",
            target=ids.public("key", key.pk),
            now=now,
        )
    return key


def _hash(secret: str) -> str:
    """A plain hash is enough: the secret has 180 bits of chance."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, len(_ALPHABET))
        digits += _ALPHABET[digit]
    return digits
