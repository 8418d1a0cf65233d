"""P5: telephone numbers as files write them become what is dialled from anywhere, or nothing."""

from pathlib import Path

import pyarrow as pa
import pytest

from rollcall.universe import phones
from rollcall.universe.sources import files
from tests.universe.files import ANN, BO, COLUMNS, CY, PEOPLE, csv_bytes, mapping

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    ("told", "country", "read"),
    [
        ("+49 30 1234-5678", None, "+493012345678"),
        ("+49 (0)30 12345678", None, "+493012345678"),
        ("0049 30 12345678", "Deutschland", "+493012345678"),
        ("030 12345678", "Germany", "+493012345678"),
        ("(415) 555-2671 x123", "USA", "+14155552671"),
        ("tel:+1-415-555-2671", None, "+14155552671"),
        ("'+1 415 555 2671", None, "+14155552671"),
        ("+1 415 555 2671; +44 20 7946 0958", None, "+14155552671"),
        ("n/a / +44 20 7946 0958", "France", "+442079460958"),
        ("＋４９ ３０ １２３４５６７８", None, "+493012345678"),
        ("030 12345678", None, "03012345678"),
        ("030 12345678", "Nowhere", "03012345678"),
        ("12", "USA", None),
        ("+12", None, None),
        ("unknown", None, None),
        ("Room 1234567", None, None),
        ("9" * 400, None, None),
        ("", None, None),
        (None, "USA", None),
    ],
)
def test_p5_a_number_is_read(told: str | None, country: str | None, read: str | None) -> None:
    beside = pa.array(["+1 212 555 0100", told], pa.string())
    found = phones.phones(beside, pa.array([None, country], pa.string()))
    assert found.to_pylist() == ["+12125550100", read]


def test_p5_a_file_tells_numbers(tmp_path: Path) -> None:
    """A number is one of the person's country; what is none is left out, and the report says so."""
    rows = [[*ANN, "612 34 56 78", "Spain"], [*BO, "+44 20 7946 0958", ""], [*CY, "ask her", "Spain"]]
    path = tmp_path / "people.csv"
    path.write_bytes(csv_bytes(*rows, header=[*COLUMNS, "Direct dial", "Country"]))
    look = files.look(path)
    assert look.suggestion.people["phone"] == "Direct dial"
    people = PEOPLE | {"phone": "Direct dial", "country": "Country"}
    told = mapping(people=people)
    roster = files.Source(path, told).roster().sort_by("person_id")
    assert roster["phone"].to_pylist() == ["+34612345678", "+442079460958", None]
    assert {warning.code: warning.count for warning in files.check(path, told).warnings}[
        "left_out_phone"
    ] == 1
    strict = files.check(path, mapping(people=people, bad_values="reject"))
    assert (strict.accepted, [reason.code for reason in strict.reasons]) == (2, ["bad_phone"])
