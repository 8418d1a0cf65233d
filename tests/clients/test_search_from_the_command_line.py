"""The way of the data with `rollcall`: segment, persona, quote, run, contacts, receipts; --json on every command."""

import csv
import json
import re
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from rollcall.core import jobs
from rollcall.personas.models import Run
from tests.clients.conftest import Rollcall
from tests.personas.world import World


@pytest.fixture
def bought(rollcall: Rollcall) -> str:
    """The id of a finished run that bought the 18 sales people of the energy companies."""
    rollcall("segments", "create", "Energy", "--where", "sector is energy")
    rollcall("personas", "create", "Sales", "--title", "sales")
    run = rollcall("runs", "start", "--segment", "energy", "--persona", "sales", "--yes", "--json")
    jobs.run_all()
    return str(run.json["id"])


def test_it_works(rollcall: Rollcall, world: World, tmp_path: Path) -> None:
    made = rollcall(
        "segments", "create", "Energy", "--where", "sector is energy", "--where", "employees at least 500"
    )
    assert made.code == 0
    assert re.fullmatch(r"seg_[0-9]+ Energy: 5 companies\n", made.out)
    tried = rollcall("personas", "preview", "energy", "--title", "sales", "--per-company", "2")
    assert "in 5 companies" in tried.out and "10 new people" in tried.out and "5 (50%)" in tried.out
    assert rollcall("personas", "create", "Sales", "--title", "sales", "--per-company", "2").code == 0
    quote = rollcall("quotes", "create", "energy", "sales")
    assert "New, at most" in quote.out and "10" in quote.out

    told = rollcall("quotes", "coverage", quote.out.split()[1].rstrip(","))
    everybody = rollcall("quotes", "coverage", quote.out.split()[1].rstrip(","), "--all", "--json").json
    assert (everybody["whom"], everybody["people"]) == ("matches", 10)
    assert "10 new people" in told.out and "Phone number" in told.out and "5 (50%)" in told.out

    started = rollcall(
        "runs", "start", rollcall("quotes", "create", "energy", "sales", "--json").json["id"], "--yes"
    )
    assert started.code == 0
    assert started.out.index("New, at most") < started.out.index("run_")
    assert "Idempotency key: " in started.err
    run = rollcall("runs", "list", "--json").json["items"][0]["id"]
    jobs.run_all()
    assert "10 of at most 10 credits" in rollcall("runs", "watch", run).out
    assert "VP Sales" in rollcall("contacts", "list").out
    assert "Available                 90" in rollcall("credits").out
    receipt = rollcall("runs", "receipt", run).out
    assert "Charged" in receipt and "Package" in receipt
    file = tmp_path / "contacts.csv"
    assert rollcall("contacts", "export", "--file", str(file)).code == 0
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 11 and rows[0][0] == "Name"
    assert list(tmp_path.glob("*.part")) == []


def test_every_command_answers_in_json(rollcall: Rollcall, bought: str) -> None:
    charge = rollcall("credits", "ledger", "--kind", "charge", "--json").json["items"][0]["id"]
    contact = rollcall("contacts", "list", "--json").json["items"][0]["id"]
    segment = rollcall("segments", "list", "--json").json["items"][0]["id"]
    quote = rollcall("quotes", "create", "energy", "sales", "--json").json["id"]
    suppression = rollcall("suppressions", "add", "domain", "other.com", "--json").json["id"]
    package = rollcall("packages", "request", "5", "--email", "a@example.com", "--json").json["id"]
    for line in (
        "whoami",
        "credits",
        "credits balance",
        "credits grants",
        "credits ledger",
        f"credits receipt {charge}",
        "packages request 500 --email alice@example.com",
        "packages list",
        f"packages show {package}",
        f"packages say {package} Hello",
        f"packages decline {package} --why No",
        "segments list",
        "segments show energy",
        "segments preview --everything",
        f"segments companies {segment}",
        f"segments companies {segment} --historical",
        f"segments activity {segment}",
        f"segments refresh {segment}",
        f"segments rename {segment} Energetic",
        "segments create Other --everything --top 3 --order-by employees --descending --dynamic",
        "segments delete other",
        "personas list",
        "personas show sales",
        "personas create Bosses --seniority c_suite",
        "personas edit bosses --per-company 1",
        "personas delete bosses",
        f"quotes create {segment} sales",
        f"quotes show {quote}",
        "runs list --active",
        f"runs show {bought}",
        f"runs watch {bought}",
        f"runs stop {bought}",
        f"runs receipt {bought}",
        f"contacts list --segment {segment} --sort name",
        "contacts list --current --text vp",
        f"contacts show {contact}",
        f"contacts history {contact}",
        f"contacts suppress {contact}",
        "suppressions list",
        "suppressions add domain client.com",
        f"suppressions remove {suppression}",
        "universe versions",
        "universe fields",
        "universe values sector --prefix E",
    ):
        ended = rollcall(*line.split(), "--json")
        assert (ended.code, ended.err) == (0, ""), (line, ended)
        assert isinstance(ended.json, dict), line
        assert rollcall(*line.split(), "--json", "--key", "rc_live_no").code == 5, line


