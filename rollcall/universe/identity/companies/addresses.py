"""Which web address a company has: the root domain that says who it is, and the host as it was told."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rollcall.universe import domains
from rollcall.universe.identity.companies import names

_DATA = Path(__file__).parent / "data"
# A company's own, but what people paste from there is a map or a search for somebody else.
_SEARCHED = frozenset({"google.com", "bing.com"})


@dataclass(frozen=True)
class Address:
    """`root` says which company it is; `host` is null where it is the root or www. of it."""

    root: str
    host: str | None


def read(text: str | None, *, name: str | None = None) -> Address | None:
    """The address of a company, or None: pages on shared hosts and mailboxes are nobody's domain.

    A shared host is the domain of the company that is called so: LinkedIn's is linkedin.com.
    """
    host = domains.host(text) if text else None
    root = domains.root_of(host) if host else None
    if host is None or root is None:
        return None
    if is_shared(host, root) and not _is_its_own(root, name):
        return None
    return Address(root=root, host=None if host in (root, f"www.{root}") else host)


def is_of_nobody(text: str) -> bool:
    """Of what people paste to find a company: a page on a shared host, or an address of a free mailbox."""
    host = domains.host(text)
    root = domains.root_of(host) if host else None
    if host is None or root is None:
        return False
    shared, mail = _lists()
    if root in mail and (root not in shared or "@" in text):
        return "@" in text
    tail = text.strip().rstrip("/").replace("\\", "/").partition("://")[2] or text.strip().rstrip("/")
    is_page = "/" in tail or host not in (root, f"www.{root}")
    return is_page and (is_shared(host, root) or root in _SEARCHED)


def is_domain(alias: str) -> str | None:
    """The root domain if the alias is one as it stands: `"acme.de"`, but not "Acme Inc." or "St. Ives"."""
    if " " in alias.strip() or "." not in alias or "@" in alias:
        return None
    found = read(alias)
    return found.root if found and domains.has_known_suffix(found.root) else None


@lru_cache(maxsize=8_192)
def is_shared(host: str, root: str) -> bool:
    shared, mail = _lists()
    bare = host.removeprefix("www.")
    if f".{root}" in shared and bare != root:
        return True
    return host in shared or root in shared or root in mail or bare in shared


def _is_its_own(root: str, name: str | None) -> bool:
    read_name = names.read(name) if name else None
    if read_name is None:
        return False
    label = root.partition(".")[0]
    if root in _lists()[0]:
        # Whose name merely contains it ("Facebook Marketing Pros") is somebody else.
        return names.is_exactly(read_name, label) or names.is_exactly(read_name, root.replace(".", ""))
    return names.is_domain_of(read_name, label.replace("-", ""))


@lru_cache(maxsize=1)
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    """Shared hosts, and domains of free mailboxes."""
    lines = (_DATA / "shared_hosts.txt").read_text("utf-8").splitlines()
    shared = frozenset(line for line in lines if line and not line.startswith("#"))
    return shared, frozenset((_DATA / "free_mail.txt").read_text("utf-8").split())
