"""The only door to the outside web: every address is checked before anything connects to it."""

import ipaddress
import re
import socket
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpcore  # noqa: TID251  this is the door
import idna
from django.conf import settings

from rollcall.core.errors import Invalid, TryLater

URL_MAX = 500
TIMEOUT_SECONDS = 10.0
ANSWER_BYTES_MAX = 65_536
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# `is_global` lets NAT64, multicast and site-local pass, so this says what is allowed: global unicast, less every block
# that IANA lists as special (transition mechanisms carry an inner address, which may be a private one).
_GLOBAL = [ipaddress.ip_network(text) for text in ("1.0.0.0/8", "2.0.0.0/7", "4.0.0.0/6", "8.0.0.0/5", "16.0.0.0/4",
           "32.0.0.0/3", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/3", "2000::/3")]  # fmt: skip
_SPECIAL = [ipaddress.ip_network(text) for text in (
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)]  # fmt: skip
# What ROLLCALL_ALLOW_PRIVATE_WEBHOOKS adds. Never link-local: cloud machines keep their credentials there.
_PRIVATE = [ipaddress.ip_network(text) for text in (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7",
)]  # fmt: skip
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


class BadUrl(Invalid):
    """This address cannot be called: {reason}. Write it like https://example.com/path."""


class AddressRefused(Invalid):
    """{host} leads to {address}, which is not on the public web, so it is not called. Whoever runs this installation
    can allow private addresses (ROLLCALL_ALLOW_PRIVATE_WEBHOOKS)."""


class NoAnswer(TryLater):
    """{host} did not answer: {reason}. See that it is up and can be reached from here."""


class NotReached(NoAnswer):
    """{host} did not answer: {reason}. Nothing was sent; see that it is up and can be reached from here."""


class AnswerTooLarge(TryLater):
    """{host} sent more than {limit} bytes, which was not read any further. Ask for less at once."""


class AnswerUnreadable(TryLater):
    """{host} sent what cannot be unpacked: {reason}. Try again; if it stays so, ask whoever runs it."""


@dataclass(frozen=True)
class Answer:
    """The status, the first bytes of the body as they came, and the headers under names in small letters."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def post(*, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
    """Send one POST to the outside; follows no redirects, uses no proxies, takes `TIMEOUT_SECONDS` in all at most.

    Raises:
        BadUrl, AddressRefused: nothing was sent; NoAnswer: it may or may not have arrived.
    """
    scheme, host, port, target = _parts(url)
    with _exchange(
        "POST", (scheme, host, port, target), content, headers, seconds=TIMEOUT_SECONDS, accepts="identity"
    ) as answer:
        return Answer(answer.status, _beginning(answer.iter_stream()))


def call(
    *,
    method: str,
    url: str,
    content: bytes,
    headers: Mapping[str, str],
    seconds: float,
    bytes_max: int,
    url_max: int = URL_MAX,
) -> Answer:
    """Send one request and read its whole answer, packed or not; the same guards as `post`.

    Raises:
        BadUrl, AddressRefused: nothing was sent.
        NotReached: nothing was sent either; any other NoAnswer: it may or may not have arrived.
        AnswerTooLarge, AnswerUnreadable: it arrived, and its answer cannot be used. The answer counts unpacked.
    """
    parts = _parts(url, url_max)
    with _exchange(method, parts, content, headers, seconds=seconds, accepts="gzip") as answer:
        told = {name.decode("latin-1").lower(): text.decode("latin-1") for name, text in answer.headers}
        pieces = _counted(answer.iter_stream(), bytes_max, parts[1])
        body = _unpacked(pieces, told.get("content-encoding", ""), bytes_max, parts[1])
        return Answer(answer.status, body, told)


@contextmanager
def _exchange(
    method: str,
    parts: tuple[str, str, int, str],
    content: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float,
    accepts: str,
) -> Iterator[httpcore.Response]:
    scheme, host, port, target = parts
    address = httpcore.URL(scheme=scheme, host=host, port=port, target=target)
    default_port = {"https": 443, "http": 80}[scheme]
    shown = f"[{host}]" if ":" in host else host
    sent: dict[bytes | str, bytes | str] = {
        "Host": shown if port == default_port else f"{shown}:{port}",
        "Content-Length": str(len(content)),
        "Accept-Encoding": accepts,
        **dict[Any, str](headers),
    }
    times = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
    try:
        with (
            httpcore.ConnectionPool(network_backend=_Guarded(time.monotonic() + seconds)) as pool,
            pool.stream(
                method, address, headers=sent, content=content, extensions={"timeout": times}
            ) as answer,
        ):
            yield answer
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise NotReached(host=host, reason=str(error)[:120] or type(error).__name__) from None
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise NoAnswer(host=host, reason=str(error)[:120] or type(error).__name__) from None


def check_url(url: str) -> None:
    """Refuse what could never be called, without asking the network.

    Raises:
        BadUrl, AddressRefused
    """
    _, host, _, _ = _parts(url)
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return
    if not is_allowed(literal):
        raise AddressRefused(host=host, address=host)


def is_allowed(address: _Address) -> bool:
    """Whether this installation may connect to the address."""
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id:
        return False
    if settings.ALLOW_PRIVATE_WEBHOOKS and _within(address, _PRIVATE):
        return True
    return _within(address, _GLOBAL) and not _within(address, _SPECIAL)


def _within(address: _Address, blocks: Iterable[Any]) -> bool:
    return any(address.version == block.version and address in block for block in blocks)


def _parts(url: str, url_max: int = URL_MAX) -> tuple[str, str, int, str]:
    """(scheme, host, port, path with query). The host is read once, here: a second reader might read another."""
    if len(url) > url_max or not url.isprintable() or " " in url or "\\" in url:
        raise BadUrl(
            reason=f"it is longer than {url_max} characters, or has spaces, backslashes or others unseen"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadUrl(reason="it is not a web address") from None
    schemes = {"https", "http"} if settings.ALLOW_PRIVATE_WEBHOOKS else {"https"}
    if parts.scheme not in schemes:
        raise BadUrl(reason="it must start with https://")
    if "@" in parts.netloc:
        raise BadUrl(reason="it has a user name or password in it")
    if port == 0:
        raise BadUrl(reason="its port is not between 1 and 65535")
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    target += "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]") if parts.query else ""
    host = _host(parts.hostname or "")
    return parts.scheme, host, port or {"https": 443, "http": 80}[parts.scheme], target


def _host(text: str) -> str:
    """An address as it is, or a name in ASCII. Nothing is folded: `①②⑦.⓪.⓪.①` folds to a loopback address."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    try:
        name = text.removesuffix(".")
        name = name if name.isascii() else idna.encode(name).decode()
    except idna.IDNAError:
        raise BadUrl(reason="its host has characters that no name may have") from None
    labels = name.split(".")
    # Resolvers read 0x7f.1, 127.1 and 2130706433 as addresses: a name's last part is not a number.
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadUrl(reason="its host is no name and no address")
    if re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):
        raise BadUrl(reason="its host is no name and no address")
    return name


def _beginning(pieces: Iterable[bytes]) -> bytes:
    found = b""
    for piece in pieces:
        found += piece
        if len(found) >= ANSWER_BYTES_MAX:
            break
    return found[:ANSWER_BYTES_MAX]


def _counted(pieces: Iterable[bytes], bytes_max: int, host: str) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > bytes_max:
            raise AnswerTooLarge(host=host, limit=bytes_max)
        yield piece


def _unpacked(pieces: Iterable[bytes], coding: str, bytes_max: int, host: str) -> bytes:
    """The whole body; unpacking stops at the limit, so a small answer cannot grow into a large one."""
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return b"".join(pieces)
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise AnswerUnreadable(host=host, reason="it is packed in a way that was not asked for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    found = bytearray()
    try:
        for piece in pieces:
            # One byte more than is allowed tells that there is too much.
            found += unpacker.decompress(piece, bytes_max + 1 - len(found))
            if len(found) > bytes_max or unpacker.unconsumed_tail:
                raise AnswerTooLarge(host=host, limit=bytes_max)
    except zlib.error:
        raise AnswerUnreadable(host=host, reason="it is not packed as it says") from None
    if not unpacker.eof or unpacker.unused_data:
        raise AnswerUnreadable(host=host, reason="it is cut off, or goes on after its end")
    return bytes(found)


class _Guarded(httpcore.NetworkBackend):
    """Resolves the name itself, checks every address it has, and connects to one that was checked.

    TLS still verifies the name, since that is what the connection was asked for.
    """

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        failed: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in _resolved(host, port):
            try:
                stream = self._plain.connect_tcp(address, port, timeout=_left(self._deadline, timeout))
                return _Timed(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore.ConnectError("its name leads nowhere")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.NetworkStream:
        raise httpcore.ConnectError("only the web is called")

    def sleep(self, seconds: float) -> None:
        raise httpcore.ConnectError("nothing is tried again at this level")


def _resolved(host: str, port: int) -> list[str]:
    """The addresses of a name; one that is not allowed spoils them all."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(getattr(error, "strerror", None) or "its name is not known") from None
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    for address in addresses:
        if not is_allowed(ipaddress.ip_address(address)):
            raise AddressRefused(host=host, address=address)
    return addresses


class _Timed(httpcore.NetworkStream):
    """A stream with one deadline for everything: a receiver that drips bytes cannot hold a worker for hours."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secure = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline, timeout))
        return _Timed(secure, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("it took too long")
    return left if timeout is None else min(left, timeout)
