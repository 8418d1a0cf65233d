"""One person at one company under several ids: what was paid for under one is paid for under all of them (C3, C6).

The ledger knows a person by the id of the day of the charge, for ever. Which ids are one person is the universe's to
say; so ownership is looked up by all of them, and nothing that was written is written again.
"""

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from rollcall.universe import search, versions
from rollcall.universe.identity import following

Pair = tuple[int, int]


def candidates(pairs: Iterable[Pair]) -> dict[Pair, list[Pair]]:
    """For each (profile, company) that was ever known by other ids, under which else it may be owned."""
    known = following.redirects()
    if not known:
        return {}
    found: dict[Pair, list[Pair]] = {}
    for pair in pairs:
        others = known.pairs(*pair) if known.touches(*pair) else []
        former = known.came_from.get(known.of("profile", pair[0]))
        if former is not None:
            others = others + known.pairs(former, pair[1])
        if others := [one for one in dict.fromkeys(others) if one != pair]:
            found[pair] = others
    return found


def meant(asked: Mapping[Pair, Sequence[Pair]], owned: Mapping[Pair, int]) -> dict[Pair, int]:
    """For each pair asked about the contact that is the same person at the same company today, if one is owned."""
    wanted = {pair: [one for one in others if one in owned] for pair, others in asked.items()}
    wanted = {pair: others for pair, others in wanted.items() if others}
    today = living(sorted({one for pair, others in wanted.items() for one in (pair, *others)}))
    found: dict[Pair, int] = {}
    for pair, others in wanted.items():
        same = [owned[one] for one in others if today[one] == today[pair]]
        if same:
            found[pair] = same[0]
    return found


def living(pairs: Sequence[Pair]) -> dict[Pair, Pair]:
    """For each pair the (profile, company) that it is in the version in use."""
    version = versions.current()
    if version is None or not pairs:
        return {pair: pair for pair in pairs}
    asked = pa.table(
        {
            "company_id": pa.array([company for _, company in pairs], pa.int64()),
            "profile_id": pa.array([profile for profile, _ in pairs], pa.int64()),
        }
    )
    now = search.followed(version=version, pairs=asked)
    profiles, companies = now["profile_id"].to_pylist(), now["company_id"].to_pylist()
    return dict(zip(pairs, zip(profiles, companies, strict=True), strict=True))


def touched(pairs: Sequence[Pair]) -> list[int]:
    """The places of those that were ever known by other ids."""
    known = following.redirects()
    if not known:
        return []
    return [
        place
        for place, pair in enumerate(pairs)
        if known.touches(*pair) or known.of("profile", pair[0]) in known.came_from or pair[0] in known.parts
    ]


def all_ids(profile_ids: Sequence[int]) -> list[list[int]]:
    """For each person every id that they were ever known by, the living one first."""
    known = following.redirects()
    return [known.family("profile", number) for number in profile_ids]
