"""`rollcall credits usage`, `statements`, the narrowed ledger and receipts."""

import re

import pytest

from rollcall.core import jobs
from tests.clients.conftest import Rollcall
from tests.personas.world import World


@pytest.fixture
def month(rollcall: Rollcall, world: World) -> str:
    """The month in which 18 people were bought."""
    rollcall("segments", "create", "Energy", "--where", "sector is energy")
    rollcall("personas", "create", "Sales", "--title", "sales")
    rollcall("runs", "start", "--segment", "energy", "--persona", "sales", "--yes")
    jobs.run_all()
    return str(rollcall("credits", "statements", "--json").json["items"][0]["month"])


def test_it_works(rollcall: Rollcall, month: str) -> None:
    told = rollcall("credits", "statements", month).out
    assert re.search(r"Opening balance +100\b", told) and re.search(r"Charged +-18 +1 entry", told)
    assert re.search(r"Closing balance +82\b", told) and "Used by persona" in told
    assert month in rollcall("credits", "statements").out
    assert rollcall("credits", "statements", month, "--json").json["closing"] == 82


def test_usage(rollcall: Rollcall, month: str) -> None:
    told = rollcall("credits", "usage", "--by", "persona", "--month", month).out
    assert re.search(r"Sales +1 +18 +0 +18", told) and "In all 18 charged, 0 refunded, 18 used." in told
    assert rollcall("credits", "usage", "--json").json["items"][0]["label"] == "Energy"
    assert rollcall("credits", "usage", "--since", "2100-01-01").out.startswith("Nothing was used")
    assert rollcall("credits", "usage", "--by", "shoes").code != 0


def test_the_ledger_is_narrowed_and_a_receipt_explains_itself(rollcall: Rollcall, month: str) -> None:
    items = rollcall("credits", "ledger", "--segment", "energy", "--month", month, "--json").json["items"]
    assert [item["kind"] for item in items] == ["charge", "hold"]
    assert rollcall("credits", "ledger", "--who", "usr_999").out.strip() == "No movements."
    told = rollcall("credits", "receipt", items[0]["id"]).out
    for words in (
        "People added to Energy",
        "The whole search",
        "Charged in all",
        "Sales: 18",
        "Balance after",
        "From\n",
    ):
        assert words in told, words
    every = rollcall("credits", "ledger", "--json").json["items"]
    arrived = next(item["id"] for item in every if item["kind"] == "grant")
    assert "Into\n" in rollcall("credits", "receipt", arrived).out
    assert len(rollcall("credits", "receipt", items[0]["id"], "--json").json["people"]["items"]) == 18
