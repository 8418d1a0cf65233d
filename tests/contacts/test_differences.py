"""What a refresh tells about two states of one contact: each change by itself, and any mixture of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.contacts import differences
from rollcall.contacts.facts import ELSEWHERE, FACTS

OLD: dict[str, Any] = dict.fromkeys((*FACTS, *ELSEWHERE)) | {
    "full_name": "Ann Doe",
    "title": "Director of Sales",
    "seniority": "director",
    "department": "sales",
    "company_name": "Acme",
    "started_on": "2024-03-01",
    "last_seen_on": "2026-06-30",
}
GONE = {"left_on": "2026-06-30"}
AT_BOLT = {
    "now_company_id": 2,
    "now_company_name": "Bolt",
    "now_company_domain": "bolt.io",
    "now_title": "CRO",
}


def kinds(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    found = differences.between(OLD | before, OLD | {"last_seen_on": "2026-07-31"} | after)
    return [difference.kind for difference in found]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({}, {"full_name": "Ann Roe"}, ["corrected"]),
        ({}, {"department": "marketing"}, ["department_changed"]),
        # Another reading of the same title is no promotion.
        ({"seniority": "staff"}, {}, ["corrected"]),
        ({"title": "Salesperson", "seniority": "staff"}, {}, ["promoted"]),
        ({"title": "CEO", "seniority": "c_suite"}, {}, ["title_changed"]),
        ({"title": "Sales Director"}, {}, ["corrected"]),
        ({"title": "Director, Sales (Sales)"}, {}, ["corrected"]),
        ({"title": "Sales Operations Director"}, {}, ["title_changed"]),
        # Nobody can tell whether that was a rise.
        ({"title": "…", "seniority": "unknown"}, {}, ["title_changed"]),
        ({"title": None, "seniority": None}, {}, ["title_changed"]),
        ({}, {"title": None, "seniority": None}, ["title_changed"]),
        ({}, GONE, ["left"]),
        ({}, GONE | AT_BOLT, ["moved"]),
        (GONE, GONE, []),
        (GONE, GONE | AT_BOLT, ["moved"]),
        (GONE | AT_BOLT, GONE | AT_BOLT | {"now_company_id": 3, "now_company_name": "Core"}, ["moved"]),
        (GONE | AT_BOLT, GONE | AT_BOLT | {"now_title": "CEO"}, ["corrected"]),
        (GONE | AT_BOLT, GONE, ["corrected"]),
        (GONE, {"left_on": "2026-06-15"}, ["corrected"]),
        (GONE, {}, ["returned"]),
        (GONE | AT_BOLT, {"title": "VP Sales", "seniority": "vp", "started_on": "2026-07-10"}, ["returned"]),
        # They came back and left again between two versions.
        (GONE, {"started_on": "2026-07-02", "left_on": "2026-07-20"}, ["returned", "left"]),
        (GONE, {"started_on": "2026-07-02", "left_on": "2026-07-20"} | AT_BOLT, ["returned", "moved"]),
        (GONE, {"full_name": "Ann Roe"}, ["corrected", "returned"]),
        ({}, GONE | {"title": "VP Sales", "seniority": "vp"}, ["promoted", "left"]),
    ],
)
def test_f2_each_change_has_its_kind(
    before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    assert kinds(before, after) == expected


_TEXT = st.sampled_from([None, "a", "b"])
_DAY = st.sampled_from([None, "2026-06-01", "2026-07-01", "2026-08-01"])
_STATE = st.fixed_dictionaries(
    {name: _DAY if name in ("started_on", "left_on") else _TEXT for name in FACTS}
    | {"now_company_id": st.sampled_from([None, 1, 2]), "last_seen_on": st.just("2026-08-31")}
    | {name: _TEXT for name in ELSEWHERE if name != "now_company_id"}
)


@given(old=_STATE, new=_STATE)
def test_f2_the_changes_lead_from_before_to_after(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Replayed in order onto the old state, they give the new one: nothing is changed without being told."""
    for state in (old, new):
        if state["left_on"] is None or state["now_company_id"] is None:
            state.update(dict.fromkeys(ELSEWHERE))
    state = old | {"is_former": old["left_on"] is not None}
    for difference in differences.between(old, new, moved_on="2026-08-02"):
        assert difference.before.keys() == difference.after.keys() and difference.before
        for name, value in difference.before.items():
            assert state[name] == value != difference.after[name]
        state |= difference.after
    assert state == new | {"is_former": new["left_on"] is not None}
