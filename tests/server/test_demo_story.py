"""The story that `make demo` tells, and what must be true of it (also after it was cut short)."""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from rollcall import demo
from rollcall.contacts.models import Change, Contact
from rollcall.core import jobs
from rollcall.core.faults import FaultInjected
from rollcall.credits import balances, packages, standings, statements, usage
from rollcall.credits.models import Acquisition, Entry
from rollcall.personas import approvals, proof
from rollcall.personas.models import Run
from rollcall.server.commands import serving
from rollcall.universe import versions
from rollcall.workspaces import members

UNTIL = "2024-01"
SEARCHES = 7
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class PowerCut(Exception):
    """Somebody pulled the plug."""


def tell(now: datetime, *, cut_at: str = "", until: str = UNTIL) -> list[str]:
    told: list[str] = []

    def say(text: str) -> None:
        told.append(text)
        if cut_at and cut_at in text:
            raise PowerCut

    demo.tell(now=now, say=say, until=until)
    return told


def outcome() -> dict[str, object]:
    """What the story leaves, without the numbers of rows."""
    return {
        "pairs": set(Acquisition.objects.values_list("workspace__slug", "profile_id", "company_id")),
        "titles": set(Contact.objects.values_list("profile_id", "company_id", "title")),
        "changes": sorted(Change.objects.values_list("kind", flat=True)),
        "charged": sorted(Run.objects.values_list("key", "charged")),
    }


def test_it_works(now: datetime, home: Path) -> None:
    told = tell(now)
    assert any("2024-01 loaded" in line for line in told)
    assert proof.prove().ok
    meridian = members.find_workspace("meridian")
    balance = balances.read(workspace=meridian, now=now)
    assert balance.available > 100 and balance.held == 0
    assert (
        Change.objects.filter(kind="left").exists() and Change.objects.filter(kind="title_changed").exists()
    )
    lines = (home / "exports" / "energy-utilities.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) > 100


def test_e2_every_estimate_is_what_was_charged(now: datetime) -> None:
    tell(now)
    assert Run.objects.filter(key__startswith="demo:").count() == SEARCHES
    assert Run.objects.filter(automation__isnull=False).exists(), "some started by themselves"
    for run in Run.objects.select_related("quote"):
        assert run.state == "done" and run.charged == run.quote.credits_max


def test_c9_the_months_add_up_and_have_a_bit_of_everything(now: datetime) -> None:
    """What statements and usage show is made by acts at past instants, as anybody does them."""
    tell(now)
    meridian = members.find_workspace("meridian")
    months = statements.list_(workspace=meridian, now=now)[::-1]
    assert len(months) == 7 and all(month.moved for month in months[:5])
    assert months[-1].closing == balances.read(workspace=meridian, now=now).total
    for one, following in pairwise(months):
        assert one.closing == following.opening
    kinds = set(Entry.objects.filter(workspace=meridian).values_list("kind", flat=True))
    assert kinds >= {"grant", "hold", "charge", "refund", "expiry", "adjustment"}
    for dimension in ("segment", "persona", "member", "key", "automation"):
        used = usage.by(workspace=meridian, dimension=dimension)
        assert any(row.subject and row.net > 0 for row in used), dimension


def test_e7_g5_g7_something_waits_for_whoever_opens_it(now: datetime) -> None:
    """A search that asks first, a member's cap, and an offer for a package with the analysis behind it."""
    tell(now)
    meridian = members.find_workspace("meridian")
    waiting = approvals.list_(workspace=meridian, state="waiting").items
    assert len(waiting) == 1 and waiting[0].credits > 0
    capped = standings.standings(workspace=meridian, now=now)
    assert {one.budget.scope for one in capped} == {"member", "automation", "key"}
    (asked,) = packages.of(workspace=meridian)
    assert asked.state == "quoted" and asked.analysis is not None


def test_c1_c5_one_credit_for_each_pair_and_none_for_what_changed(now: datetime) -> None:
    """Counted independently: charged credits are the distinct pairs, and each pair is in the Parquet files."""
    tell(now)
    charges = Entry.objects.filter(workspace__slug="meridian", kind="charge")
    spent = sum(charges.values_list("amount", flat=True))
    pairs = Contact.objects.filter(workspace__slug="meridian").values_list("profile_id", "company_id")
    assert spent == len(set(pairs)) == pairs.count()
    current = versions.current()
    assert current is not None
    known = pq.read_table(versions.path(current) / "positions.parquet", columns=["profile_id", "company_id"])
    in_files = set(zip(known["profile_id"].to_pylist(), known["company_id"].to_pylist(), strict=True))
    assert set(pairs) <= in_files
    left = Contact.objects.filter(is_former=True)
    gone = known.num_rows - pc.sum(pc.is_null(_ended(current))).as_py()
    assert 0 < left.count() <= gone


def test_nothing_crosses_between_the_workspaces(now: datetime) -> None:
    """Both bought finance chiefs of the same energy companies; each paid for its own."""
    tell(now)
    both = [
        set(Contact.objects.filter(workspace__slug=slug).values_list("profile_id", "company_id"))
        for slug in ("meridian", "northwind")
    ]
    assert both[0] & both[1]
    assert Acquisition.objects.count() == len(both[0]) + len(both[1])


def test_telling_it_again_changes_nothing(now: datetime) -> None:
    tell(now)
    before = outcome()
    tell(now)
    assert outcome() == before and proof.prove().ok


@pytest.mark.parametrize(
    "cut_at",
    [
        "Two workspaces",
        "2023-07",
        "granted",
        "Segments",
        "Technology leaders + Finance leaders in",
        "2023-10",
    ],
)
def test_cut_short_anywhere_it_goes_on(now: datetime, cut_at: str) -> None:
    with pytest.raises(PowerCut):
        tell(now, cut_at=cut_at)
    tell(now + timedelta(days=3))
    assert proof.prove().ok
    assert [
        (run.key, run.state, run.charged == run.quote.credits_max)
        for run in Run.objects.filter(key__startswith="demo:").order_by("key")
    ] == [(f"demo:{number}", "done", True) for number in range(1, SEARCHES + 1)]
    assert not Run.objects.exclude(state="done").exists()
    assert members.all_workspaces()[0].created_at == now - timedelta(days=demo.LASTS_DAYS)


@pytest.mark.parametrize(
    "point", ["personas.start.committed", "personas.batch.charged", "universe.ingest.before_row"]
)
def test_e5_killed_in_the_middle_it_goes_on(
    now: datetime, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between two lines of a step: the next telling and the worker's sweeps finish it, charged once."""
    monkeypatch.setenv("ROLLCALL_FAULTS", f"{point}=raise")
    with suppress(FaultInjected):
        tell(now, until="2023-08")
    monkeypatch.delenv("ROLLCALL_FAULTS")
    tell(now, until="2023-08")
    serving.register_sweeps()
    jobs.run_all()
    assert proof.prove().ok
    assert Run.objects.filter(key__startswith="demo:").count() == SEARCHES
    assert sum(Run.objects.values_list("charged", flat=True)) == Acquisition.objects.count()
    for run in Run.objects.select_related("quote"):
        assert run.state == "done" and run.charged <= run.quote.credits_max


def _ended(version: int) -> object:
    return pq.read_table(versions.path(version) / "positions.parquet", columns=["ended_on"])["ended_on"]
