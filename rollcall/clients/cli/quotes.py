"""`rollcall quotes`: what a persona search would cost."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from rollcall.clients import records
from rollcall.clients.cli.output import cell
from rollcall.clients.cli.sessions import Session, command, resolve

app = typer.Typer(help="Quotes: what a search would cost.", no_args_is_help=True, rich_markup_mode=None)
_LINES_MAX = 10
StopAt = Annotated[int | None, typer.Option("--stop-at", min=0, help="Add at most so many new contacts.")]


@command(app, "create")
def create(
    session: Session,
    segment: Annotated[str, typer.Argument(help="Id (seg_…) or name.")],
    personas: Annotated[list[str], typer.Argument(metavar="PERSONA...", help="Ids (per_…) or names.")],
    stop_at: StopAt = None,
) -> None:
    """Estimate a search; free."""
    quote = make(session, segment, personas, stop_at)
    if session.as_json:
        session.output.json(quote)
        return
    tell(session, quote)
    session.output.note(f"Start it: rollcall runs start {quote['id']}")


@command(app, "show")
def show(session: Session, quote: Annotated[str, typer.Argument(help="Id, quo_…")]) -> None:
    """One quote, beside the balance of now."""
    found = session.client.quotes.get(quote)
    if session.as_json:
        session.output.json(found)
        return
    tell(session, found)


@command(app, "coverage")
def coverage(
    session: Session,
    quote: Annotated[str, typer.Argument(help="Id, quo_…")],
    everybody: Annotated[
        bool, typer.Option("--all", help="Everybody who matches, not the new people.")
    ] = False,
) -> None:
    """Before paying: how well the people are known, and who they are."""
    found = session.client.quotes.coverage(quote, whom="matches" if everybody else "new")
    if session.as_json:
        session.output.json(found)
        return
    tell_known(session, found)


def tell_known(session: Session, found: records.Known) -> None:
    """What is known of people before paying, as people read it."""
    people = found["people"]
    session.output.say(f"{people:,} new people" if found["whom"] == "new" else f"{people:,} people")
    known = {
        "Seen within 90 days": _share(found["seen_within_90_days"], people),
        "Email address": _share(found["with_email"], people),
        "Phone number": _share(found["with_phone"], people),
        "Profile page": _share(found["with_profile_page"], people),
    }
    session.output.facts(known)
    for head, rows in (
        ("Seniority", found["seniorities"]),
        ("Department", found["departments"]),
        ("Country", found["countries"]),
        ("Title", found["titles"]),
    ):
        shown = [
            {"label": row["label"], "people": _share(row["people"], people)} for row in rows[:_LINES_MAX]
        ]
        if shown:
            session.output.table(shown, {"label": head, "people": "People"}, empty="")


def make(session: Session, segment: str, personas: list[str], stop_at: int | None) -> records.Quote:
    """A quote for a segment and personas given by id or name."""
    client = session.client
    return client.quotes.create(
        segment_id=resolve(segment, "seg", client.segments.list),
        persona_ids=[resolve(persona, "per", client.personas.list) for persona in personas],
        stop_at=stop_at,
    )


def tell(session: Session, quote: records.Quote) -> None:
    """The estimate as people read it."""
    credits: Mapping[str, Any] = quote["credits"]
    lines = [
        {"label": "Matches", "amount": quote["matches"], "note": f"in {quote['companies']:,} companies"},
        {"label": "Already yours", "amount": -quote["owned"], "note": "free"},
        {"label": "Suppressed", "amount": -quote["suppressed"], "note": "never added"},
        {"label": "Over your limit", "amount": -quote["over_limit"], "note": ""},
        *(
            {
                "label": "Over budget",
                "amount": -refused["people"],
                "note": f"{refused['name']}: {refused['left']:,} were left",
            }
            for refused in quote["budgets"]
        ),
        {"label": "New, at most", "amount": quote["credits_max"], "note": "1 credit each"},
    ]
    session.output.say(f"Estimate {quote['id']}, valid until {cell(quote['expires_at'])} UTC")
    session.output.sum([line for line in lines if line["amount"] or line is lines[-1]])
    session.output.say(f"Available {credits['available']:,}, left afterwards {credits['left_after']:,}")
    for person in quote["sample"]:
        session.output.say(f"  for example: {person['title']} at {person['company']}")
    if not credits["enough"]:
        session.output.note(
            "Not enough credits for all of them: see --stop-at, or rollcall packages request."
        )


def _share(some: int, people: int) -> str:
    return f"{some:,} ({some / people:.0%})" if people else "0"
