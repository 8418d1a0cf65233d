"""Printing receipts."""

from collections.abc import Mapping, Sequence
from typing import Any

from rollcall.clients.cli.output import cell
from rollcall.clients.cli.sessions import Session


def show_run(session: Session, receipt: Mapping[str, Any]) -> None:
    """The estimate, what became of it, what was not charged, and the credits."""
    run = receipt["run"]
    session.output.say(f"Receipt of {run['id']} ({run['state']}): {run['segment_name']}, by {receipt['who']}")
    if receipt["rule"]:
        session.output.say(receipt["rule"])
    for title, name in (("Estimated", "estimate"), ("Charged", "actual"), ("Credits", "credits")):
        session.output.say(f"\n{title}")
        session.output.sum(receipt[name])
    if receipt["not_charged"]:
        session.output.say("\nNot charged")
        columns = {"label": "Why", "amount": "People", "note": ""}
        session.output.table(receipt["not_charged"], columns, empty="")
    show_grants(session, receipt["grants"])


def show_entry(session: Session, receipt: Mapping[str, Any]) -> None:
    """What happened, its sum, that of the whole search, everything known about it, and the grants."""
    moved = receipt["entry"]
    session.output.say(
        f"{moved['kind'].capitalize()} {moved['id']}: {receipt['title']}, {cell(moved['created_at'])} UTC"
    )
    session.output.sum(receipt["equation"])
    if receipt["whole"]:
        session.output.say("\nThe whole search")
        session.output.sum(receipt["whole"])
    if receipt["not_charged"]:
        session.output.say("\nNot charged")
        columns = {"label": "Why", "amount": "People", "note": ""}
        session.output.table(receipt["not_charged"], columns, empty="")
    session.output.say("")
    facts = [*receipt["facts"], {"label": "Balance after", "value": f"{receipt['balance_after']:,}"}]
    if receipt["refunded"]:
        facts.append({"label": "Came back since", "value": f"{receipt['refunded']:,}"})
    session.output.table(facts, {"label": "", "value": ""}, empty="")
    goes_out = moved["kind"] in ("hold", "charge", "expiry", "void") or moved["balance_change"] < 0
    show_grants(session, receipt["grants"], title="From" if goes_out else "Into")


def show_grants(session: Session, grants: Sequence[Mapping[str, Any]], *, title: str = "From") -> None:
    """Which grants the credits came from, or went into."""
    if grants:
        session.output.say(f"\n{title}")
        session.output.table(grants, {"name": "Grant", "grant_id": "Id", "amount": "Credits"}, empty="")
