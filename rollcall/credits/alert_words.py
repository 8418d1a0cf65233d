"""Alerts in words: what each kind of rule asks for, and what its letter says."""

from typing import Any

from rollcall.credits.models import AlertRule

Kind = AlertRule.Kind
UNITS = {
    Kind.BALANCE: "credits",
    Kind.PERCENT: "percent",
    Kind.RUNWAY: "days",
    Kind.EXPIRY: "days",
    Kind.SPEND: "percent",
    Kind.BUDGET: "percent",
}


def rule(kind: str, threshold: int) -> str:
    """What a rule waits for: `Available falls to 500 credits`."""
    number = f"{threshold:,}"
    return {
        Kind.BALANCE: f"Available credits fall to {number}",
        Kind.PERCENT: f"Available credits fall to {number}% of what there was when credits last arrived",
        Kind.RUNWAY: f"Credits run out within {number} days at the pace of late",
        Kind.EXPIRY: f"A grant with credits left expires within {number} days",
        Kind.SPEND: f"A day's use reaches {number}% of a usual day's",
        Kind.BUDGET: f"A budget is used or reserved up to {number}%",
    }[Kind(kind)]


def event(kind: str, threshold: int, before: int | None, after: int | None, detail: dict[str, Any]) -> str:
    """What happened, in one sentence."""
    return {
        Kind.BALANCE: _balance,
        Kind.PERCENT: _percent,
        Kind.RUNWAY: _runway,
        Kind.EXPIRY: _expiry,
        Kind.SPEND: _spend,
        Kind.BUDGET: _budget,
    }[Kind(kind)](threshold, before or 0, after or 0, detail)


def subject(kind: str, workspace_name: str) -> str:
    """Of a letter."""
    what = {
        Kind.BALANCE: "credits are getting low",
        Kind.PERCENT: "credits are getting low",
        Kind.RUNWAY: "credits will run out soon",
        Kind.EXPIRY: "credits are about to expire",
        Kind.SPEND: "more credits than usual were used today",
        Kind.BUDGET: "a budget is nearly used up",
    }[Kind(kind)]
    return f"{workspace_name}: {what}"


def _balance(threshold: int, before: int, after: int, detail: dict[str, Any]) -> str:
    return f"Available credits fell from {before:,} to {after:,}, past {threshold:,}."


def _percent(threshold: int, before: int, after: int, detail: dict[str, Any]) -> str:
    whole = detail["whole"]
    return (
        f"Available credits fell from {before:,} to {after:,}, past {threshold}% of the {whole:,} "
        "there were when credits last arrived."
    )


def _runway(threshold: int, before: int, after: int, detail: dict[str, Any]) -> str:
    return f"Credits run out about {detail['runs_out_on']}, in {after:,} days. {detail['why']}"


def _expiry(threshold: int, before: int, after: int, detail: dict[str, Any]) -> str:
    return f"{after:,} credits of “{detail['grant_name']}” expire on {detail['expires_on']}."


def _spend(threshold: int, before: int, after: int, detail: dict[str, Any]) -> str:
    return (
        f"{after:,} credits were used on {detail['day']}. A usual day is {detail['usual']:,} "
        f"(the median of {detail['days']} days of use in the {detail['window_days']} before)."
    )


def _budget(threshold: int, before: int, after: int, detail: dict[str, Any]) -> str:
    return (
        f"The budget {detail['budget']} ({detail['scope']}, {detail['period_key']}) stands at {after:,} of "
        f"{detail['limit']:,} credits used or reserved, past {threshold}%."
    )
