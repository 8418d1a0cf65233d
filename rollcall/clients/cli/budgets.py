"""`rollcall budgets`: caps on what may be spent, by whom or for what, in which period."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from rollcall.clients.budgets import Budget
from rollcall.clients.cli.exits import Usage
from rollcall.clients.cli.sessions import Session, command, resolve

app = typer.Typer(help="Budgets: caps on what may be spent.", no_args_is_help=True, rich_markup_mode=None)
_COLUMNS = {"id": "Budget", "name": "What", "limit": "Limit", "used": "Used", "reserved": "Reserved",
            "left": "Left", "kind": "Kind", "ends_at": "Anew at"}  # fmt: skip
_PERIODS = {"search": "run", "day": "day", "week": "week", "month": "month", "total": "total"}
_PREFIXES = {"member": "usr", "key": "key", "segment": "seg", "persona": "per"}
For = Annotated[
    str,
    typer.Option(
        "--for",
        metavar="WHO",
        help="workspace, search (each one), or member, key, segment, persona: alone for each one by "
        "itself, with :id or :name for one of them (segment:Energy, key:key_9).",
    ),
]


@command(app, "list")
def list_(session: Session) -> None:
    """Budgets, with what is used and left in the present period."""
    items = session.client.budgets.list()
    if session.as_json:
        session.output.json({"items": items})
        return
    shown = [{**item, "kind": "hard" if item["is_hard"] else "soft"} for item in items]
    session.output.table(shown, _COLUMNS, empty="No budgets: whoever may search may spend what is available.")


@command(app, "set")
def set_(
    session: Session,
    limit: Annotated[int, typer.Argument(min=0, help="Credits. 0 lets nothing through.")],
    per: Annotated[str, typer.Option("--per", help="search, day, week, month or total.")],
    for_: For = "workspace",
    soft: Annotated[bool, typer.Option("--soft", help="Count and alert, but refuse nothing.")] = False,
) -> None:
    """Make a budget, or give the one that is there a new limit."""
    if per not in _PERIODS:
        raise Usage(f"There is no budget per {per!r}. Use one of {', '.join(_PERIODS)}.")
    scope, subject = _subject(session, for_)
    period, is_hard = _PERIODS[per], not soft
    kind = (scope, subject, period, is_hard)
    for budget in session.client.budgets.list():
        if (budget["scope"], budget["subject"], budget["period"], budget["is_hard"]) == kind:
            _tell(session, session.client.budgets.update(budget["id"], limit=limit))
            return
    made = session.client.budgets.create(
        scope=scope, subject=subject, period=period, limit=limit, is_hard=is_hard
    )
    _tell(session, made)


@command(app, "end")
def end(session: Session, budget: Annotated[str, typer.Argument(help="Id, bud_…")]) -> None:
    """End a budget: it limits nothing any more."""
    session.client.budgets.end(budget)
    if session.as_json:
        session.output.json({"ended": budget})
        return
    session.output.say(f"{budget} has ended and limits nothing any more.")


def _subject(session: Session, text: str) -> tuple[str, str]:
    """Scope and subject of what was typed after --for."""
    scope, _, who = text.partition(":")
    scope = "run" if scope == "search" else scope
    if scope in ("workspace", "run") and not who:
        return scope, ""
    if scope not in _PREFIXES:
        raise Usage(
            f"There is no budget for {text!r}. Use workspace, search, or one of {', '.join(_PREFIXES)}."
        )
    if not who:
        return scope, ""
    client = session.client
    named: dict[str, Callable[[], Sequence[Any]]] = {
        "member": client.workspace.members,
        "segment": client.segments.list,
        "persona": client.personas.list,
    }
    return scope, resolve(who, _PREFIXES[scope], named.get(scope, list))


def _tell(session: Session, budget: Budget) -> None:
    if session.as_json:
        session.output.json(budget)
        return
    session.output.facts(
        {
            "Budget": budget["id"],
            "What": budget["name"],
            "Limit": f"{budget['limit']:,}" + ("" if budget["is_hard"] else " (soft: refuses nothing)"),
            "Used": budget["used"],
            "Reserved": budget["reserved"],
            "Left": budget["left"],
            "Anew at": budget["ends_at"],
        }
    )
