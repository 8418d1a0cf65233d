"""Which contacts may have changed since the version that they are of; of the others only the day last seen is new."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from rollcall.contacts import families
from rollcall.contacts.models import Contact
from rollcall.universe import versions
from rollcall.universe.diff import sameness
from rollcall.universe.diff.sameness import Sameness

_DAY = "datetime64[D]"


@dataclass(frozen=True)
class Sifted:
    """`ids` and (profile, company) of the whole batch; `doubtful` ones to be compared in full; columns of the others
    that were seen again."""

    ids: list[int]
    pairs: list[tuple[int, int]]
    doubtful: list[int]
    seen: dict[str, list[Any]]


def sift(*, rows: QuerySet[Contact], version: int) -> Sifted:
    """Look at these contacts, which are older than `version`; nothing of them is read but what tells them apart."""
    thin = _thin(rows)
    both = list(zip(thin["profile_id"], thin["company_id"], strict=True))
    # Whoever goes by another id now is looked up under that one, which is more than two versions side by side tell.
    touched = families.touched(both)
    doubtful = np.ones(len(thin["id"]), np.bool_)
    seen: dict[str, list[Any]] = {"id": [], "last_seen_on": [], "source": []}
    for former in sorted(set(thin["universe_version"])):
        places = np.flatnonzero(np.array(thin["universe_version"]) == former)
        pairs = pa.table(
            {name: [thin[name][place] for place in places] for name in ("company_id", "profile_id")}
        )
        try:
            found = sameness.compare(before=former, after=version, pairs=pairs)
        except (versions.UnknownVersion, versions.VersionDamaged):
            # The operator may delete old versions; or this one is damaged, which the full comparison will tell.
            continue
        sure = _sure(thin, places, found)
        sure = sure[~np.isin(places[sure], touched)]
        doubtful[places[sure]] = False
        _note_seen(seen, thin, places[sure], found.last_seen_on[sure])
    if 2 * int(doubtful.sum()) > len(doubtful):
        return Sifted(thin["id"], both, thin["id"], {name: [] for name in seen})
    return Sifted(thin["id"], both, np.array(thin["id"], np.int64)[doubtful].tolist(), seen)


def _thin(rows: QuerySet[Contact]) -> dict[str, list[Any]]:
    names = ("id", "profile_id", "company_id", "universe_version", "source", "is_former", "now_company_id")
    found = list(rows.values_list(*names, Cast("last_seen_on", TextField())))
    columns = [list(column) for column in zip(*found, strict=True)] or [[] for _ in range(len(names) + 1)]
    return dict(zip((*names, "last_seen_on"), columns, strict=True))


def _sure(thin: dict[str, list[Any]], places: np.ndarray[Any, Any], found: Sameness) -> np.ndarray[Any, Any]:
    """Those that are the same and kept as the former version said.

    A contact says nothing of where somebody is now if it was bought after they had left: then it is not what the former
    version said, and has to be compared.
    """
    former = np.array([thin["is_former"][place] for place in places], np.bool_)
    moved = np.array([thin["now_company_id"][place] is not None for place in places], np.bool_)
    return np.flatnonzero(found.is_same & (former == found.is_former) & (moved | ~found.is_elsewhere))


def _note_seen(
    seen: dict[str, list[Any]],
    thin: dict[str, list[Any]],
    places: np.ndarray[Any, Any],
    days: np.ndarray[Any, Any],
) -> None:
    """Who was seen on another day than is kept."""
    texts = np.datetime_as_string(days.astype(_DAY)).tolist()
    for place, text in zip(places.tolist(), texts, strict=True):
        if thin["last_seen_on"][place] != text:
            seen["id"].append(thin["id"][place])
            seen["last_seen_on"].append(text)
            seen["source"].append(thin["source"][place])
