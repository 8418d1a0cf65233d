"""Settings that would be dangerous on a public address, refused by name before anything listens."""

import ipaddress
import os
from collections.abc import Iterator

from rollcall.core.errors import Invalid

_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]", "testserver"}


class UnsafeSettings(Invalid):
    """Not safe to serve on {host}: {problems} Mend these, or serve on 127.0.0.1."""


def refuse_unsafe(*, host: str) -> None:
    """Raise UnsafeSettings, with every problem by the name of its setting; loopback may be lax."""
    if is_loopback(host):
        return
    problems = list(_problems())
    if problems:
        raise UnsafeSettings(host=host, problems=" ".join(problems))


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _problems() -> Iterator[str]:
    from django.conf import settings

    if settings.DEMO:
        yield "ROLLCALL_DEMO is on, and the demo lets anyone in."
    if settings.DEBUG:
        yield "ROLLCALL_DEBUG is on, and would show secrets on error pages."
    if not settings.HTTPS:
        yield "ROLLCALL_HTTPS is off: put a proxy that speaks https in front and set it to 1."
    if len(settings.SECRET_KEY) < 32 or len(set(settings.SECRET_KEY)) < 10:
        yield "ROLLCALL_SECRET_KEY is too easy to guess: use 50 random characters."
    if "*" in settings.ALLOWED_HOSTS:
        yield "ROLLCALL_ALLOWED_HOSTS lets any name through: list the public ones."
    elif set(settings.ALLOWED_HOSTS) <= _LOOPBACK_NAMES:
        yield "ROLLCALL_ALLOWED_HOSTS names no public host: set it to the name people type."
    if os.environ.get("ROLLCALL_FAULTS"):
        yield "ROLLCALL_FAULTS is set: fault points are for tests."
