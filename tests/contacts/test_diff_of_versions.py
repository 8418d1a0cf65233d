"""The diff of two versions tells the kinds of changes that contacts would be told, and misses none."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from rollcall.contacts import comparing, differences, facts
from rollcall.universe import erasure, titles
from rollcall.universe.diff import changes, sameness
from tests.contacts import world
from tests.contacts.test_refresh_by_the_diff import PEOPLE, History
from tests.universe.rosters import person

# It compares the files of two versions; what contacts are told is written elsewhere.
pytestmark = [pytest.mark.django_db, pytest.mark.no_database]
EVERY = [(company, profile) for company in (1, 2, 3) for profile in range(1, len(PEOPLE) + 1)]
STRANGERS = [(0, 1), (1, 0), (-1, 5), (99, 1), (1, 10**9), (2**40, 2**40)]


@pytest.mark.parametrize("seed", range(100, 106))
def test_f2_kinds_are_those_that_a_contact_is_told(db: None, now: datetime, seed: int) -> None:
    history = History(seed, are_apart=True)
    numbers = []
    for _ in range(6):
        numbers.append(history.load(now))
        history.go_on()
    for before, after in ((1, 2), (1, 6), (3, 5), (2, 6)):
        was, now_is = _said(numbers[before - 1]), _said(numbers[after - 1])
        found = _found(numbers[before - 1], numbers[after - 1])
        for pair in EVERY:
            if was[pair] is None or now_is[pair] is None:
                assert pair not in found
                continue
            told = _told(was[pair], now_is[pair])
            mine = found.get(pair, {})
            if _has_wordless_title(was[pair], now_is[pair]):
                assert bool(told) <= bool(mine)
                continue
            assert told - {"corrected"} == set(mine) - {"corrected"}, (pair, was[pair], now_is[pair])
            assert bool(told) <= bool(mine)
            # Of somebody who moved, more of the new position is compared than a contact shows.
            assert bool(told) == bool(mine) or now_is[pair]["now_company_id"] is not None
            _check_details(mine, now_is[pair])


def _told(was: dict[str, Any], now_is: dict[str, Any]) -> set[str]:
    """The kinds of changes, as a refresh tells them: of a contact that shows the same as before, none."""
    if all(was[name] == now_is[name] for name in (*facts.FACTS, *facts.ELSEWHERE)):
        return set()
    return {change.kind for change in differences.between(was, now_is, moved_on="?")}


def _check_details(mine: dict[str, dict[str, Any]], said: dict[str, Any]) -> None:
    for kind, row in mine.items():
        if kind == "moved":
            assert row["now_company_id"] == said["now_company_id"]
            assert row["now_title"] == titles.words(said["now_title"]).strip()
        if kind == "left":
            assert row["happened_on"].isoformat() == said["left_on"]
        if kind in ("promoted", "title_changed", "returned"):
            assert row["title_after"] == titles.words(said["title"]).strip()
            assert row["seniority_after"] == said["seniority"]
            assert row["happened_on"].isoformat() == said["started_on"]


def test_nobody_is_the_same_who_is_not(db: None, now: datetime) -> None:
    history = History(7, are_apart=True)
    numbers = []
    for _ in range(5):
        numbers.append(history.load(now))
        history.go_on()
    pairs = _pairs([*EVERY, *STRANGERS])
    for before in numbers:
        for after in numbers:
            found = sameness.compare(before=before, after=after, pairs=pairs)
            was, then = _said(before), _said(after)
            for place, pair in enumerate(EVERY):
                shown = [*facts.FACTS, *facts.ELSEWHERE, "source"]
                same = was[pair] is not None and then[pair] is not None
                same = same and all(was[pair][name] == then[pair][name] for name in shown)
                assert same or not found.is_same[place]
                if found.is_same[place]:
                    assert then[pair]["last_seen_on"] == str(
                        found.last_seen_on[place].astype("datetime64[D]")
                    )
            assert not found.is_same[len(EVERY) :].any()
            if before == after:
                assert found.is_same[: len(EVERY)].sum() == sum(row is not None for row in was.values())


def test_x2_of_an_erased_person_nothing_is_told(db: None, now: datetime) -> None:
    world.load([world.ann(), world.bea()], now)
    world.load([world.ann("CEO", seen=world.JULY), world.bea("CFO", seen=world.JULY)], now, as_of=world.JULY)
    assert changes.between(before=1, after=2, pairs=_pairs([(1, 1), (1, 2)])).num_rows >= 2
    erasure.forget(profile_id=1, now=now)
    told = changes.between(before=1, after=2, pairs=_pairs([(1, 1), (1, 2)]))
    assert set(told["profile_id"].to_pylist()) == {2}


def test_nothing_asked_and_nothing_changed(db: None, now: datetime) -> None:
    people = [person("ann", "c1", "CEO", world.JUNE)]
    world.load(people, now)
    world.load(people, now)
    assert changes.between(before=1, after=2, pairs=_pairs([])).num_rows == 0
    assert changes.between(before=1, after=2, pairs=_pairs([(1, 1), *STRANGERS])).equals(
        changes.CHANGES.empty_table()
    )


def _found(before: int, after: int) -> dict[tuple[int, int], dict[str, dict[str, Any]]]:
    found: dict[tuple[int, int], dict[str, dict[str, Any]]] = {}
    for row in changes.between(before=before, after=after, pairs=_pairs([*EVERY, *STRANGERS])).to_pylist():
        kinds = found.setdefault((row["company_id"], row["profile_id"]), {})
        assert row["kind"] not in kinds
        kinds[row["kind"]] = row
    return found


def _said(version: int) -> dict[tuple[int, int], Any]:
    """What a contact shows of each pair, as a refresh reads it in full."""
    kept = [(0, profile, company) for company, profile in EVERY]
    said = {}
    for pair, (row, _) in zip(EVERY, comparing._said(kept, version, titles.NO_OVERRIDES), strict=True):
        said[pair] = None if row is None else dict(zip(comparing.KEPT, row, strict=True))
    return said


def _has_wordless_title(*said: dict[str, Any]) -> bool:
    """Titles of which no word is left are compared as they stand, which the index does not know."""
    return any(not titles.words(row["title"] or "").strip() for row in said)


def _pairs(pairs: list[tuple[int, int]]) -> pa.Table:
    columns = {
        "company_id": [company for company, _ in pairs],
        "profile_id": [profile for _, profile in pairs],
    }
    return pa.table(columns, schema=pa.schema([("company_id", pa.int64()), ("profile_id", pa.int64())]))


def test_the_pairs_may_come_in_any_order(db: None, now: datetime) -> None:
    history = History(11, are_apart=True)
    for _ in range(2):
        history.load(now)
        history.go_on()
    told = [changes.between(before=1, after=2, pairs=_pairs(order)) for order in (EVERY, EVERY[::-1])]
    rows = [sorted(map(str, table.to_pylist())) for table in told]
    assert rows[0] == rows[1] and rows[0]
