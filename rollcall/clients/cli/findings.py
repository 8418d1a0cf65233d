"""What is found out about contacts, from the command line: bounces, duplicates, forgetting; rules of refunds."""

import csv
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from rollcall.clients import nouns
from rollcall.clients.bounces import Bounce
from rollcall.clients.cli.exits import Usage
from rollcall.clients.cli.sessions import Session, command

Which = Annotated[str, typer.Argument(metavar="CONTACT", help="Id, con_…")]
ROWS_AT_ONCE, CHARACTERS_AT_ONCE = 5_000, 1_000_000
_LINES = {"line": "Line", "contact_id": "Contact", "label": "Reported as", "status": "Code", "result": "Result",
          "why": "Why", "entry_id": "Refund"}  # fmt: skip


def register(contacts: typer.Typer, credits: typer.Typer) -> None:
    """Hang the commands under those of contacts and credits."""
    for name, function in (("bounces", bounces), ("findings", findings), ("merge", merge), ("split", split),
                           ("forget", forget)):  # fmt: skip
        command(contacts, name)(function)
    command(credits, "refund-policies")(refund_policies)


def bounces(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The first line names its columns.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write what came of each line to this CSV file.")
    ] = None,
    report_key: Annotated[
        str | None, typer.Option("--idempotency-key", help="By default made from the file.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file.")] = False,
) -> None:
    """Report bounces; hard ones give their credit back.

    Columns: Contact id; or Profile URL; or Name and Company domain. Beside them Code (5.1.1) or Bounce type (hard).
    The same file again is the same report.
    """
    if output is not None and output.exists() and not force:
        raise Usage(f"{output} exists already. Choose another name, or add --force.")
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Usage(f"{file} cannot be read: {error.strerror}.") from None
    wanted = report_key or f"file-{hashlib.sha256(data).hexdigest()[:40]}"
    parts = [
        session.client.bounces.report(idempotency_key=f"{wanted}:{number}", csv=text)
        for number, text in enumerate(_pieces(_text(data)), start=1)
    ]
    if not parts:
        raise Usage(f"{file} has no rows below its first line.")
    lines = [
        line
        for part in parts
        for line in nouns.pages(session.client.bounces.lines, report_id=part["id"], limit=200)
    ]
    if output is not None:
        _write(output, lines)
    if session.as_json:
        session.output.json({"reports": parts, "lines": lines})
        return
    session.output.table([dict(line) for line in lines[:50]], _LINES, empty="No lines.")
    back = sum(part["given_back"] for part in parts)
    session.output.say(f"{len(lines):,} lines, {back:,} credits came back.")


def findings(session: Session, contact: Which) -> None:
    """What was found out about a contact later, and what became of its credit."""
    items = session.client.findings.of_contact(contact)
    if session.as_json:
        session.output.json({"items": items})
        return
    columns = {"at": "When", "label": "What", "found": "Found", "why": "Outcome", "entry_id": "Refund"}
    session.output.table([dict(item) for item in items], columns, empty="Nothing was found out about it.")


def merge(
    session: Session,
    contact: Which,
    duplicate: Annotated[
        str, typer.Argument(metavar="DUPLICATE", help="The other record, con_…; becomes an alias.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
) -> None:
    """Say that two contacts are the same person at the same company; the second credit comes back."""
    done = session.client.findings.merge(contact, duplicate_id=duplicate, reason=reason)
    if session.as_json:
        session.output.json(done)
        return
    session.output.say(f"{done['duplicate_id']} is now an alias of {done['contact_id']}. {done['why']}")


def split(session: Session, contact: Which) -> None:
    """Undo a merge: the alias is a contact of its own again. Free."""
    done = session.client.findings.split(contact)
    if session.as_json:
        session.output.json(done)
        return
    session.output.say(f"{done['duplicate_id']} is a contact of its own again.")


def forget(
    session: Session,
    contact: Which,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; this cannot be undone.")] = False,
) -> None:
    """Forget a person on their request; only the charge stays, without anything about them."""
    if not yes:
        if session.as_json:
            raise Usage("--json cannot ask, so it needs --yes: forgetting cannot be undone.")
        typer.confirm(f"Forget {contact} for good?", abort=True)
    done = session.client.findings.forget(contact)
    if session.as_json:
        session.output.json({"items": done})
        return
    for one in done:
        session.output.say(f"{one['contact_id']} is forgotten. {one['why']}")


def refund_policies(session: Session) -> None:
    """When a credit comes back by itself, and what came back so far."""
    read = session.client.findings.refund_policies()
    if session.as_json:
        session.output.json(read)
        return
    session.output.table(read["items"], {"label": "Cause", "words": "Rule"}, empty="No rules.")
    columns = {"month": "Month", "cause": "Cause", "refunds": "Refunds", "credits": "Credits"}
    session.output.table(read["effects"], columns, empty="Nothing came back in the last twelve months.")


def _text(data: bytes) -> str:
    """As spreadsheets write it; what else it could be the server finds out from the text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace").replace("\0", "")
    try:
        return data.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace").replace("\0", "")


def _pieces(text: str) -> Iterator[str]:
    """The file in parts that fit into a request, each with its first line; never cut inside a quoted cell."""
    separator = max(",;\t|", key=text[:10_000].partition("\n")[0].count)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        header = next(lines, [])
        rows, size = [], 0
        for row in lines:
            if not any(cell.strip() for cell in row):
                continue
            rows.append(row)
            size += sum(map(len, row)) + len(row)
            if len(rows) >= ROWS_AT_ONCE or size >= CHARACTERS_AT_ONCE:
                yield _joined([header, *rows], separator)
                rows, size = [], 0
        if rows:
            yield _joined([header, *rows], separator)
    except csv.Error as error:
        raise Usage(f"The file cannot be read as CSV: {error}.") from None


def _joined(rows: list[list[str]], separator: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _write(output: Path, lines: list[Bounce]) -> None:
    try:
        with output.open("w", newline="", encoding="utf-8-sig") as out:
            writer = csv.writer(out)
            writer.writerow(_LINES.values())
            writer.writerows([_harmless(dict(line)[name]) for name in _LINES] for line in lines)
    except OSError as error:
        raise Usage(f"{output} cannot be written: {error.strerror}.") from None


def _harmless(value: object) -> str:
    """No cell is a formula to a spreadsheet."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
