"""The receipt of a search (C9): what was counted, charged and not charged, from which grants, and the people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rollcall.contacts import owned
from rollcall.contacts.models import LIVE, Contact
from rollcall.core.paging import Page
from rollcall.credits import grants, ledger
from rollcall.credits.models import Acquisition, Entry, Grant
from rollcall.personas import lists
from rollcall.personas.models import Quote, Run
from rollcall.workspaces.models import Workspace

_AMONG_ENTRIES = 1_000


@dataclass(frozen=True)
class Line:
    """One line of a sum; the last line of a list is what the others add up to."""

    label: str
    amount: int
    note: str = ""


@dataclass(frozen=True)
class Person:
    """Someone behind a charge, as known now; without a contact when they were erased since.

    `refund_entry_id` is the entry that gave the credit back, if one did.
    """

    profile_id: int
    company_id: int
    contact_id: int | None
    full_name: str | None
    title: str | None
    company_name: str | None
    refund_entry_id: int | None = None


@dataclass(frozen=True)
class RunReceipt:
    """What a run was estimated at, what became of it, and why the two differ."""

    run: Run
    segment: dict[str, Any]
    personas: list[dict[str, Any]]
    estimate: list[Line]
    actual: list[Line]
    not_charged: list[Line]
    credits: list[Line]
    grants: list[tuple[Grant, int]]
    entries: list[Entry]
    who: str
    rule: str
    started_at: datetime
    ended_at: datetime | None


def of_run(*, workspace: Workspace, run_id: int) -> RunReceipt:
    """
    Raises:
        NoSuchRun
    """
    run = lists.get(workspace=workspace, run_id=run_id)
    entries = _entries(workspace, run)
    charges = [entry for entry in entries if entry.kind == Entry.Kind.CHARGE]
    return RunReceipt(
        run=run,
        segment=run.quote.inputs["segment"],
        personas=run.quote.inputs["personas"],
        estimate=_estimate(run),
        actual=_actual(run),
        not_charged=_not_charged(run),
        credits=_credits(run),
        grants=_grants(charges),
        entries=entries,
        who=run.actor_label,
        rule=_rule(run, entries),
        started_at=run.created_at,
        ended_at=run.finished_at,
    )


def people(
    *, workspace: Workspace, entry_id: int, cursor: str | None = None, limit: int = 50
) -> Page[Person]:
    """The people behind a charge or refund, page by page.

    Raises:
        NotFound
    """
    page = ledger.claims(workspace=workspace, entry_id=entry_id, cursor=cursor, limit=limit)
    contacts = _contacts(workspace, page.items)
    return page.map(lambda claim: _person(claim, contacts.get((claim.profile_id, claim.company_id))))


def _rule(run: Run, entries: Sequence[Entry]) -> str:
    """What let a search start that nobody started by hand: an allowance, or somebody's approval."""
    if run.automation_id is None:
        return ""
    kept = (entry.context["rule"]["words"] for entry in entries if "rule" in entry.context)
    return next(kept, f"Automation aut_{run.automation_id}: it cost nothing.")


def _estimate(run: Run) -> list[Line]:
    quote = run.quote
    return [
        Line("Matches", quote.matches, f"in {quote.companies:,} companies"),
        Line("Already yours", -quote.owned, "free"),
        Line("Suppressed", -quote.suppressed, "never added"),
        Line(
            "Over your limit",
            -quote.over_limit,
            "" if quote.stop_at is None else f"stop at {quote.stop_at:,}",
        ),
        *_over_budget(quote, sign=-1),
        Line("New people, at most", quote.credits_max, "1 credit each"),
    ]


def _over_budget(quote: Quote, *, sign: int) -> list[Line]:
    """One line for each budget that left people out; most searches have none."""
    return [
        Line("Over budget", sign * refused["people"], f"{refused['name']}: {refused['left']:,} were left")
        for refused in quote.inputs.get("budgets", [])
    ]


def _actual(run: Run) -> list[Line]:
    return [
        Line("New people, at most", run.quote.credits_max),
        Line("Yours meanwhile by another search", -run.owned_since, "free"),
        Line("Suppressed since the estimate", -run.suppressed_since, "never added"),
        Line("Not reached", -_not_reached(run), _why_not_reached(run)),
        Line("Charged", run.charged, "1 credit each"),
    ]


def _not_charged(run: Run) -> list[Line]:
    """Everybody who matched and cost nothing, with the reason; lines of nobody are left out."""
    quote = run.quote
    lines = [
        Line("Already yours", quote.owned, "bought before: free for ever"),
        Line("Suppressed", quote.suppressed, "on your suppression list: never added"),
        Line("Over your limit", quote.over_limit, "you asked to stop before them"),
        *_over_budget(quote, sign=1),
        Line("Yours meanwhile", run.owned_since, "another search of yours bought them after the estimate"),
        Line("Suppressed since", run.suppressed_since, "suppressed or erased after the estimate"),
        Line("Not reached", _not_reached(run), _why_not_reached(run)),
    ]
    return [line for line in lines if line.amount]


def _credits(run: Run) -> list[Line]:
    held = run.hold.amount if run.hold else 0
    released = run.hold.released if run.hold else 0
    open_ = held - run.charged - released
    lines = [Line("Held", held), Line("Charged", -run.charged), Line("Given back", -released)]
    return [*lines, Line("Still held", open_)]


def _not_reached(run: Run) -> int:
    return run.quote.credits_max - run.charged - run.owned_since - run.suppressed_since


def _why_not_reached(run: Run) -> str:
    return {
        "queued": "still to come",
        "running": "still to come",
        "stopped": "the search was stopped",
        "failed": "the search failed",
    }.get(run.state, "")


def _entries(workspace: Workspace, run: Run) -> list[Entry]:
    """The run's entries, oldest first."""
    found: list[Entry] = []
    cursor = None
    for _ in range(_AMONG_ENTRIES):
        page = ledger.page(workspace=workspace, now=run.created_at, run_id=run.pk, cursor=cursor, limit=500)
        found += [row.entry for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    return found[::-1]


def _grants(entries: Sequence[Entry]) -> list[tuple[Grant, int]]:
    """How much each grant gave over all the entries, in the order in which grants burn."""
    split: dict[int, tuple[Grant, int]] = {}
    for entry in entries:
        for grant, amount in ledger.grant_split(entry=entry):
            split[grant.pk] = (grant, split.get(grant.pk, (grant, 0))[1] + amount)
    return sorted(split.values(), key=lambda part: grants.burn_key(part[0]))


def _contacts(workspace: Workspace, claims: Sequence[Acquisition]) -> dict[tuple[int, int], Contact]:
    known = owned.of_lists(
        workspace=workspace,
        profile_ids=[claim.profile_id for claim in claims],
        company_ids=[claim.company_id for claim in claims],
    )
    by_id = Contact.objects.filter(LIVE).in_bulk(list(known.values()))
    return {pair: by_id[number] for pair, number in known.items() if number in by_id}


def _person(claim: Acquisition, contact: Contact | None) -> Person:
    return Person(
        profile_id=claim.profile_id,
        company_id=claim.company_id,
        contact_id=contact.pk if contact else None,
        full_name=contact.full_name if contact else None,
        title=contact.title if contact else None,
        company_name=contact.company_name if contact else None,
        refund_entry_id=claim.refund_entry_id,
    )
