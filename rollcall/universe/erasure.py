"""Who must never come back: asked by every load and every search."""

import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.encoding import force_bytes

from rollcall.universe import erased_names, records, versions
from rollcall.universe.identity import following, review
from rollcall.universe.models import ErasedKey

# No source is called so; it keeps out a person whose names are forgotten already.
_OURS = "rollcall:pro_{}"


def block(*, keys: Iterable[str], now: datetime, profile_id: int | None = None) -> int:
    """Keep these source keys (`<source>:<person>`) out of all later loads, and `profile_id` out of all searches.

    Only a keyed hash is kept: the list itself says nothing about anybody. Returns how many were new.
    """
    hashes = sorted({hashed(key) for key in keys})
    before = ErasedKey.objects.count()
    ErasedKey.objects.bulk_create(
        [ErasedKey(key_hash=key_hash, profile_id=profile_id, erased_at=now) for key_hash in hashes],
        ignore_conflicts=True,
    )
    return ErasedKey.objects.count() - before


def forget(*, profile_id: int, now: datetime) -> int:
    """Keep one person out of all later loads and all searches, under every name that sources call them by.

    Their pages and addresses are names as well, and so is every id that they had before, and at their companies their
    name where a record gives nothing else.
    """
    ids = following.redirects().family("profile", profile_id)
    names = _records(ids)
    review.forget(names=names)
    called = erased_names.keys_of(profile_ids=ids, record_names=names)
    blocked = block(keys=[*names, *_strong_keys(names), *called], now=now, profile_id=ids[0])
    return blocked + sum(block(keys=[_OURS.format(one)], now=now, profile_id=one) for one in ids)


@dataclass(frozen=True)
class Blocked:
    """The `hashes` of all keys that loads must leave out; of those that the former load did not know yet, `fresh`, the
    hash and the profile they were known to be of. `mark` says which are known now."""

    hashes: frozenset[str]
    fresh: tuple[tuple[str, int | None], ...]
    mark: dict[str, int]


def blocked(*, since: Mapping[str, int]) -> Blocked:
    """Who asked to be forgotten, and who since the load that left this mark."""
    rows = list(ErasedKey.objects.order_by("id").values_list("id", "key_hash", "profile_id"))
    last = since.get("last", 0)
    # A row with a smaller number can come later than one with a larger: then none counts as known.
    is_whole = sum(number <= last for number, _, _ in rows) == since.get("count", 0)
    return Blocked(
        hashes=frozenset(key_hash for _, key_hash, _ in rows),
        fresh=tuple((key_hash, of) for number, key_hash, of in rows if number > last or not is_whole),
        mark={"last": max((number for number, _, _ in rows), default=0), "count": len(rows)},
    )


def blocked_profiles() -> frozenset[int]:
    """The profiles that searches must leave out, also of versions published before the erasure."""
    found = ErasedKey.objects.filter(profile_id__isnull=False).values_list("profile_id", flat=True)
    return frozenset(number for number in found if number is not None)


def _records(profile_ids: list[int]) -> list[str]:
    """What sources call this person, as the version in use knows it."""
    number = versions.current()
    if number is None:
        return []
    wanted = [("kind", "=", "profile"), ("id", "in", profile_ids)]
    found = records.read(versions.path(number), "keys", filters=wanted)
    return [str(key) for key in found["key"].to_pylist()]


def _strong_keys(names: list[str]) -> list[str]:
    """The pages and addresses that any of these records was ever told with."""
    number = versions.current()
    if number is None or not names:
        return []
    found = records.read(versions.path(number), "evidence", filters=[("record", "in", names)])
    return [str(key) for key in found["key"].to_pylist() if not key.startswith("id:")]


def hashed(key: str) -> str:
    """The keyed hash of a source key; without the installation's secret it cannot be guessed back."""
    return hmac.digest(_secret(), key.encode(), "sha256").hex()


def are_listed(*, keys: Iterable[str], hashes: Collection[str]) -> list[bool]:
    """Of each key whether its hash is one of these: of millions, so the secret is made once."""
    secret, listed = _secret(), frozenset(bytes.fromhex(one) for one in hashes)
    return [hmac.digest(secret, key.encode(), "sha256") in listed for key in keys]


def _secret() -> bytes:
    return hmac.digest(force_bytes(settings.SECRET_KEY), b"rollcall.universe.erasure", "sha256")
