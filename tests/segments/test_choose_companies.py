"""Choosing companies: the order of work, pasted domains, other segments, and what is refused (S1)."""

from datetime import datetime
from typing import Any

import pytest

from rollcall.core import ids
from rollcall.segments import definitions, language, membership, preview, selection
from rollcall.segments.language import BadDefinition, BadOrder, NothingChosen, TooManyDomains
from rollcall.segments.models import Segment
from rollcall.segments.references import NoSuchReference
from rollcall.universe.filters import UnknownField
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.segments.conftest import ENERGY, Make


def names(workspace: Workspace, definition: Any) -> list[str]:
    shown = preview.preview(workspace=workspace, definition=definition, limit=50)
    assert shown.count == len(shown.rows)
    return [row["name"].split()[0] for row in shown.rows]


def where(*lines: tuple[str, str, Any], op: str = "and") -> dict[str, Any]:
    return {"op": op, "items": [{"field": field, "op": verb, "value": value} for field, verb, value in lines]}


def test_it_works(workspace: Workspace, universe: int) -> None:
    assert names(workspace, ENERGY) == ["Alder", "Birch", "Cedar"]


def test_s1_order_of_work(workspace: Workspace, make: Make) -> None:
    """S1: filters ∪ included − excluded − other segments, then order, then limit."""
    big = make("Big", {"where": where(("employees", "gte", 50_000))})
    definition = {
        **ENERGY,
        "include_domains": ["fir.io", "elm.de", "dogwood.com"],
        "exclude_domains": ["elm.de", "birch.com"],
        "exclude_segments": [ids.public("seg", big.pk)],
        "order_by": "employees",
    }
    assert names(workspace, definition) == ["Dogwood", "Fir", "Alder"]
    assert names(workspace, definition | {"descending": True, "limit": 2}) == ["Alder", "Fir"]


def test_s1_excluded_wins_over_included(workspace: Workspace, universe: int) -> None:
    """S1"""
    definition = {"include_domains": ["fir.io", "elm.de"], "exclude_domains": ["https://www.elm.de/jobs"]}
    assert names(workspace, definition) == ["Fir"]


def test_s1_nested_groups(workspace: Workspace, universe: int) -> None:
    """S1"""
    small = where(("employees", "lt", 100), ("employees", "is_unknown", None), op="or")
    definition = {"where": {"op": "and", "items": [*where(("sector", "is", "Software"))["items"], small]}}
    assert names(workspace, definition) == ["Fir", "Ginkgo", "Hazel"]


def test_s1_a_line_may_name_segments(workspace: Workspace, energy: Segment, make: Make) -> None:
    """S1: in any group, wanted or not wanted, mixed with other lines."""
    small = make("Small", {"where": where(("employees", "lt", 200))})
    both = where(
        ("segment", "is_any_of", [f"seg_{energy.pk}"]), ("segment", "is_any_of", [f"seg_{small.pk}"])
    )
    assert names(workspace, {"where": both}) == ["Alder"]
    rest = where(("segment", "is_none_of", [f"seg_{energy.pk}", f"SEG_{small.pk}"]))
    assert names(workspace, {"where": rest}) == ["=Ivy", "Elm", "Ginkgo"]
    assert preview.preview(workspace=workspace, definition={"where": both}).contradictions == []


def test_s1_random_order_is_stable(workspace: Workspace, universe: int) -> None:
    """S1: the same seed gives the same companies every time; another seed others."""
    everyone = {"everything": True, "order_by": "random", "limit": 4}
    assert names(workspace, everyone) == names(workspace, everyone)
    picks = {tuple(names(workspace, everyone | {"random_seed": seed})) for seed in range(8)}
    assert len(picks) > 1


def test_s1_pasted_text_is_read_as_people_paste(workspace: Workspace, universe: int) -> None:
    """S1: URLs, blanks, commas, several lines, doubles; unmatched and unreadable ones are reported."""
    pasted = "https://www.Alder.com/about?x=1, birch.com\n\n  birch.com;CEDAR.CO.UK\tunknown.example.net  not-a-domain"
    shown = preview.preview(workspace=workspace, definition={"include_domains": pasted})
    assert shown.count == 3
    assert shown.unmatched_domains == ["unknown.example.net"]
    assert shown.bad_domains == ["not-a-domain"]


def test_unmatched_domains_alone_are_nobody(workspace: Workspace, universe: int) -> None:
    """A definition whose domains are all unknown must not become all companies."""
    shown = preview.preview(workspace=workspace, definition={"include_domains": "nowhere.example.org"})
    assert (shown.count, shown.rows, shown.unmatched_domains) == (0, [], ["nowhere.example.org"])


def test_ten_thousand_domains_and_no_more(workspace: Workspace, universe: int) -> None:
    many = [f"company{i}.com" for i in range(language.DOMAINS_MAX)]
    assert preview.preview(workspace=workspace, definition={"include_domains": [*many, many[0]]}).count == 0
    with pytest.raises(TooManyDomains, match=r"include_domains holds 10,001"):
        language.parse({"include_domains": [*many, "one.more"]})


