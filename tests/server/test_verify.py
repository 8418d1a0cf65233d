"""Proving the ledger, and examining the installation."""

from datetime import datetime, timedelta
from pathlib import Path

from rollcall.credits import chain, grants
from rollcall.credits.models import Seal, Wallet
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.credits.tampering import lifted
from tests.server.conftest import Program


def test_a_sound_ledger(program: Program, workspace: Workspace, actor: Actor, now: datetime) -> None:
    grants.add(workspace=workspace, amount=5, kind="package", name="A", key="a", actor=actor, now=now)
    proof = program("verify", "--json").json
    assert proof["ok"] and {"L1", "L3", "L9", "A1"} <= {check["check"] for check in proof["checks"]}
    assert "adds up" in program("verify", "--workspace", "meridian").out


def test_g3_a_balance_without_entries_is_found(
    program: Program, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """Credits made from nothing, past the ledger: `verify` names the check and exits with 1."""
    grants.add(workspace=workspace, amount=5, kind="package", name="A", key="a", actor=actor, now=now)
    Wallet.objects.filter(workspace=workspace).update(available=1_000_000)
    answer = program("verify", "--json")
    assert answer.code == 1 and not answer.json["ok"]
    assert [check["check"] for check in answer.json["checks"] if not check["holds"]] == ["L3"]
    assert "does not add up" in program("verify").out


def test_g3_a_checkpoint_that_was_kept(
    program: Program, workspace: Workspace, actor: Actor, now: datetime, tmp_path: Path
) -> None:
    """With it, a change of anything before is found even if digests and chain were all written anew."""
    grants.add(workspace=workspace, amount=5, kind="package", name="A", key="a", actor=actor, now=now)
    kept = tmp_path / "kept.json"
    kept.write_text(program("checkpoint").out)
    (one,) = program("checkpoint", "--workspace", "meridian").json["checkpoints"]
    assert (one["number"], one["unsealed"]) == (1, 0)
    assert program("verify", "--checkpoint", str(kept)).code == 0
    with lifted():
        Seal.objects.update(chain_hash="0" * 64)
        (link,) = Seal.objects.all()
        Seal.objects.update(sealed_at=now + timedelta(days=1))
        link.sealed_at = now + timedelta(days=1)
        Seal.objects.update(chain_hash=chain.link(chain.START, link))
    assert program("verify").code == 0
    answer = program("verify", "--checkpoint", str(kept), "--json")
    assert answer.code == 1
    assert [check["check"] for check in answer.json["checks"] if not check["holds"]] == ["chain"]


def test_what_is_no_checkpoint(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    for text in ("", "{", "[]", '{"checkpoints": []}', '{"checkpoints": [1]}', '{"workspace": "ws_7"}'):
        file.write_text(text)
        assert program("verify", "--checkpoint", str(file)).code == 2
    assert program("verify", "--checkpoint", str(tmp_path / "none")).code == 2


def test_an_unknown_workspace(program: Program) -> None:
    assert program("verify", "--workspace", "nobody").code == 3


def test_the_doctor_names_what_is_missing(program: Program) -> None:
    answer = program("doctor", "--json")
    assert answer.code == 1 and "nothing is loaded" in answer.json["problems"]
    program("load", "us_public_companies", "--next")
    assert program("doctor", "--json").json["problems"] == "none"


def test_the_doctor_lists_the_fault_points(program: Program) -> None:
    points = {row["point"] for row in program("doctor", "--faults", "--json").json}
    assert {"universe.ingest.before_row", "personas.batch.before_commit"} <= points
