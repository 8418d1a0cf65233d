"""One spelling for each profile address: LinkedIn in all its forms, other networks, pages about one person."""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import idna
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.columns import flat, mapped
from rollcall.universe.folding import fold

PREFIX = "profile:"
TEXT_MAX = 2_000

_SLUG = r"[a-z0-9_-]{3,100}"
_IN = r"^(?:https?://)?(?:[a-z]{2,3}\.)?linkedin\.com/in/"
# What nearly all addresses look like: these never leave Arrow.
_PLAIN = rf"{_IN}{_SLUG}/?(?:[?#].*)?$"
# A member's number in another writing: capital and small letters differ. Not a slug that the person chose.
_MEMBER = r"^(?i:ac[a-z]aa)[A-Za-z0-9_-]{20,}$"
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:/*", re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_LOOSE = " \t\r\n.,;:)>]'\"*"
_NOBODY_WORDS = """
me unavailable undefined null none nan na n-a n/a unknown notfound not-found 404 edit new test username
    yourname your-name your-profile profile false true private linkedin-member xxx login signup
"""
_NOBODY = frozenset(_NOBODY_WORDS.split())
# Networks with one folder a person: host, what stands before the name, and first folders that are no person.
_NETWORKS: dict[str, tuple[str, ...]] = {
    "x.com": ("",),
    "github.com": ("",),
    "gitlab.com": ("",),
    "instagram.com": ("",),
    "facebook.com": ("",),
    "about.me": ("",),
    "medium.com": ("",),
    "orcid.org": ("",),
    "xing.com": ("profile",),
    "crunchbase.com": ("person",),
    "wellfound.com": ("u", "p"),
    "researchgate.net": ("profile",),
    "viadeo.com": ("p", "profile"),
}
_ALIASES = {
    "twitter.com": "x.com",
    "fb.com": "facebook.com",
    "fb.me": "facebook.com",
    "instagr.am": "instagram.com",
    "angel.co": "wellfound.com",
    "angellist.com": "wellfound.com",
}
_NO_PERSON_WORDS = """
home search intent share sharer i hashtag explore settings login signup about features topics orgs pages groups
    events people watch marketplace company companies organization jobs p reel reels stories tv pricing blog help
    contact privacy terms team teams careers news press leadership management staff index index.html index.php
    about-us our-team our-people ueber-uns unternehmen equipe equipo board executives executive-team
    leadership-team management-team board-of-directors directory members default.aspx en de fr es it nl us uk
"""
_NO_PERSON = frozenset(_NO_PERSON_WORDS.split())
_TRACKING = re.compile(
    r"^(?:utm_.*|trk.*|fbclid|gclid|ref|src|source|lang|locale|originalsubdomain|_l|lipi)$"
)


def keys(column: Any) -> Any:
    """The key of each address, null where it names nobody. The meaning is `key`; this is the speed."""
    text = pc.ascii_lower(pc.utf8_trim_whitespace(flat(column).cast(pa.string())))
    plain = pc.and_not(
        pc.match_substring_regex(text, _PLAIN), pc.match_substring_regex(text, "/in/ac[a-z]aa")
    ).fill_null(False)
    # Far quicker than one expression with groups.
    slug = pc.list_element(pc.split_pattern(text.filter(plain), "linkedin.com/in/", max_splits=1), 1)
    slug = pc.list_element(pc.split_pattern_regex(slug, "[/?#]", max_splits=1), 0)
    nobody = pc.is_in(slug, value_set=pa.array(sorted(_NOBODY)))
    quick = pc.binary_join_element_wise(pa.scalar(f"{PREFIX}linkedin.com/in/"), slug, "")
    quick = pc.if_else(nobody, pa.scalar(None, pa.string()), quick)
    odd = pc.invert(plain)
    slow = mapped(flat(column).cast(pa.string()).filter(odd), key)
    places = pc.cumulative_sum(pc.cast(plain, pa.int64()))
    odd_places = pc.cumulative_sum(pc.cast(odd, pa.int64()))
    row = pc.if_else(plain, pc.subtract(places, 1), pc.add(pc.subtract(odd_places, 1), len(quick)))
    return pa.concat_arrays([quick, slow]).take(row)


def key(text: str) -> str | None:
    """`key("http://de.LinkedIn.com/in/Jane-Doe/?trk=x") == "profile:linkedin.com/in/jane-doe"`; None for no person."""
    if len(text) > TEXT_MAX:
        return None
    apart = _apart(_INVISIBLE.sub("", text).strip(_LOOSE))
    if apart is None:
        return None
    host, folders, query = apart
    if host == "linkedin.com" or host.endswith(".linkedin.com"):
        path = _linkedin(folders, query)
        return f"{PREFIX}linkedin.com/{path}" if path else None
    network = _ALIASES.get(_without_www(host), _without_www(host))
    path = _network(network, folders, query) if network in _NETWORKS else _page(folders, query)
    return f"{PREFIX}{network}/{path}" if path else None


def is_chosen(key: str) -> bool:
    """Whether this is the address that a person chose at LinkedIn: nobody has two of them at once."""
    return key.startswith(f"{PREFIX}linkedin.com/in/") and not re.search(
        _MEMBER, key.removeprefix(f"{PREFIX}linkedin.com/in/")
    )


def _apart(text: str) -> tuple[str, list[str], str] | None:
    """Host, decoded folders and query of an address; None when it is none."""
    if re.match(r"(?:in|pub)/[^/]", text, re.IGNORECASE):
        text = f"linkedin.com/{text}"
    if "/" not in text and "%2f" in text.lower():
        text = unquote(text)
    try:
        address = urlsplit("//" + _SCHEME.sub("", text).lstrip("/"))
        host = (address.hostname or "").rstrip(".")
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode()
    except (ValueError, UnicodeError):
        return None
    if "." not in host or " " in host:
        return None
    return host, [part for part in _decoded(address.path).split("/") if part.strip()], address.query


def _decoded(path: str) -> str:
    for _ in range(3):
        plain = unquote(path)
        if "\ufffd" in plain:
            plain = unquote(path, encoding="latin-1")
        if plain == path:
            break
        path = plain
    return path


def _linkedin(folders: list[str], query: str) -> str | None:
    while folders and fold(folders[0]) in ("mwlite", "comm", "m", "touch"):
        folders = folders[1:]
    if len(folders) < 2:
        return None
    # "%A0" is a blank as well.
    room, name = fold(folders[0]), " ".join(folders[1].split()).strip(_LOOSE)
    if room in ("in", "pub") and fold(name) not in _NOBODY | {"dir", ""}:
        return f"in/{_slug(folders) if room == 'pub' else _name(name)}"
    if room == "profile" and fold(name) == "view":
        number = dict(parse_qsl(query)).get("id", "")
        return f"profile/{number}" if number.isdigit() else None
    if room in ("sales", "talent", "recruiter") and len(folders) > 2:
        return f"{room}/{folders[2].partition(',')[0]}"
    return None


def _slug(folders: list[str]) -> str:
    """`pub/jane-doe/a7/576/b50` was the address before `in/jane-doe-b50576a7`."""
    numbers = [fold(part) for part in folders[2:5]]
    if len(numbers) == 3 and all(re.fullmatch(r"[0-9a-z]{1,3}", part) for part in numbers):
        first, second, third = numbers
        return f"{_name(folders[1])}-{third:0>3}{second:0>3}{first}"
    return _name(folders[1])


def _name(slug: str) -> str:
    return slug if re.search(_MEMBER, slug) else fold(slug)


def _network(network: str, folders: list[str], query: str) -> str | None:
    parts = [fold(part).strip(_LOOSE).removeprefix("@") for part in folders]
    number = dict(parse_qsl(query)).get("id", "") if parts[:1] == ["profile.php"] else ""
    if network == "facebook.com" and (number.isdigit() or (parts[:1] == ["people"] and len(parts) > 2)):
        return number or parts[2]
    if _NETWORKS[network] != ("",):
        if len(parts) < 2 or parts[0] not in _NETWORKS[network]:
            return None
        parts = parts[1:]
    if not parts or not parts[0] or parts[0] in _NO_PERSON or parts[0] in _NOBODY:
        return None
    return parts[0].replace(".", "") if network == "facebook.com" else parts[0]


def _page(folders: list[str], query: str) -> str | None:
    """A page of its own about somebody; a company's page about everybody is nobody's."""
    told = sorted((name, value) for name, value in parse_qsl(query) if not _TRACKING.match(fold(name)))
    if not told and (not folders or fold(folders[-1]) in _NO_PERSON | _NOBODY):
        return None
    return "/".join(folders) + (f"?{urlencode(told)}" if told else "")


def _without_www(host: str) -> str:
    for prefix in ("www.", "m.", "mobile.", "en-gb.", "de-de."):
        host = host.removeprefix(prefix)
    return host
