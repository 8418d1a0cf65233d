"""G3: from the API and the command line, the ledger is proved, and a kept checkpoint is checked."""

from pathlib import Path

from rollcall.core import clock
from rollcall.credits import chain
from rollcall.credits.models import Entry
from tests.clients.conftest import Rollcall
from tests.credits.tampering import lifted
from tests.personas.world import World


def test_it_works(rollcall: Rollcall, world: World, tmp_path: Path) -> None:
    chain._whole.done_at = None
    chain.sweep(now=clock.now())
    assert rollcall("credits", "proof").code == 0
    found = rollcall("credits", "proof", "--json").json
    assert found["ok"] and {"L1", "L13", "A1", "R1"} <= {check["code"] for check in found["checks"]}
    kept = tmp_path / "kept.json"
    kept.write_text(rollcall("credits", "checkpoint").out)
    answer = rollcall("credits", "check", str(kept))
    assert answer.code == 0 and "contains this checkpoint" in answer.out
    with lifted():
        Entry.objects.filter(kind="grant").update(actor_label="Nobody")
    answer = rollcall("credits", "check", str(kept), "--json")
    assert answer.code == 1 and not answer.json["ok"] and "link 1 (ent_" not in answer.json["words"]
    assert f"ent_{Entry.objects.get().pk}:" in answer.json["bad"][0]
    assert rollcall("credits", "proof").code == 1


def test_what_is_no_checkpoint(rollcall: Rollcall, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    for text in ("{", "[]"):
        file.write_text(text)
        assert rollcall("credits", "check", str(file)).code == 2
    file.write_text('{"workspace": "ws_1", "hash": "x"}')
    assert rollcall("credits", "check", str(file)).code == 2
    file.write_text(rollcall("credits", "checkpoint").out.replace('"ws_', '"ws_9'))
    answer = rollcall("credits", "check", str(file))
    assert answer.code == 2 and "no checkpoint of the workspace" in answer.err
