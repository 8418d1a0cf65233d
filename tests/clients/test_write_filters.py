"""Filter lines as people type them."""

from typing import Any

import pytest

from rollcall.clients.cli import wheres
from rollcall.clients.cli.exits import Usage


@pytest.mark.parametrize(
    ("text", "op", "value"),
    [
        ("sector is Energy", "is", "Energy"),
        ("sector IS NOT Energy", "is_not", "Energy"),
        ("sector is 'Oil & Gas'", "is", "Oil & Gas"),
        ("sector is any of Energy, Utilities", "is_any_of", ["Energy", "Utilities"]),
        ('sector is any of "Oil, Gas", Energy', "is_any_of", ["Oil, Gas", "Energy"]),
        ("sector is none of Energy", "is_none_of", ["Energy"]),
        ("sector is isolated", "is", "isolated"),
        ("sector is nothing", "is", "nothing"),
        ("name contains of", "contains", "of"),
        ("name does not contain Bank", "not_contains", "Bank"),
        ("name starts  with A", "starts_with", "A"),
        ("domain is_not acme.com", "is_not", "acme.com"),
        ("employees at least 1,000", "gte", 1000),
        ("employees >= 500", "gte", 500),
        ("employees>500", "gt", 500),
        ("employees < -1", "lt", -1),
        ("employees = 5", "eq", 5),
        ("sector = Energy", "is", "Energy"),
        ("sector != Energy", "is_not", "Energy"),
        ("employees between 10 and 20", "between", [10, 20]),
        ("employees between 10..20", "between", [10, 20]),
        ("segment is any of seg_1, seg_2", "is_any_of", ["seg_1", "seg_2"]),
    ],
)
def test_it_works(text: str, op: str, value: Any) -> None:
    found = wheres.line(text)
    assert (found["op"], found["value"]) == (op, value)


def test_lines_without_a_value() -> None:
    assert wheres.line("domain is known") == {"field": "domain", "op": "is_known"}
    assert wheres.line("domain is unknown") == {"field": "domain", "op": "is_unknown"}


@pytest.mark.parametrize(
    "text",
    ["", "sector", "is Energy", "sector Energy", "sector is", "sector is known Energy", "employees > many",
     "employees between 1", "employees between a and b", "= 5", "sector near Energy"],
)  # fmt: skip
def test_lines_that_cannot_be_read(text: str) -> None:
    with pytest.raises(Usage):
        wheres.line(text)
