"""One spelling for each email, domain and profile address, however it was written, and its keyed hash."""

import hashlib
import hmac
import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import idna
from django.conf import settings

from rollcall.universe.domains import root_domain
from rollcall.universe.folding import fold
from rollcall.universe.identity.people import emails

TEXT_MAX = 2_000
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_LINKEDIN = "linkedin.com"


def email(text: str) -> str | None:
    """`"ſmith+news@EXAMPLE.COM." -> "smith@example.com"`; None when it is no address.

    One mailbox is one spelling, as it is for identity: what follows "+" is its owner's note, and Gmail reads no dots.
    Somebody who asked to be left alone at one of them is left alone at all.
    """
    written = address(text)
    if written is None:
        return None
    found = emails.mailbox(*written.rsplit("@", 1))
    return written if found.startswith("@") else found


def address(text: str) -> str | None:
    """The same with dots and notes as they were written: lists were once kept so."""
    folded = fold(text.strip()).removeprefix("mailto:").strip("<>")
    local, at, host = folded.rpartition("@")
    domain_name = _host(host)
    if not (at and local and domain_name) or re.search(r"[\s@<>]", local):
        return None
    return f"{local}@{domain_name}"


def domain(text: str) -> str | None:
    """The root domain, as companies have it: `"https://www.EXAMPLE.com./jobs" -> "example.com"`."""
    # Not folded first: "straße.de" and "strasse.de" are two domains, and UTS-46 knows the letters that are one.
    return root_domain(text)


def profile_url(text: str) -> str | None:
    """Without scheme, www., country host, query and last slash: `"https://UK.linkedin.com/in/Jane/?x" -> …`."""
    folded = fold(unquote(text.strip()))
    if not folded or len(folded) > TEXT_MAX:
        return None
    try:
        parts = urlsplit(folded if _SCHEME.match(folded) else f"https://{folded.removeprefix('//')}")
        host = _host(parts.hostname or "")
    except ValueError:
        return None
    steps = [step for step in parts.path.split("/") if step]
    if host is None or not steps:
        return None
    host = host.removeprefix("www.")
    if host == _LINKEDIN or host.endswith(f".{_LINKEDIN}"):
        # The language of the page may follow the name.
        host, steps = _LINKEDIN, steps[:2]
    return "/".join([host, *steps])


def plain(url: str) -> str:
    """Folded, without quoting, query and last slash: quicker than `profile_url`, to rule out what cannot be it."""
    return fold(unquote(url)).partition("?")[0].partition("#")[0].rstrip("/")


def hashed(*, workspace_id: int, kind: str, value: str) -> str:
    """What is kept of a spelling: nothing can be read back from it, nor compared with another workspace's."""
    message = f"{workspace_id}\0{kind}\0{value}".encode()
    return hmac.digest(_secret(settings.SECRET_KEY), message, hashlib.sha256).hex()


@lru_cache(maxsize=2)
def _secret(secret_key: str) -> bytes:
    return hmac.digest(secret_key.encode(), b"rollcall.contacts.suppression", hashlib.sha256)


def _host(text: str) -> str | None:
    """A host name with a dot in it, by UTS-46."""
    try:
        host = idna.encode(text.strip().rstrip("."), uts46=True).decode()
    except (UnicodeError, ValueError):
        return None
    return host if "." in host else None
