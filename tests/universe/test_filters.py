"""Someone writes a filter: what is understood, what is refused and how, what can never be met."""

import json
from typing import Any

import pytest

from rollcall.core.errors import Invalid
from rollcall.universe import fields, filters
from rollcall.universe.filters import Condition, Group


def line(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def both(*lines: dict[str, Any]) -> Group:
    return filters.parse({"op": "and", "items": list(lines)})


def test_it_works() -> None:
    group = filters.parse(
        {
            "op": "or",
            "items": [
                line("sector", "is_any_of", ["Energy"]),
                {"op": "and", "items": [line("employees", "gt", 10)]},
            ],
        }
    )
    assert [c.field for c in filters.conditions(group)] == ["sector", "employees"]
    assert filters.parse(group.model_dump()) == group
    assert filters.parse(json.loads(group.model_dump_json())) == group


def test_a_group_without_lines_is_a_filter() -> None:
    assert filters.parse({"op": "and", "items": []}).items == []


@pytest.mark.parametrize(
    ("bad", "code", "says"),
    [
        (line("sektor", "is", "Energy"), "unknown_field", "Did you mean 'sector'?"),
        (line("sector", "isnt", "Energy"), "unknown_operator", "is_not"),
        (line("employees", "contains", "5"), "unknown_operator", "between"),
        (line("employees", "gt", "5"), "bad_value", "whole number"),
        (line("employees", "gt", True), "bad_value", "whole number"),
        (line("employees", "gt", 5.5), "bad_value", "whole number"),
        (line("employees", "gt", 2**63), "bad_value", "64 bits"),
        (line("employees", "gt"), "bad_value", "whole number"),
        (line("employees", "between", [5, 1]), "bad_value", "lower number first"),
        (line("employees", "between", [5]), "bad_value", "two whole numbers"),
        (line("sector", "is", 5), "bad_value", "not text"),
        (line("sector", "is", "  "), "bad_value", "use is_unknown"),
        (line("sector", "is", "a\0b"), "bad_value", "NUL"),
        (line("sector", "is", "x" * 501), "bad_value", "500"),
        (line("sector", "is_any_of", []), "bad_value", "at least one"),
        (line("sector", "is_any_of", "Energy"), "bad_value", "a list"),
        (line("sector", "is_any_of", ["Energy", 3]), "bad_value", "not text"),
        (line("sector", "is_any_of", ["x"] * 10_001), "bad_value", "10,000"),
        (line("sector", "is_known", "yes"), "bad_value", "Leave the value out"),
        ({"field": "sector"}, "bad_shape", "a line is"),
        ({"field": ["sector"], "op": "is"}, "bad_shape", "a line is"),
        (line("sector", "is", "Energy") | {"more": 1}, "bad_shape", "more"),
        ("sector", "bad_shape", "a line is"),
        ({"op": "xor", "items": []}, "bad_shape", "'and' or 'or'"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(bad: Any, code: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        filters.parse({"op": "and", "items": [bad]})
    assert refused.value.code == code
    assert says in refused.value.message


@pytest.mark.parametrize(
    "bad", [None, [], "x", 3, {"op": "and", "items": {}}, {"op": "and", "items": [None]}]
)
def test_what_is_no_filter_is_refused(bad: Any) -> None:
    with pytest.raises(filters.BadShape):
        filters.parse(bad)


def test_the_condition_itself_refuses_too() -> None:
    with pytest.raises(filters.UnknownField):
        Condition(field="nope", op="is", value="x")


def test_depth_and_length_are_bounded() -> None:
    deepest: dict[str, Any] = {"items": [line("sector", "is", "Energy")]}
    for _ in range(4):
        deepest = {"items": [deepest]}
    filters.parse(deepest)
    with pytest.raises(filters.BadShape, match="5 deep"):
        filters.parse({"items": [deepest]})
    bottomless: dict[str, Any] = {}
    for _ in range(200_000):
        bottomless = {"items": [bottomless]}
    with pytest.raises(filters.BadShape, match="5 deep"):
        filters.parse(bottomless)
    while bottomless:  # freeing it all at once would overflow the interpreter's stack
        bottomless = bottomless["items"][0]
    filters.parse({"items": [line("sector", "is", "Energy")] * 200})
    with pytest.raises(filters.BadShape, match="200"):
        filters.parse({"items": [line("sector", "is", "Energy")] * 201})


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ([line("employees", "gt", 10), line("employees", "lt", 5)], "Employees"),
        ([line("employees", "gt", 10), line("employees", "lt", 11)], "Employees"),
        ([line("employees", "eq", 5), line("employees", "ne", 5)], "Employees"),
        ([line("employees", "between", [1, 5]), line("employees", "gte", 6)], "between 1 and 5"),
        ([line("sector", "is", "A"), line("sector", "is", "B")], "“A”"),
        ([line("sector", "is_any_of", ["A", "B"]), line("sector", "is_none_of", ["a", "b"])], "Sector"),
        ([line("sector", "is", "Energy"), line("sector", "not_contains", "ner")], "Sector"),
        ([line("name", "starts_with", "Ab"), line("name", "starts_with", "Ac")], "Company name"),
        ([line("name", "contains", "acme"), line("name", "not_contains", "ACM")], "Company name"),
        ([line("sector", "is_unknown"), line("sector", "is", "A")], "unknown"),
        ([line("sector", "is_unknown"), line("sector", "is_known")], "unknown"),
        ([line("employees", "is_unknown"), line("employees", "gt", 1)], "unknown"),
    ],
)
def test_contradictions_are_told_in_plain_words(lines: list[dict[str, Any]], named: str) -> None:
    (told,) = filters.contradictions(both(*lines))
    assert named in told


@pytest.mark.parametrize(
    "lines",
    [
        [line("employees", "gt", 10), line("employees", "lt", 12)],
        [line("sector", "is", "A"), line("sector", "is", "ａ")],
        [line("sector", "is_any_of", ["A", "B"]), line("sector", "is_not", "a")],
        [line("name", "starts_with", "Ab"), line("name", "starts_with", "Abc")],
        [line("sector", "is_unknown"), line("sector", "is_not", "A")],
        [line("sector", "is", "A"), line("industry", "is", "B")],
    ],
)
def test_what_can_be_met_is_not_called_a_contradiction(lines: list[dict[str, Any]]) -> None:
    assert filters.contradictions(both(*lines)) == []


def test_a_contradiction_across_an_or_group_is_found() -> None:
    either = {"op": "or", "items": [line("sector", "is", "B"), line("sector", "is", "A")]}
    (told,) = filters.contradictions(both(line("sector", "is", "A"), either))
    assert "“B”" in told


def test_rooms_above_can_add_fields_that_only_they_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "_outside", {})
    fields.add_outside(fields.Field("tag", "Tag", "set", outside=True))
    assert both(line("tag", "is_any_of", ["hot"])).items
    with pytest.raises(filters.UnknownOperator):
        both(line("tag", "contains", "hot"))
    hot, cold = line("tag", "is_any_of", ["hot"]), line("tag", "is_any_of", ["cold"])
    assert filters.contradictions(both(hot, cold)) == [], "a company can have several tags"
    assert filters.contradictions(both(hot, line("tag", "is_unknown")))
