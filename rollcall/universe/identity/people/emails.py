"""One spelling for each mailbox that belongs to one person; roles, throwaways and placeholders have none."""

import csv
import gzip
import re
from functools import cache
from pathlib import Path
from typing import Any

import idna
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.columns import flat, mapped
from rollcall.universe.folding import fold

PREFIX = "email:"
DATA = Path(__file__).parent / "data"
TEXT_MAX = 1_000
_LOCAL_MAX, _DOMAIN_MAX = 64, 253

_DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}"
# What nearly all addresses look like: these never leave Arrow. A "+" or a byte above 127 goes the long way.
_PLAIN = rf"^[a-z0-9_'.-]{{1,{_LOCAL_MAX}}}@{_DOMAIN}$"
_PLAIN_DOMAIN = re.compile(_DOMAIN)
_LOCAL = re.compile(r"[^\s\x00-\x1f\x7f\"(),:;<>@\[\]\\]+")
_BRACKETED = re.compile(r"<([^<>]*)>\s*$")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_PUNCTUATION = "[._-]"
_ROLE_FIRST = (
    r"^(?:info|sales|support|contact|contacto|kontakt|office|hello|admin|team|hr|jobs|careers?|press|media|billing|accounts?"
    r"|invoices?|service|help|no|do|donot|noreply|mail|famil(?:y|ie|ia|le)|praxis|kanzlei|vertrieb|ventas|marketing|orders?|customer|customers|booking|reception|webmaster)[._-]"
)
# "maria.sales@" is somebody: Sales is a surname. So only words that are none.
_ROLE_LAST = r"[._-](?:info|support|team|office|noreply|reply|helpdesk|hotline|admin)$"
# Mailboxes of which the dots and the part after "+" are known to mean nothing.
_GMAIL = ("gmail.com", "googlemail.com")
_NOBODY_WORDS = """
none na null nil unknown noemail nomail noemailaddress notavailable notprovided notapplicable test tester testing
    testuser x xx xxx xxxx abc abcd asdf qwerty email mail example sample user username name firstname lastname
    firstlast someone anyone nobody anonymous redacted private confidential deleted removed invalid dummy fake foo bar
    noreply donotreply blackhole undisclosed
"""
_NOBODY = frozenset(_NOBODY_WORDS.split())


def keys(column: Any) -> Any:
    """The key of each address, null where it is nobody's. The meaning is `key`; this is the speed."""
    text = pc.ascii_lower(pc.utf8_trim_whitespace(flat(column).cast(pa.string())))
    plain = pc.and_not(pc.match_substring_regex(text, _PLAIN), pc.match_substring(text, "xn--"))
    plain = pc.and_(plain, pc.less_equal(pc.binary_length(text), _DOMAIN_MAX)).fill_null(False)
    quick = _plain_keys(text.filter(plain))
    odd = pc.invert(plain)
    slow = mapped(flat(column).cast(pa.string()).filter(odd), key)
    places = pc.cumulative_sum(pc.cast(plain, pa.int64()))
    odd_places = pc.cumulative_sum(pc.cast(odd, pa.int64()))
    row = pc.if_else(plain, pc.subtract(places, 1), pc.add(pc.subtract(odd_places, 1), len(quick)))
    return pa.concat_arrays([quick, slow]).take(row)


def key(text: str) -> str | None:
    """`key(" Jane.Doe+news@GMail.com ") == "email:janedoe@gmail.com"`; None for `info@`, `acme@acme.com`."""
    apart = _apart(text)
    if apart is None:
        return None
    found = mailbox(*apart)
    local, _, domain = found.rpartition("@")
    if not local or is_role(local) or local == domain.partition(".")[0] or domain in disposable_domains():
        return None
    return f"{PREFIX}{found}"