def test_titles_are_read_otherwise(rollcall: Rollcall, tmp_path: Path) -> None:
    assert rollcall("titles", "read", "Deal Ninja").out.startswith("staff, unknown")
    made = rollcall("titles", "override", "Deal Ninja", "--seniority", "vp", "--why", "sells", "--json").json
    assert (made["seniority"], made["department"], made["why"]) == ("vp", None, "sells")
    assert "reads the title otherwise" in rollcall("titles", "read", "DEAL NINJA").out
    assert "Deal Ninja" in rollcall("titles", "list").out
    file = tmp_path / "titles.csv"
    assert rollcall("titles", "export", "--file", str(file)).code == 0
    assert rollcall("titles", "export", "--file", str(file)).code == 2
    assert "gone" in rollcall("titles", "restore", made["id"]).out
    assert rollcall("titles", "import", str(file), "--json").json["added"] == 1
    assert "0 added, 0 changed, 1 as they were." in rollcall("titles", "import", str(file)).out
    file.write_bytes(b"title,seniority\nB\xe9a,vp\n")
    assert "not in UTF-8" in rollcall("titles", "import", str(file)).err
    assert "finance" in rollcall("titles", "override", "Mage", "--department", "finanse").err
    assert rollcall("titles", "export", "--file", str(file), "--force", "--json").json["bytes"] > 20
    for line in ("titles list", "titles read CEO"):
        assert isinstance(rollcall(*line.split(), "--json").json, dict)


def test_every_command_has_json_in_its_help(rollcall: Rollcall) -> None:
    from typer.main import get_command

    from rollcall.clients.cli.main import app

    def leaves(command: Any) -> Any:
        inner = getattr(command, "commands", None)
        return [leaf for one in inner.values() for leaf in leaves(one)] if inner else [command]

    found = leaves(get_command(app))
    assert len(found) > 35
    assert all("--json" in [opt for param in leaf.params for opt in param.opts] for leaf in found)


def test_e3_the_same_key_starts_one_search(rollcall: Rollcall, bought: str, world: World) -> None:
    quote = rollcall("quotes", "create", "energy", "sales", "--json").json["id"]
    first = rollcall("runs", "start", quote, "--yes", "--idempotency-key", "again", "--json")
    second = rollcall("runs", "start", quote, "--yes", "--idempotency-key", "again", "--json")
    other = rollcall("runs", "start", quote, "--yes", "--idempotency-key", "different", "--json")
    assert first.json["id"] == second.json["id"] != bought
    assert first.json["idempotency_key"] == "again"
    assert (other.code, other.problem["code"]) == (6, "quote_used")
    assert Run.objects.count() == 2


def test_e3_too_few_credits_say_what_to_do(rollcall: Rollcall) -> None:
    rollcall("segments", "create", "All", "--everything")
    rollcall("personas", "create", "Everybody")
    ended = rollcall("runs", "start", "--segment", "all", "--persona", "everybody", "--yes")
    assert ended.code == 4
    assert "60 short" in ended.err
    assert "--stop-at 100" in ended.err and "rollcall packages request" in ended.err
    fitting = ("runs", "start", "--segment", "all", "--persona", "everybody", "--stop-at", "100", "--yes")
    assert rollcall(*fitting).code == 0


def test_e6_watching_follows_a_search_to_its_end(rollcall: Rollcall, world: World) -> None:
    rollcall("segments", "create", "Energy", "--where", "sector is energy")
    rollcall("personas", "create", "Sales", "--title", "sales")
    run = rollcall("runs", "start", "--segment", "energy", "--persona", "sales", "--yes", "--json").json["id"]
    with ThreadPoolExecutor(max_workers=1) as apart:
        watching = apart.submit(rollcall, "runs", "watch", run, "--json")
        assert not wait([watching], timeout=1.0).done
        jobs.run_all()
        ended = watching.result(timeout=30)
    assert (ended.json["state"], ended.json["charged"]) == ("done", 18)


def test_a_definition_from_a_file(rollcall: Rollcall, tmp_path: Path) -> None:
    file = tmp_path / "definition.json"
    where = {"op": "or", "items": [{"field": "sector", "op": "is", "value": "Energy"},
                                   {"field": "employees", "op": "gt", "value": 1900}]}  # fmt: skip
    file.write_text(json.dumps({"where": where}))
    ended = rollcall("segments", "create", "Mixed", "--definition", str(file), "--json")
    same = rollcall(
        "segments", "preview", "--any", "--where", "sector=Energy", "--where", "employees>1900", "--json"
    )
    assert ended.json["company_count"] == same.json["count"] == 7
    file.write_text("[1]")
    assert rollcall("segments", "create", "More", "--definition", str(file)).code == 2
    assert rollcall("segments", "create", "More", "--definition", str(tmp_path / "no.json")).code == 2


def test_pages_can_be_walked_or_taken_whole(rollcall: Rollcall, bought: str) -> None:
    first = rollcall("contacts", "list", "--limit", "10", "--json").json
    rest = rollcall("contacts", "list", "--limit", "10", "--cursor", first["next_cursor"], "--json").json
    whole = rollcall("contacts", "list", "--all", "--json").json
    assert [*first["items"], *rest["items"]] == whole["items"]
    assert len(whole["items"]) == 18
    assert "There is more: --all" in rollcall("contacts", "list", "--limit", "10").err
