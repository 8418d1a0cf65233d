"""Only the public web is called: no spelling of an address leads into this computer or its network."""

import ipaddress
import socket
from typing import Any

import pytest

from rollcall.core import http
from tests.notices import receiver

INSIDE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1",
    "fe80::1%25eth0", "fec0::1", "ff02::1",
]  # fmt: skip
OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "223.255.255.254",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
]
NO_URLS = [
    "", "example.com", "//example.com/", "ftp://example.com/", "file:///etc/passwd", "http://example.com/",
    "https://", "https:///x", "https://user:pass@example.com/", "https://example.com@127.0.0.1/",
    "https://①②⑦.⓪.⓪.①/", "https://１２７.0.0.1/", "https://127。0。0。1/", "https://0x7f.1/", "https://2130706433/",
    "https://0177.0.0.1/", "https://127.1/", "https://0x7f000001/", "https://[::1/",
    "https://exa mple.com/", "https://example.com\\@127.0.0.1/", "https://example.com/\r\nX: y", "https://example..com/",
    "https://example.com:99999/", "https://example.com:0/", "https://-a.example/", "https://" + "a" * 64 + ".example/",
    "https://example.com/" + "a" * 500, "https://exam\u200bple.com/", "https://example.com:8o/",
]  # fmt: skip


@pytest.mark.parametrize("text", INSIDE)
def test_what_is_not_the_public_web_is_refused(text: str) -> None:
    assert not http.is_allowed(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", OUTSIDE)
def test_the_public_web_is_allowed(text: str) -> None:
    assert http.is_allowed(ipaddress.ip_address(text))
    shown = f"[{text}]" if ":" in text else text
    http.check_url(f"https://{shown}/")


@pytest.mark.parametrize("url", NO_URLS)
def test_no_trick_of_spelling_makes_an_address(url: str) -> None:
    with pytest.raises(http.BadUrl):
        http.check_url(url)


@pytest.mark.parametrize("text", INSIDE)
def test_an_address_inside_is_refused_when_written_plainly(text: str) -> None:
    shown = f"[{text}]" if ":" in text else text
    with pytest.raises(http.AddressRefused):
        http.check_url(f"https://{shown}/")


def test_names_are_fine() -> None:
    for url in ("https://example.com", "https://Example.COM:8443/a/b?c=d&e=%20f", "https://bücher.example/x"):
        http.check_url(url)


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], ["64:ff9b::a00:1"]])
def test_one_bad_address_behind_a_name_spoils_them_all(answers: list[str], monkeypatch: Any) -> None:
    """The resolver is the attacker's; whatever it says is checked, and only what was checked is connected to."""

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in answers]

    connected = []
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", lambda address, *_, **__: connected.append(address))
    with pytest.raises(http.AddressRefused):
        http.post(url="https://rebound.example/", content=b"{}", headers={})
    assert connected == []


def test_the_checked_address_is_connected_to(monkeypatch: Any, settings: Any) -> None:
    """The name is resolved once: a second answer, which might differ, is never asked for."""
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    asked = []
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        return real("127.0.0.1" if host == "hooks.example" else host, port, *args, **kwargs)

    with receiver.listening() as one:
        port = one.url.split(":")[2].split("/")[0]
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        answer = http.post(url=f"http://hooks.example:{port}/x", content=b"{}", headers={"X-One": "1"})
        monkeypatch.undo()
    assert answer.status == 204
    assert asked.count("hooks.example") == 1
    headers, body = one.got[0]
    assert (headers["host"], headers["x-one"], body) == (f"hooks.example:{port}", "1", "{}")


def test_a_redirect_is_not_followed(settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    with receiver.listening(answer=302) as one, receiver.listening() as other:
        one.location = other.url
        assert http.post(url=one.url, content=b"{}", headers={}).status == 302
    assert other.got == []


def test_a_huge_answer_is_not_read(settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    with receiver.listening(answer=200, big=True) as one:
        assert len(http.post(url=one.url, content=b"{}", headers={}).body) == http.ANSWER_BYTES_MAX


def test_a_receiver_that_drips_is_left(settings: Any, monkeypatch: Any) -> None:
    """One deadline for all: time-outs between two bytes alone would let it hold us for days."""
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.4)
    with (
        receiver.listening(answer=200, drip=True) as one,
        pytest.raises(http.NoAnswer, match=r"too long|timed out"),
    ):
        http.post(url=one.url, content=b"{}", headers={})


def test_nobody_listens(settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    with receiver.listening() as one:
        url = one.url
    with pytest.raises(http.NoAnswer):
        http.post(url=url, content=b"{}", headers={})


def test_link_local_is_refused_even_when_private_is_allowed(settings: Any) -> None:
    """Cloud machines keep their credentials at 169.254.169.254."""
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    for text in ("169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "::ffff:10.0.0.1"):
        assert not http.is_allowed(ipaddress.ip_address(text))
