"""What lies ahead of a workspace's credits, with what its automations may spend."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.cache import cache

from rollcall.credits import balances, forecasts
from rollcall.credits.balances import Balance
from rollcall.credits.forecasts import Outlook
from rollcall.personas import automations
from rollcall.workspaces.models import Workspace

RECENT_SECONDS = 600


def read(*, workspace: Workspace, now: datetime, **terms: Any) -> Outlook:
    """The outlook of this instant; `terms` as in `forecasts.outlook`."""
    commitments = automations.commitments(workspace=workspace)
    return forecasts.outlook(workspace=workspace, now=now, commitments=commitments, **terms)


def recent(*, workspace: Workspace, balance: Balance, now: datetime) -> Outlook:
    """The same for every page and answer that shows the balance: made anew every ten minutes, and whenever credits
    arrive or the last is used."""
    key = f"outlook-{workspace.pk}-{now:%Y%m%d}-{balance.granted}-{balance.available > 0}"
    known: Outlook | None = cache.get(key)
    if known is None:
        known = read(workspace=workspace, now=now)
        cache.set(key, known, RECENT_SECONDS)
    return known


def balance(*, workspace: Workspace, now: datetime) -> Balance:
    """The balance, that runs out on the day which the outlook names."""
    read_now = balances.read(workspace=workspace, now=now)
    ahead = recent(workspace=workspace, balance=read_now, now=now)
    return replace(read_now, runs_out_on=ahead.runs_out_on, runs_out_why=ahead.why)
