"""Reduces what people paste (URLs, www., capitals, IDN) to the root domain of a company."""

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import idna

if TYPE_CHECKING:
    import tldextract

# Also those that begin twice or half: "http:/acme.com", "https//acme.com", "http://https://acme.com".
_SCHEME = re.compile(r"^(?:(?:https?|ftp)(?::/{0,3}|//)|[a-z][a-z0-9+.-]{0,20}://)+", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_WRAPPING = "<>()[]{}\"'`,;|· \t\r\n"
TEXT_MAX = 2_000
HOST_MAX = 253
# Sites that give everybody a name below their own, and are not in the list of suffixes: a level more is the root.
HOSTED_BELOW = frozenset(
    {
        "wordpress.com", "medium.com", "tumblr.com", "substack.com", "squarespace.com", "weebly.com", "wix.com",
        "webnode.com", "jimdo.com", "strikingly.com", "livejournal.com", "typepad.com", "over-blog.com",
        "ghost.io", "bigcartel.com", "etsy.com", "ueniweb.com", "business.site", "site123.me", "yolasite.com",
        "webflow.com", "bandcamp.com", "hubspotpagebuilder.com", "mystrikingly.com", "notion.so", "gumroad.com",
        "teachable.com", "thinkific.com",
    }
)  # fmt: skip


@lru_cache(maxsize=65_536)
def root_domain(text: str) -> str | None:
    """`"https://www.Acme.co.uk/about" -> "acme.co.uk"`; None when there is no domain in the text."""
    found = host(text)
    return root_of(found) if found else None


@lru_cache(maxsize=65_536)
def host(text: str) -> str | None:
    """The host that the text names, by UTS-46: `"jobs.ＡＣＭＥ.com:80/x" -> "jobs.acme.com"`; None if it names none."""
    address = _unwrapped(text)
    if not address or len(address) > TEXT_MAX:
        return None
    try:
        named = urlsplit("//" + _SCHEME.sub("", address).removeprefix("//").replace("\\", "/"))
        # Two addresses in one text: nobody can tell which is meant.
        if not named.hostname or len(re.split(r"[\s,;|<>]", named.netloc)) > 1:
            return None
        return _ascii(named.hostname.rstrip(".。"))
    except (ValueError, UnicodeError):
        return None


def root_of(host_name: str) -> str | None:
    """The root domain of a host in lower case ASCII."""
    if _NUMBER.fullmatch(host_name.rpartition(".")[2]):
        # However written, it is an IP address or nothing.
        return None
    found = _suffixes().extract_str(host_name)
    if not found.suffix:
        # A suffix that the list does not have (a new one, an internal one) is taken to be one label long.
        labels = host_name.split(".")
        return ".".join(labels[-2:]) if len(labels) > 1 else None
    if not found.domain:
        return None
    root = f"{found.domain}.{found.suffix}"
    if root in HOSTED_BELOW and found.subdomain not in ("", "www"):
        return f"{found.subdomain.rpartition('.')[2]}.{root}"
    return root


def has_known_suffix(root: str) -> bool:
    """Whether the list of public suffixes knows how the domain ends: "acme.com", not "acme.inc1" or "st.ives"."""
    return bool(_suffixes().extract_str(root).suffix)


def _unwrapped(text: str) -> str:
    """What stands in angle brackets (`Acme <info@acme.com>`), else the text, without brackets and commas around it."""
    text = text.strip()
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") :]
    return text.strip(_WRAPPING).removeprefix("*.") if len(text) <= TEXT_MAX else ""


def _ascii(name: str) -> str | None:
    if not name.isascii() or "xn--" in name:
        name = idna.encode(name, uts46=True).decode()
    name = name.lower()
    if len(name) > HOST_MAX or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        return None
    return name


@cache
def _suffixes() -> "tldextract.TLDExtract":
    """The list of public suffixes that ships with the package: nothing is ever fetched. Private suffixes count, so
    that two shops on one hosting domain stay two companies. What it brings along is only imported when it is asked.
    """
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
