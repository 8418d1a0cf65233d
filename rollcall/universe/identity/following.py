"""Where an id leads that ended, and which ids somebody had before: read from the redirects of a version."""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from rollcall.universe import records, versions

OPEN_MAX = 4
Pair = tuple[int, int]


@dataclass(frozen=True)
class Redirects:
    """Of one version. `now` is by kind ("profile", "company"), from the id that ended to the living one."""

    now: dict[str, dict[int, int]] = field(default_factory=dict)
    before: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    # Who was split off from whom, by the id that the others kept; and the other way.
    parts: dict[int, list[int]] = field(default_factory=dict)
    came_from: dict[int, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.now or self.parts)

    def of(self, kind: str, number: int) -> int:
        """The living id; itself if nothing happened to it."""
        return self.now.get(kind, {}).get(number, number)

    def family(self, kind: str, number: int) -> list[int]:
        """Every id of the same person or company, the living one first."""
        living = self.of(kind, number)
        return [living, *self.before.get(kind, {}).get(living, [])]

    def pair(self, profile_id: int, company_id: int) -> Pair:
        return self.of("profile", profile_id), self.of("company", company_id)

    def pairs(self, profile_id: int, company_id: int) -> list[Pair]:
        """Every (profile, company) that is the same person at the same company."""
        companies = self.family("company", company_id)
        return [(one, at) for one in self.family("profile", profile_id) for at in companies]

    def touches(self, profile_id: int, company_id: int) -> bool:
        """Whether either was ever known by another id."""
        return any(
            number in self.now.get(kind, {}) or number in self.before.get(kind, {})
            for kind, number in (("profile", profile_id), ("company", company_id))
        )

    def follow(self, kind: str, column: pa.ChunkedArray | pa.Array) -> pa.Array:
        """A column of ids, each as it is now."""
        known = self.now.get(kind)
        if not known:
            return column
        return pa.array([known.get(number, number) for number in column.to_pylist()], pa.int64())


def redirects(version: int | None = None) -> Redirects:
    """Those of a version, of the one in use if none is named; kept for the next question."""
    number = versions.current() if version is None else version
    if number is None:
        return Redirects()
    file = versions.path(number) / "redirects.parquet"
    if not file.exists():
        return Redirects()
    key = (str(file), file.stat().st_mtime_ns, file.stat().st_ino)
    with _lock:
        if key not in _kept:
            _kept[key] = _read(records.read(file.parent, "redirects").to_pylist())
            while len(_kept) > OPEN_MAX:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]


def _read(rows: Iterable[dict[str, object]]) -> Redirects:
    found = Redirects()
    for row in rows:
        kind, former, now = str(row["kind"]), int(str(row["from_id"])), int(str(row["to_id"]))
        if kind == "split":
            found.parts.setdefault(former, []).append(now)
            found.came_from[now] = former
        else:
            found.now.setdefault(kind, {})[former] = now
    for kind, leads in found.now.items():
        # Somebody may have written a redirect to an id that ended later.
        for former in leads:
            leads[former] = _end(leads, former)
            found.before.setdefault(kind, {}).setdefault(leads[former], []).append(former)
    return found


def _end(leads: dict[int, int], number: int) -> int:
    seen = {number}
    while (number := leads[number]) in leads and number not in seen:
        seen.add(number)
    return number


_kept: OrderedDict[tuple[object, ...], Redirects] = OrderedDict()
_lock = threading.Lock()
# A lock that another thread held at the moment of a fork would stay held for ever in the child.
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)
