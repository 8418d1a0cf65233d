"""Readers who look at the ledger while others spend, each time at one moment (acts of `programs`)."""

from pathlib import Path
from typing import Any

from rollcall.core import transactions
from rollcall.credits import verify
from rollcall.credits.models import Acquisition, Entry, Grant, Hold, Leg, Wallet
from rollcall.workspaces.models import Workspace


def watch(stop: str, at_least: int) -> dict[str, Any]:
    """Look again and again, each time at one moment, until the file is there, and so often: what is ever wrong?"""
    wrong: list[str] = []
    looks, owned = 0, set[tuple[int, int]]()
    refunded = set[tuple[int, int]]()
    while looks < at_least or (not Path(stop).exists() and looks < 10_000):
        with transactions.snapshot():
            wrong += _sums_now()
            rows = list(Acquisition.objects.values_list("profile_id", "company_id", "refund_entry_id"))
            charged = sum(Entry.objects.filter(kind="charge").values_list("amount", flat=True))
        now = {row[:2] for row in rows}
        back = {row[:2] for row in rows if row[2] is not None}
        if len(now) != len(rows) or charged != len(rows):
            wrong.append(f"{len(rows)} claims of {len(now)} people, {charged} charged")
        if owned - now or refunded - back:
            wrong.append(f"claims or refunds are gone: {owned - now} {refunded - back}")
        owned, refunded, looks = now, back, looks + 1
        if looks % 5 == 0:
            wrong += [f"{check.code}: {check.bad}" for check in verify.verify().checks if not check.ok]
    return {"looks": looks, "wrong": wrong[:5], "owned": len(owned)}


def _sums_now() -> list[str]:
    """No credit is made or lost: each sum that must hold at any moment, added up here by hand."""
    wrong = []
    workspace = Workspace.objects.get()
    wallet = Wallet.objects.get(workspace=workspace)
    left = 0
    for grant in Grant.objects.filter(workspace=workspace):
        parts = grant.remaining + grant.held + grant.spent + grant.expired + grant.voided
        left += grant.remaining
        if parts != grant.granted:
            wrong.append(f"grant {grant.pk}: {parts} of {grant.granted}")
    held = sum(Hold.objects.filter(workspace=workspace, is_open=True).values_list("amount", flat=True))
    if (wallet.available, wallet.held) != (left, held):
        wrong.append(f"wallet {wallet.available} and {wallet.held}, grants {left}, holds {held}")
    if total := sum(Leg.objects.values_list("amount", flat=True)):
        wrong.append(f"legs add up to {total}")
    return wrong
