"""Reduces what people paste (URLs, www., capitals, IDN) to the root domain of a company."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

import idna
import tldextract

# The list of public suffixes that ships with the package: nothing is ever fetched. Private suffixes count,
# so that two shops on one hosting domain stay two companies.
_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
TEXT_MAX = 2_000


@lru_cache(maxsize=65_536)
def root_domain(text: str) -> str | None:
    """`"https://www.Acme.co.uk/about" -> "acme.co.uk"`; None when there is no domain in the text."""
    host = _host(text.strip())
    if host is None:
        return None
    found = _suffixes.extract_str(host)
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else None
    # A suffix that the list does not have (a new one, an internal one) is taken to be one label long.
    labels = host.split(".")
    return (
        ".".join(labels[-2:]) if len(labels) > 1 and not labels[-1].isdigit() and all(labels[-2:]) else None
    )


def _host(text: str) -> str | None:
    if not text or len(text) > TEXT_MAX:
        return None
    address = text if _SCHEME.match(text) else f"//{text.removeprefix('//')}"
    try:
        host = urlsplit(address).hostname
        if not host:
            return None
        return idna.encode(host.rstrip("."), uts46=True).decode()
    except (ValueError, UnicodeError):
        return None
