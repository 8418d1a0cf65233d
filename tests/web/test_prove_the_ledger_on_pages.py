"""The page of the proof: the rules, where the chain stands, a checkpoint to keep and to check (G3)."""

import json
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rollcall.core import clock
from rollcall.credits import chain
from rollcall.credits.models import Entry, Wallet
from rollcall.workspaces import access
from rollcall.workspaces.models import User, Workspace
from tests.credits.tampering import lifted
from tests.web.world import World, signed_in, staff

PAGE = "/w/meridian/credits/proof"


@pytest.fixture
def sealed(workspace: Workspace, alice: User, now: datetime) -> Client:
    world = World(workspace, access.system("test"), now)
    world.load(staff(1, 3))
    world.credits(100)
    world.search(world.segment(), world.persona())
    chain._whole.done_at = None
    chain.sweep(now=clock.now())
    return signed_in(alice)


def check(client: Client, content: bytes, status: int = 200) -> str:
    answer = client.post(PAGE, {"checkpoint": SimpleUploadedFile("c.json", content)})
    assert answer.status_code == status
    return answer.content.decode()


def test_it_works(sealed: Client, workspace: Workspace) -> None:
    page = sealed.get(PAGE).content.decode()
    head = chain.checkpoint(workspace=workspace, now=clock.now())
    assert head["hash"] in page and head["entry"] in page and f"{PAGE}/checks" in page
    rules = sealed.get(f"{PAGE}/checks", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in rules and rules.count("Yes</span>") == rules.count("<tr>") - 1
    for code in [*(f"L{number}" for number in range(1, 16)), "A1", "R1"]:
        assert f"<td>{code}</td>" in rules
    assert "<html" in sealed.get(f"{PAGE}/checks").content.decode()


def test_a_rule_that_does_not_hold_names_the_row(sealed: Client, workspace: Workspace) -> None:
    Wallet.objects.filter(workspace=workspace).update(available=5)
    rules = sealed.get(f"{PAGE}/checks").content.decode()
    assert f"ws_{workspace.pk}: available 5" in rules and ">No</span>" in rules


def test_a_checkpoint_that_was_kept_is_checked(sealed: Client) -> None:
    kept = sealed.get(f"{PAGE}/checkpoint.json")
    assert "attachment" in kept["Content-Disposition"] and kept.json()["number"] == 3
    assert "Nothing was changed." in check(sealed, kept.content)
    with lifted():
        Entry.objects.filter(kind="grant").update(actor_label="Nobody")
    assert "Something was changed." in check(sealed, kept.content)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b"\xff", b"[" * 4000, b"x" * 5000, json.dumps({"workspace": "ws_99"}).encode()],
)
def test_what_is_no_checkpoint_is_told(sealed: Client, content: bytes) -> None:
    assert "checkpoint" in check(sealed, content, status=400)
    assert sealed.post(PAGE).status_code == 400


def test_a_stranger_sees_nothing(workspace: Workspace, charlie: User) -> None:
    client = signed_in(charlie)
    for address in (PAGE, f"{PAGE}/checks", f"{PAGE}/checkpoint.json"):
        assert client.get(address).status_code == 404
