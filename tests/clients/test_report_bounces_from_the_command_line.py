"""Bounces, duplicates and forgetting from the command line (C6, C8, X2)."""

import csv
from pathlib import Path

import pytest

from rollcall.core import clock
from tests.api.calls import make_key
from tests.clients.conftest import Rollcall
from tests.personas.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bought(world: World) -> World:
    """Five contacts, bought just now; 95 credits are left."""
    world.now = clock.now()
    world.search(world.segment(), world.persona("Sales", titles=["sales"]), stop_at=5)
    return world


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def test_c8_it_works(
    rollcall: Rollcall, bought: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C8: the file of contacts with one column more; what came of each line as a file; sent again it is the same."""
    from rollcall.clients.cli import findings

    monkeypatch.setattr(findings, "ROWS_AT_ONCE", 2)
    sent, told = tmp_path / "bounces.csv", tmp_path / "result.csv"
    contacts = rollcall("contacts", "list", "--json").json["items"]
    lines = [
        "Contact id,Code",
        *(f"{one['id']},5.1.1" for one in contacts[:3]),
        "con_999,5.1.1",
        f"{contacts[3]['id']},4.2.2",
    ]
    sent.write_text("\n".join(lines))
    done = rollcall("contacts", "bounces", str(sent), "--output", str(told))
    assert done.code == 0 and "5 lines, 3 credits came back." in done.out
    assert [row["Result"] for row in rows(told)] == ["given_back"] * 3 + ["unmatched", "soft"]
    assert bought.balance() == (98, 0)
    again = rollcall("contacts", "bounces", str(sent), "--json")
    assert [line["result"] for line in again.json["lines"]][:3] == ["given_back"] * 3
    assert bought.balance() == (98, 0)
    assert rollcall("contacts", "bounces", str(sent), "-o", str(told)).code == 2, (
        "no file is replaced unasked"
    )
    found = rollcall("contacts", "findings", contacts[0]["id"])
    assert "Hard bounce" in found.out
    policies = rollcall("credits", "refund-policies")
    assert "within 30 days" in policies.out and "hard_bounce" in policies.out


@pytest.mark.parametrize(("data", "words"), [
    (b"", "no rows"), (b"Contact id\n", "no rows"), (b"a,b\n1,2\n", "No column of the file says"),
])  # fmt: skip
def test_files_that_say_nothing(
    rollcall: Rollcall, bought: World, tmp_path: Path, data: bytes, words: str
) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(data)
    done = rollcall("contacts", "bounces", str(file))
    assert done.code == 2 and words in done.err
    assert rollcall("contacts", "bounces", str(tmp_path / "missing.csv")).code == 2


def test_c6_x2_merge_split_forget(rollcall: Rollcall, bought: World) -> None:
    one, other = (item["id"] for item in rollcall("contacts", "list", "--json").json["items"][:2])
    merged = rollcall("contacts", "merge", one, other, "--reason", "same page")
    assert merged.code == 0 and f"{other} is now an alias of {one}." in merged.out
    assert rollcall("contacts", "show", other, "--json").json["id"] == one
    assert f"{other} is a contact of its own again." in rollcall("contacts", "split", other).out
    assert rollcall("contacts", "forget", one, "--json").code == 2
    assert rollcall("contacts", "forget", one, "--yes").code == 5, "an editor may not"
    admin = make_key(bought.workspace, bought.actor, "admin", bought.now).secret
    forgotten = rollcall("contacts", "forget", one, "--yes", "--key", admin)
    assert forgotten.code == 0 and "1 credit came back" in forgotten.out
    assert rollcall("contacts", "show", one).code != 0 and bought.balance() == (96, 0)