def mailbox(local: str, domain: str) -> str:
    """Where the mail for an address ends up: without the note behind "+", at Gmail without dots."""
    local = local.partition("+")[0] or local
    if domain in _GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def is_role(local: str) -> bool:
    """Whether the part before the @ names a function or nobody, rather than a person."""
    squeezed = re.sub(_PUNCTUATION, "", local)
    bare = squeezed.rstrip("0123456789")
    roles = role_accounts()
    if squeezed in roles or bare in roles or not squeezed:
        return True
    return bool(re.search(_ROLE_FIRST, local) or re.search(_ROLE_LAST, local))


def domain_of(text: str) -> str | None:
    """The domain of an address, in its one spelling."""
    apart = _apart(text)
    return apart[1] if apart else None


def _apart(text: str) -> tuple[str, str] | None:
    """What stands before and after the @, each in its one spelling; None when this is no address."""
    if len(text) > TEXT_MAX:
        return None
    folded = fold(_INVISIBLE.sub("", text)).strip()
    bracketed = _BRACKETED.search(folded)
    if bracketed:
        folded = bracketed[1].strip()
    folded = folded.removeprefix("mailto:").partition("?")[0].strip()
    local, at, host = folded.rpartition("@")
    if not at or len(local) > _LOCAL_MAX or not _LOCAL.fullmatch(local):
        return None
    domain = _domain(host)
    return (local, domain) if domain else None


def _domain(host: str) -> str | None:
    host = host.removesuffix(".")
    if not (_PLAIN_DOMAIN.fullmatch(host) and "xn--" not in host):
        try:
            host = idna.encode(host, uts46=True).decode()
        except (ValueError, UnicodeError):
            return None
    labels = host.split(".")
    return host if len(labels) > 1 and len(host) <= _DOMAIN_MAX and not labels[-1].isdigit() else None


def _plain_keys(text: Any) -> Any:
    """The same as `key` for addresses of the plain form, in whole columns."""
    # Far quicker than one expression with groups.
    parts = pc.split_pattern(text, "@")
    local, domain = pc.list_element(parts, 0), pc.list_element(parts, 1)
    gmail = pc.is_in(domain, value_set=pa.array(_GMAIL))
    local = pc.if_else(gmail, pc.replace_substring(local, ".", ""), local)
    domain = pc.if_else(gmail, pa.scalar("gmail.com"), domain)
    squeezed = local
    for mark in _PUNCTUATION.strip("[]"):
        squeezed = pc.replace_substring(squeezed, mark, "")
    roles = pa.array(sorted(role_accounts()))
    nobodys = [
        pc.is_in(squeezed, value_set=roles),
        pc.is_in(pc.ascii_rtrim(squeezed, characters="0123456789"), value_set=roles),
        pc.equal(squeezed, ""),
        pc.match_substring_regex(local, _ROLE_FIRST),
        pc.match_substring_regex(local, _ROLE_LAST),
        pc.is_in(domain, value_set=pa.array(sorted(disposable_domains()))),
        # "acme@acme.com" is the company's.
        pc.equal(local, pc.list_element(pc.split_pattern(domain, ".", max_splits=1), 0)),
    ]
    somebody = pc.invert(nobodys[0])
    for nobody in nobodys[1:]:
        somebody = pc.and_not(somebody, nobody)
    whole = pc.binary_join_element_wise(pa.scalar(PREFIX), local, pa.scalar("@"), domain, "")
    return pc.if_else(somebody, whole, pa.scalar(None, pa.string()))


@cache
def role_accounts() -> frozenset[str]:
    """Parts before the @ that are functions, without punctuation."""
    with (DATA / "role_accounts.csv").open(newline="") as file:
        listed = {re.sub(_PUNCTUATION, "", fold(row["local_part"])) for row in csv.DictReader(file)}
    lines = (DATA / "role_accounts_elsewhere.txt").read_text(encoding="utf-8").splitlines()
    elsewhere = (word for line in lines if line[:1] != "#" for word in line.split())
    return frozenset((*listed - {""}, *elsewhere)) | _NOBODY


@cache
def disposable_domains() -> frozenset[str]:
    """Domains whose mailboxes anybody may open for a minute."""
    with gzip.open(DATA / "disposable_domains.csv.gz", "rt") as file:
        return frozenset(row["domain"] for row in csv.DictReader(file))
