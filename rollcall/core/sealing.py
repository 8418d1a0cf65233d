"""Secrets at rest: each is sealed with a key of its own, which is sealed with one derived from the secret key."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

from rollcall.core.errors import Conflict

_VERSION = "1"


class SealBroken(Conflict):
    """A stored secret cannot be read with the secret key of this installation. Set the key that it was stored with
    (ROLLCALL_SECRET_KEY), or store the secret anew."""


def seal(text: str, *, purpose: str) -> str:
    """The text, unreadable without the installation's secret key; what is sealed for one purpose opens for no other."""
    own_key = Fernet.generate_key()
    sealed_key = _outer(purpose).encrypt(own_key)
    return ".".join([_VERSION, sealed_key.decode(), Fernet(own_key).encrypt(text.encode()).decode()])


def unseal(sealed: str, *, purpose: str) -> str:
    """
    Raises:
        SealBroken
    """
    try:
        version, sealed_key, content = sealed.split(".")
        if version != _VERSION:
            raise SealBroken()
        own_key = _outer(purpose).decrypt(sealed_key.encode())
        return Fernet(own_key).decrypt(content.encode()).decode()
    except (ValueError, InvalidToken):
        raise SealBroken() from None


def _outer(purpose: str) -> MultiFernet:
    """The present secret key seals; those that it replaced (SECRET_KEY_FALLBACKS) still open."""
    return MultiFernet(
        [_derived(secret, purpose) for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]]
    )


def _derived(secret: str | bytes, purpose: str) -> Fernet:
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"rollcall:{purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(derive.derive(force_bytes(secret))))
