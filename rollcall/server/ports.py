"""Whether an address is free to listen on, asked before anything is started."""

import os
import socket

from rollcall.core.errors import Conflict, Invalid

DEFAULT = 8321


class PortTaken(Conflict):
    """Port {port} on {host} is in use by another program. Stop that one, or choose another port:
    ROLLCALL_PORT={other}."""


class BadPort(Invalid):
    """ROLLCALL_PORT is {given}, which is no port. Use a number from 1 to 65535, such as 8321."""


class BadHost(Invalid):
    """Nothing can listen on {host} here: {reason}. Use an address of this machine, such as 127.0.0.1."""


def wanted(given: int | None = None) -> int:
    """The port asked for, else ROLLCALL_PORT, else 8321."""
    text = str(given) if given is not None else os.environ.get("ROLLCALL_PORT") or str(DEFAULT)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise BadPort(given=text[:20])
    return int(text)


def refuse_taken(*, host: str, port: int) -> None:
    """Raise PortTaken (or BadHost) if nothing could listen there."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except PermissionError as error:
        raise BadHost(host=f"{host}:{port}", reason=str(error.strerror).lower()) from None
    except OSError as error:
        if "in use" in str(error).lower():
            raise PortTaken(port=port, host=host, other=port + 1 if port < 65535 else DEFAULT) from None
        raise BadHost(host=host, reason=str(error.strerror or error).lower()) from None
