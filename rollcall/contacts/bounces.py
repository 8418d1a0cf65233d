"""Bounces reported by whoever sends the mail: hard ones give their credit back, each line says what came of it (C8)."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max

from rollcall.contacts import bounce_rows, matching, owned, spellings
from rollcall.contacts.bounce_rows import HARD, ROWS_MAX, SOFT, Row
from rollcall.contacts.models import Bounce, BounceReport, Contact
from rollcall.core import cells, faults, ids, paging, rows, transactions
from rollcall.core.errors import Conflict, Invalid, NotFound, TryLater
from rollcall.credits import posting, refund_policies
from rollcall.credits.models import RefundPolicy
from rollcall.credits.refund_policies import Case, Outcome
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

# As many as keep the writers' lock of SQLite well under half a second.
BATCH = 500
# Each turn writes a batch or finds that somebody else did; more turns than batches are not needed.
_LOSSES_MAX = 20
DECIDED = faults.declare("contacts.bounces.decided", "credits of a batch are back, its lines are not written")
WRITTEN = faults.declare(
    "contacts.bounces.written", "a batch of bounces is committed, the next has not begun"
)
CAUSE = RefundPolicy.Cause.HARD_BOUNCE
UNMATCHED, SEVERAL, FORGOTTEN, SOFT_ONE, UNCLEAR = "unmatched", "several", "forgotten", "soft", "unclear"
_WHY_NOBODY = {
    matching.NOBODY: (UNMATCHED, "No contact of yours matches this line."),
    matching.SEVERAL: (SEVERAL, "More than one contact matches; name the contact id."),
    matching.FORGOTTEN: (FORGOTTEN, "This contact was erased on request."),
}


class NothingReported(Invalid):
    """There is no bounce in this report. Send at least one row."""


class TooManyBounces(Invalid):
    """A report has at most {rows_max} rows. Split it into several."""


class ReportKeyReused(Conflict):
    """The key {key} was used for another report of bounces ({report}). Nothing was changed; use a new key."""


class ReportContended(TryLater):
    """Somebody else is working on this very report. Nothing is lost; try again in a moment."""


@dataclass(frozen=True)
class Reported:
    """A report and how many of its lines came to what."""

    report: BounceReport
    counts: dict[str, int]

    @property
    def given_back(self) -> int:
        return self.counts.get(refund_policies.GIVEN_BACK, 0)


def report(*, workspace: Workspace, rows: Sequence[Row], key: str, actor: Actor, now: datetime) -> Reported:
    """Match each row with a contact, and give back the credits of hard bounces as the policy allows.

    A batch is a transaction, and so are its refunds: the same key again goes on where it was broken off, and changes
    nothing where it was not.

    Raises:
        NothingReported, TooManyBounces, ReportKeyReused, ReportContended, KeyNeeded
    """
    if not rows:
        raise NothingReported()
    if len(rows) > ROWS_MAX:
        raise TooManyBounces(rows_max=f"{ROWS_MAX:,}")
    made = transactions.run(lambda: _begin(workspace, rows, key, actor, now))
    if made.finished_at is None:
        _work_off(made, rows, actor, now)
    return get(workspace=workspace, report_id=made.pk)


def key_of_file(*, data: bytes) -> str:
    """The same file again is the same report."""
    return f"file:{hashlib.sha256(data).hexdigest()}"


def get(*, workspace: Workspace, report_id: int) -> Reported:
    """
    Raises:
        NotFound
    """
    found = BounceReport.objects.filter(workspace=workspace, pk=report_id).first()
    if found is None:
        raise NotFound(what="bounce report", id=ids.public("bou", report_id))
    return counted(workspace=workspace, reports=[found])[found.pk]


def counted(*, workspace: Workspace, reports: Sequence[BounceReport]) -> dict[int, Reported]:
    """The reports with their counts, by id; one statement for all of them."""
    found = Bounce.objects.filter(workspace=workspace, report__in=list(reports)).order_by()
    counts: dict[int, dict[str, int]] = {row.pk: {} for row in reports}
    for number, code, count in found.values_list("report", "code").annotate(count=Count("id")):
        counts[number][code] = count
    return {row.pk: Reported(row, counts[row.pk]) for row in reports}


def list_(*, workspace: Workspace, cursor: str | None = None, limit: int = 50) -> paging.Page[BounceReport]:
    """The reports of a workspace, newest first."""
    rows = BounceReport.objects.filter(workspace=workspace)
    return paging.page(rows, order=["-id"], cursor=cursor, limit=limit)


def lines(
    *, workspace: Workspace, report_id: int, cursor: str | None = None, limit: int = 50
) -> paging.Page[Bounce]:
    """What came of each line, in the order of the report.

    Raises:
        NotFound
    """
    found = get(workspace=workspace, report_id=report_id).report
    rows = Bounce.objects.filter(report=found).select_related("contact")
    return paging.page(rows, order=["line"], cursor=cursor, limit=limit)


def csv_rows(*, workspace: Workspace, report_id: int) -> Iterator[list[str]]:
    """The same as a file, without formulas: the number of the line, whom it was about, what came of it and why."""
    yield ["Line", "Contact id", "Reported as", "Status", "Bounced on", "Result", "Why", "Ledger entry"]
    cursor: str | None = None
    while True:
        page = lines(workspace=workspace, report_id=report_id, cursor=cursor, limit=paging.LIMIT_MAX)
        yield from (_csv_row(row) for row in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def of_contact(*, workspace: Workspace, contact_id: int) -> list[Bounce]:
    """What was reported about a contact, newest first."""
    found = Bounce.objects.filter(workspace=workspace, contact=contact_id).select_related("report")
    return list(found.order_by("-id")[:20])


def _begin(workspace: Workspace, rows: Sequence[Row], key: str, actor: Actor, now: datetime) -> BounceReport:
    """The report of this key, made if there is none."""
    digest = _digest(rows)
    values = {"digest": digest, "lines": len(rows), "actor": actor.ref, "actor_label": actor.label}
    made, is_new = BounceReport.objects.get_or_create(
        workspace=workspace, key=posting.checked_key(key), defaults=values | {"created_at": now}
    )
    if made.digest != digest:
        raise ReportKeyReused(key=key, report=ids.public("bou", made.pk))
    if is_new:
        target, detail = ids.public("bou", made.pk), {"lines": len(rows)}
        audit.write(
            workspace=workspace, actor=actor, action="bounces.report", target=target, now=now, detail=detail
        )
    return made


def _work_off(made: BounceReport, all_rows: Sequence[Row], actor: Actor, now: datetime) -> None:
    """Batch by batch from the first line that is not written yet."""
    done = _lines_done(made)
    found = matching.find(workspace=made.workspace, rows=all_rows[done:])
    first = done
    for _ in range(len(all_rows) // BATCH + _LOSSES_MAX):
        if done >= len(all_rows):
            BounceReport.objects.filter(pk=made.pk, finished_at=None).update(finished_at=now)
            return
        batch = list(zip(all_rows[done : done + BATCH], found[done - first :][:BATCH], strict=True))
        transactions.run(lambda: _write(made, done, batch, actor, now))  # noqa: B023
        faults.point(WRITTEN)
        done = _lines_done(made)
    raise ReportContended()


def _lines_done(made: BounceReport) -> int:
    """Lines are written in order, so the last one says how far it is."""
    last: int | None = Bounce.objects.filter(report=made).aggregate(last=Max("line"))["last"]
    return last or 0


def _write(
    made: BounceReport, done: int, batch: Sequence[tuple[Row, int]], actor: Actor, now: datetime
) -> None:
    """The refunds of a batch and its lines, in one transaction; nothing if somebody else wrote it meanwhile."""
    BounceReport.objects.select_for_update().get(pk=made.pk)
    if _lines_done(made) != done:
        return
    outcomes = _outcomes(made, batch, actor, now)
    faults.point(DECIDED)
    columns: dict[str, Sequence[Any]] = {
        "line": [done + number for number in range(1, len(batch) + 1)],
        "contact_id": [number if number > 0 else None for _, number in batch],
        "label": [_label(row) if number <= 0 else "" for row, number in batch],
        "status": [row.code for row, _ in batch],
        "bounced_on": [row.day for row, _ in batch],
        "code": [outcome.code for outcome in outcomes],
        "why": [outcome.why for outcome in outcomes],
        "entry_id": [outcome.entry and outcome.entry.pk for outcome in outcomes],
    }
    rows.insert(Bounce, columns, constants={"workspace_id": made.workspace_id, "report_id": made.pk})


def _outcomes(
    made: BounceReport, batch: Sequence[tuple[Row, int]], actor: Actor, now: datetime
) -> list[Outcome]:
    told = [_without_a_look(row, number) for row, number in batch]
    hard = [place for place, outcome in enumerate(told) if outcome is None]
    numbers = [batch[place][1] for place in hard]
    contacts = Contact.objects.filter(workspace=made.workspace, pk__in=sorted(set(numbers)))
    paid = owned.paid_pairs(workspace=made.workspace, contacts=list(contacts))
    decided = refund_policies.apply_all(
        workspace=made.workspace,
        cause=CAUSE,
        cases=[_case(made, batch[place][0], batch[place][1], paid[batch[place][1]]) for place in hard],
        actor=actor,
        now=now,
    )
    by_place = dict(zip(hard, decided, strict=True))
    return [outcome or by_place[place] for place, outcome in enumerate(told)]


def _without_a_look(row: Row, number: int) -> Outcome | None:
    """What can be said without asking the policy; None: it is a hard bounce of a contact."""
    if number <= 0:
        return Outcome(*_WHY_NOBODY[number])
    if row.hardness == HARD:
        return None
    if row.hardness == SOFT:
        return Outcome(
            SOFT_ONE, "A soft bounce may arrive next time; only hard ones (5.x.x) give the credit back."
        )
    return Outcome(UNCLEAR, "It does not say what bounce it was: write hard, or the code (5.1.1).")


def _case(made: BounceReport, row: Row, contact_id: int, paid: owned.Pair) -> Case:
    said = {
        "contact": ids.public("con", contact_id),
        "report": ids.public("bou", made.pk),
        "status": row.code,
    }
    if row.day is not None:
        said["bounced_on"] = row.day.isoformat()
    return Case(
        profile_id=paid[0],
        company_id=paid[1],
        observed=f"hard bounce {row.code}".strip(),
        context={name: value for name, value in said.items() if value},
    )


def _label(row: Row) -> str:
    """What whoever sent the line recognises it by; of personal values only a first letter is kept."""
    if row.contact_id:
        return (
            row.contact_id[:20] if row.contact_id.casefold().startswith("con_") else f"{row.contact_id[:1]}…"
        )
    if row.profile_url:
        page = spellings.profile_url(row.profile_url) or row.profile_url
        host, _, name = page.rpartition("/")
        return f"{host}/{name[:1]}…"[:160]
    if row.full_name:
        return f"{row.full_name[:1]}… at {row.company or row.email.rpartition('@')[2] or 'no company'}"[:160]
    local, _, host = row.email.rpartition("@")
    return f"{local[:1]}…@{host}"[:160] if row.email else "empty"


def _digest(all_rows: Sequence[Row]) -> str:
    text = json.dumps([list(bounce_rows.texts(row)) for row in all_rows], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _csv_row(row: Bounce) -> list[str]:
    day: date | None = row.bounced_on
    said = [
        str(row.line),
        ids.public("con", row.contact_id) if row.contact_id else "",
        row.label,
        row.status,
        day.isoformat() if day else "",
        row.code,
        row.why,
        ids.public("ent", row.entry_id) if row.entry_id else "",
    ]
    return [cells.harmless(cell) for cell in said]
