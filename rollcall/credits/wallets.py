"""The wallet of a workspace: whatever moves it locks it first, so its entries are in the order of their ids."""

from datetime import datetime

from rollcall.core import rows
from rollcall.credits import columns, crossings
from rollcall.credits.models import Entry, Wallet
from rollcall.workspaces.models import Workspace


def lock(workspace: Workspace) -> Wallet:
    """The wallet, made if there is none, locked until the transaction ends.

    Lock order everywhere: wallet, claims, chunk, hold, grants (by id), budgets (by id). Charges out of a hold leave
    the wallet alone.
    """
    found = _locked(workspace)
    if found is None:
        empty = {"available": 0, "held": 0, "epoch": 0, "epoch_available": 0, "is_watched": False}
        rows.insert(Wallet, {"workspace_id": [workspace.pk]}, constants=empty, ignore_conflicts=True)
        found = _locked(workspace)
        assert found is not None
    return found


def move(
    wallet: Wallet,
    *,
    available: int = 0,
    held: int = 0,
    entry: Entry | None,
    now: datetime,
    grant: bool = False,
) -> None:
    """Add to what the locked wallet has available and held (negative: take away, never below zero).

    Args:
        entry: what moved it, for the alerts that this sets off.
        grant: credits arrived: a new epoch begins, in which each alert may be raised again.

    Raises:
        OutOfStep: it does not have so much.
    """
    if not available and not held and not grant:
        return
    before, after = wallet.available, wallet.available + available
    whole = after if grant else wallet.epoch_available
    changes = {"available": available, "held": held, "epoch": int(grant)}
    changes["epoch_available"] = whole - wallet.epoch_available
    if not columns.add(Wallet, wallet.workspace_id, **changes):
        raise columns.OutOfStep(what="wallet", id=wallet.workspace_id)
    wallet.available, wallet.held = after, wallet.held + held
    wallet.epoch, wallet.epoch_available = wallet.epoch + int(grant), whole
    crossings.available_moved(wallet=wallet, before=before, after=after, entry=entry, now=now)
    if held < 0:
        crossings.hold_closed(wallet=wallet, entry=entry, now=now)


def _locked(workspace: Workspace) -> Wallet | None:
    return Wallet.objects.select_for_update(no_key=True).filter(workspace=workspace).first()
