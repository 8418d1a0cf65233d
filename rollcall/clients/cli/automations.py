"""`rollcall automations`: searches that start by themselves, and what they may spend in a day."""

from typing import Annotated, Any

import typer

from rollcall.clients.automation_records import Automation
from rollcall.clients.cli.exits import Usage
from rollcall.clients.cli.sessions import Session, command, resolve

app = typer.Typer(
    help="Automations: searches that start by themselves.", no_args_is_help=True, rich_markup_mode=None
)
Which = Annotated[str, typer.Argument(metavar="AUTOMATION", help="Id, aut_…")]
Trigger = Annotated[str | None, typer.Option("--trigger", help="joined, daily, weekly or monthly.")]
PerDay = Annotated[
    int | None,
    typer.Option("--credits-per-day", min=0, help="Spend up to so much a day unasked. Without: ask first."),
]
_COLUMNS = {"id": "Automation", "state": "State", "segment_name": "Segment", "personas": "Personas",
            "trigger": "Trigger", "mode": "Mode", "credits_per_day": "A day", "used_today": "Today",
            "due_at": "Next", "note": "Last"}  # fmt: skip


@command(app, "list")
def list_(
    session: Session,
    segment: Annotated[str | None, typer.Option("--segment", help="Only of this segment.")] = None,
) -> None:
    """Automations that have not ended."""
    number = resolve(segment, "seg", session.client.segments.list) if segment else None
    items = session.client.automations.list(segment_id=number)
    if session.as_json:
        session.output.json({"items": items})
        return
    session.output.table(items, _COLUMNS, empty="Nothing starts by itself.")


@command(app, "show")
def show(session: Session, automation: Which) -> None:
    """One automation."""
    _tell(session, session.client.automations.get(automation))


@command(app, "create")
def create(
    session: Session,
    segment: Annotated[str, typer.Argument(help="Id (seg_…) or name.")],
    personas: Annotated[list[str], typer.Argument(metavar="PERSONA...", help="Ids (per_…) or names.")],
    trigger: Trigger = None,
    credits_per_day: PerDay = None,
) -> None:
    """Search by itself from now on; asks first unless --credits-per-day is given."""
    client = session.client
    settings: dict[str, Any] = {} if trigger is None else {"trigger": trigger}
    if credits_per_day is not None:
        settings |= {"mode": "allowance", "credits_per_day": credits_per_day}
    made = client.automations.create(
        segment_id=resolve(segment, "seg", client.segments.list),
        persona_ids=[resolve(persona, "per", client.personas.list) for persona in personas],
        **settings,
    )
    _tell(session, made)


@command(app, "edit")
def edit(
    session: Session,
    automation: Which,
    persona: Annotated[
        list[str] | None, typer.Option("--persona", help="Instead of those it has. Repeat it.")
    ] = None,
    trigger: Trigger = None,
    credits_per_day: PerDay = None,
    ask_first: Annotated[bool, typer.Option("--ask-first", help="Spend nothing unasked.")] = False,
    on: Annotated[bool | None, typer.Option("--resume/--pause", help="Go on, or start nothing.")] = None,
) -> None:
    """Change, pause or resume an automation."""
    if ask_first and credits_per_day is not None:
        raise Usage("Either --ask-first, or --credits-per-day.")
    changes: dict[str, Any] = {"trigger": trigger, "is_on": on}
    if persona:
        changes["persona_ids"] = [resolve(one, "per", session.client.personas.list) for one in persona]
    if ask_first:
        changes["mode"] = "ask"
    if credits_per_day is not None:
        changes |= {"mode": "allowance", "credits_per_day": credits_per_day}
    changes = {name: value for name, value in changes.items() if value is not None}
    if not changes:
        raise Usage("Say what to change: --credits-per-day, --ask-first, --pause …")
    _tell(session, session.client.automations.update(automation, **changes))


@command(app, "end")
def end(session: Session, automation: Which) -> None:
    """End an automation for good."""
    session.client.automations.end(automation)
    if session.as_json:
        session.output.json({"ended": automation})
        return
    session.output.say(f"{automation} starts nothing any more; its searches and receipts stay.")


def _tell(session: Session, automation: Automation) -> None:
    if session.as_json:
        session.output.json(automation)
        return
    asks = automation["mode"] == "ask"
    session.output.facts(
        {
            "Automation": automation["id"],
            "State": automation["state"],
            "Segment": automation["segment_name"],
            "Personas": automation["personas"],
            "Starts": "when companies join" if automation["trigger"] == "joined" else automation["trigger"],
            "Unasked": "nothing: it asks first"
            if asks
            else f"{automation['credits_per_day']:,} credits a day",
            "Used today": automation["used_today"],
            "Next": automation["due_at"],
            "Last": automation["note"],
        }
    )
