"""The keys that providers gave this installation: from the environment, or stored sealed; never shown, never logged."""

from datetime import datetime

from rollcall.core import sealing
from rollcall.core.errors import Conflict, Invalid
from rollcall.universe.models import ProviderKey
from rollcall.universe.providers import registry
from rollcall.universe.providers.registry import Known

KEY_MAX = 500
_PURPOSE = "provider key"


class KeyMissing(Conflict):
    """There is no key for {provider}. Store one with `rollcall-server providers key {provider}`, or set
    ROLLCALL_PROVIDER_{name}_KEY."""


class BadKey(Invalid):
    """This is no key: it must be 1 to 500 plain characters without blanks. Copy it again from the provider's page."""


def get(known: Known) -> str:
    """
    Raises:
        KeyMissing, BadKey, sealing.SealBroken
    """
    name = known.about.name
    if known.about.auth.kind == "none":
        return ""
    found = registry.key_from_environment(name)
    if not found:
        row = ProviderKey.objects.filter(provider=name).first()
        found = sealing.unseal(row.key_sealed, purpose=_PURPOSE) if row else ""
    if not found:
        raise KeyMissing(provider=name, name=name.upper())
    return _checked(found)


def put(*, known: Known, key: str, now: datetime) -> None:
    """Store the key, sealed; an empty one removes what was stored.

    Raises:
        BadKey
    """
    name = known.about.name
    if not key:
        ProviderKey.objects.filter(provider=name).delete()
        return
    sealed = sealing.seal(_checked(key), purpose=_PURPOSE)
    ProviderKey.objects.update_or_create(provider=name, defaults={"key_sealed": sealed, "set_at": now})


def is_there(known: Known) -> bool:
    name = known.about.name
    if known.about.auth.kind == "none" or registry.key_from_environment(name):
        return True
    return ProviderKey.objects.filter(provider=name).exists()


def _checked(key: str) -> str:
    # A line break in a header would be an attack, and the error that tells of it would show the key.
    if not 0 < len(key) <= KEY_MAX or not key.isascii() or not key.isprintable() or " " in key:
        raise BadKey()
    return key
