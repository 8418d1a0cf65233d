"""`rollcall credits usage` and `rollcall credits statements`."""

from typing import Annotated, Any

import typer

from rollcall.clients.cli.sessions import Session, command
from rollcall.clients.statements import Statement

Month = Annotated[str | None, typer.Option("--month", help="Only this month, as 2026-11.")]
Since = Annotated[str | None, typer.Option("--since", metavar="DAY", help="From this day on, as 2026-11-01.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DAY", help="Up to this day, included.")]
_USED = {"label": "What", "searches": "Searches", "charged": "Charged", "refunded": "Refunded", "net": "Used"}
_MONTH = {"month": "Month", "opening": "Opening", "moved.grant": "Granted", "moved.charge": "Charged",
          "moved.refund": "Refunded", "moved.expiry": "Expired", "closing": "Closing"}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add both to the commands about credits."""

    @command(app, "usage")
    def usage(
        session: Session,
        by: Annotated[
            str, typer.Option("--by", help="segment, persona, member, key, automation or month.")
        ] = "segment",
        month: Month = None,
        since: Since = None,
        until: Until = None,
    ) -> None:
        """What credits were used for; whatever it is shown by, the sum is that of the ledger."""
        read = session.client.statements.usage(by=by, month=month, since=since, until=until)
        if session.as_json:
            session.output.json(read)
            return
        session.output.table(read["items"], _USED, empty="Nothing was used in this time.")
        session.output.say(
            f"\nIn all {read['charged']:,} charged, {read['refunded']:,} refunded, {read['net']:,} used."
        )

    @command(app, "statements")
    def statements(
        session: Session,
        month: Annotated[str | None, typer.Argument(help="2026-11; without one: all months.")] = None,
    ) -> None:
        """Every month, or the statement of one: from the opening to the closing balance."""
        if month is not None:
            _show(session, session.client.statements.get(month))
            return
        items = session.client.statements.list()
        if session.as_json:
            session.output.json({"items": items})
            return
        session.output.table(items, _MONTH, empty="Nothing has happened yet.")


def _show(session: Session, read: Statement) -> None:
    if session.as_json:
        session.output.json(read)
        return
    so_far = "" if read["is_over"] else ", so far"
    session.output.say(f"Statement of {read['month']}{so_far}\n")
    lines: list[dict[str, Any]] = [{"label": "Opening balance", "amount": read["opening"], "note": ""}]
    for moved in read["movements"]:
        note = f"{moved['entries']:,} entries" if moved["entries"] != 1 else "1 entry"
        lines.append({"label": moved["label"], "amount": moved["credits"], "note": note})
    lines.append({"label": "Closing balance", "amount": read["closing"], "note": ""})
    session.output.sum(lines)
    held = read["held"]
    if held["opening"] or held["opened"]:
        session.output.say(
            f"\nHeld for searches: {held['opening']:,} + {held['opened']:,} set aside − {held['charged']:,} charged "
            f"− {held['given_back']:,} given back = {held['closing']:,}"
        )
    session.output.say("\nBy grant")
    columns = {"name": "Grant", "opening": "Opening", "moved.grant": "Granted", "moved.charge": "Charged",
               "moved.refund": "Refunded", "closing": "Closing"}  # fmt: skip
    session.output.table(read["grants"], columns, empty="No grant had any credits.")
    for by, rows in read["usage"].items():
        if any(row["subject"] for row in rows):
            session.output.say(f"\nUsed by {by}")
            session.output.table(rows, _USED, empty="")
