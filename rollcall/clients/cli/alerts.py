"""`rollcall alerts`: rules that tell when credits cross a threshold, and what they told."""

from typing import Annotated

import typer

from rollcall.clients.alerts import AlertRule
from rollcall.clients.cli import lists
from rollcall.clients.cli.lists import Cursor, Everything, Limit
from rollcall.clients.cli.sessions import Session, command

app = typer.Typer(help="Alerts: be told in time.", no_args_is_help=True, rich_markup_mode=None)
_RULES = {"id": "Rule", "says": "When", "by_email": "Letter", "by_webhook": "Webhook", "created_by": "By"}
_EVENTS = {"id": "Alert", "created_at": "When", "says": "What", "entry_id": "Entry", "seen_at": "Put away"}
Threshold = Annotated[int, typer.Argument(min=0, help="Credits, percent or days, as the kind has it.")]
Rule = Annotated[str, typer.Argument(help="Id of the rule, alr_…")]
Email = Annotated[bool, typer.Option("--email/--no-email", help="Letters to owners and admins.")]
Webhook = Annotated[bool, typer.Option("--webhook/--no-webhook", help="Calls to the webhook endpoints.")]


@command(app, "list")
def list_(session: Session) -> None:
    """The rules."""
    _show(
        session, session.client.alerts.list(), empty="No rules. `rollcall alerts usual` makes the usual ones."
    )


@command(app, "create")
def create(
    session: Session,
    kind: Annotated[str, typer.Argument(help="balance, percent, runway, expiry, spend or budget.")],
    threshold: Threshold,
    email: Email = True,
    webhook: Webhook = True,
) -> None:
    """Tell of a threshold from now on: `rollcall alerts create balance 500`."""
    made = session.client.alerts.create(kind=kind, threshold=threshold, by_email=email, by_webhook=webhook)
    _tell(session, made)


@command(app, "usual")
def usual(session: Session) -> None:
    """Make the rules that suit most workspaces."""
    _show(session, session.client.alerts.usual(), empty="They are all there already.")


@command(app, "change")
def change(
    session: Session,
    rule: Rule,
    threshold: Annotated[int | None, typer.Option("--threshold", min=0, help="Another threshold.")] = None,
    email: Annotated[bool | None, typer.Option("--email/--no-email", help="Letters or none.")] = None,
    webhook: Annotated[bool | None, typer.Option("--webhook/--no-webhook", help="Calls or none.")] = None,
) -> None:
    """Change a rule; with another threshold it is a new one."""
    given = {"threshold": threshold, "by_email": email, "by_webhook": webhook}
    changes = {name: value for name, value in given.items() if value is not None}
    _tell(session, session.client.alerts.update(rule, **changes))


@command(app, "end")
def end(session: Session, rule: Rule) -> None:
    """End a rule; what it told stays."""
    session.client.alerts.end(rule)
    if session.as_json:
        session.output.json({"ended": rule})
        return
    session.output.say(f"{rule} has ended.")


@command(app, "events")
def events(
    session: Session,
    unseen: Annotated[bool, typer.Option("--unseen", help="Only what nobody has put away.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    all_: Everything = False,
) -> None:
    """What was told, newest first."""
    lists.show(session, session.client.alerts.events, _EVENTS, empty="Nothing was told.", limit=limit,
               cursor=cursor, all_=all_, unseen=unseen)  # fmt: skip


@command(app, "seen")
def seen(
    session: Session,
    event: Annotated[
        str | None, typer.Argument(help="Id of the alert, ale_…; without it, all of them.")
    ] = None,
) -> None:
    """Put an alert away, or all of them, for everybody."""
    number = session.client.alerts.see(event)
    if session.as_json:
        session.output.json({"seen": number})
        return
    session.output.say(f"{number} put away.")


def _show(session: Session, rules: list[AlertRule], *, empty: str) -> None:
    if session.as_json:
        session.output.json({"items": rules})
        return
    session.output.table(rules, _RULES, empty=empty)


def _tell(session: Session, rule: AlertRule) -> None:
    if session.as_json:
        session.output.json(rule)
        return
    session.output.say(f"{rule['id']}: {rule['says']}.")