@pytest.mark.parametrize(
    "definition",
    [{}, {"where": {"items": []}}, {"where": {"items": [{"op": "or", "items": []}]}}, {"exclude_domains": ["elm.de"]},
     {"include_domains": " , \n"}, {"limit": 5}],
)  # fmt: skip
def test_choosing_nothing_is_refused(definition: dict[str, Any]) -> None:
    with pytest.raises(NothingChosen, match="set everything: true"):
        language.parse(definition)


def test_everyone_must_be_said(workspace: Workspace, universe: int) -> None:
    assert len(names(workspace, {"everything": True})) == 9
    assert len(names(workspace, {"everything": True, "exclude_domains": "ivy.bank"})) == 8


def test_an_empty_group_beside_others_lets_nobody_in(workspace: Workspace, universe: int) -> None:
    lines = [*where(("sector", "is", "Food"))["items"], {"op": "and", "items": []}]
    assert names(workspace, {"where": {"op": "or", "items": lines}}) == ["Dogwood", "Elm"]


@pytest.mark.parametrize(
    ("definition", "error", "said"),
    [
        ({"wher": {}}, BadDefinition, "wher.*The fields are: where, everything"),
        ({"everything": True, **ENERGY}, BadDefinition, "everything"),
        ({"everything": True, "limit": 0}, BadDefinition, "limit"),
        ({"everything": True, "limit": 2**63}, BadDefinition, "limit"),
        ({"everything": True, "limit": "5"}, BadDefinition, "limit"),
        ({"everything": True, "random_seed": -1}, BadDefinition, "random_seed"),
        ({"everything": True, "order_by": "revenue"}, BadOrder, "revenue.*employees"),
        ({"everything": True, "exclude_segments": ["per_1"]}, BadDefinition, "exclude_segments.*seg_12"),
        ({"everything": True, "exclude_segments": [True]}, BadDefinition, "exclude_segments"),
        ({"everything": True, "exclude_segments": 3}, BadDefinition, "exclude_segments"),
        ({"everything": True, "exclude_segments": list(range(1, 99))}, BadDefinition, "exclude_segments"),
        ({"include_domains": [1]}, BadDefinition, "include_domains.*one domain a line"),
        ({"include_domains": "a\0.com"}, BadDefinition, "include_domains.*NUL"),
        ({"include_domains": "x" * 3_000}, BadDefinition, "include_domains.*too long"),
        ({"where": {"items": [{"company_ids": [1]}]}}, BadDefinition, "where.*include_domains"),
        ({"where": where(("segment", "is_known", None))}, BadDefinition, "segment.*is_any_of"),
        ({"where": where(("segment", "is_any_of", ["Energy"]))}, BadDefinition, "segment.*seg_12"),
        ({"where": where(("sectr", "is", "Energy"))}, UnknownField, "sectr.*sector"),
        ([], BadDefinition, "object"),
    ],
)  # fmt: skip
def test_bad_input_names_the_field_and_what_to_do(definition: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        language.parse(definition)


def test_segments_of_others_are_not_there(
    make: Make, workspace: Workspace, other_workspace: Workspace, energy: Segment, now: datetime, actor: Actor
) -> None:
    """Invariant 8: naming another workspace's segment is like naming none."""
    for definition in (
        {"where": where(("segment", "is_any_of", [f"seg_{energy.pk}"]))},
        {"everything": True, "exclude_segments": [energy.pk]},
    ):
        with pytest.raises(NoSuchReference, match=f"seg_{energy.pk}"):
            preview.preview(workspace=other_workspace, definition=definition)
        with pytest.raises(NoSuchReference):
            make("Theirs", definition, workspace=other_workspace)
    missing = {"everything": True, "exclude_segments": [10**15]}
    with pytest.raises(NoSuchReference):
        make("None", missing)


def test_without_a_universe(workspace: Workspace, actor: Actor, now: datetime) -> None:
    with pytest.raises(selection.NoUniverse):
        preview.preview(workspace=workspace, definition=ENERGY)
    with pytest.raises(selection.NoUniverse):
        definitions.create(
            workspace=workspace, name="E", kind="static", definition=ENERGY, actor=actor, now=now
        )
    assert definitions.list_(workspace=workspace) == []


def test_members_are_in_the_order_of_the_definition(make: Make) -> None:
    segment = make("Top", {"everything": True, "order_by": "employees", "descending": True, "limit": 3})
    found = membership.companies(workspace=segment.workspace, segment_id=segment.pk)
    assert [stay.facts["name"] for stay in found.items] == ["Cedar Energy", "=Ivy Bank", "Birch Energy"]
    assert all(stay.facts["source"] and stay.facts["observed_on"] for stay in found.items), "invariant 7"
