"""The receipt of any ledger entry: its sum beside that of the whole search, by which rule, and the people (C9)."""

from dataclasses import dataclass, field

from rollcall.core.paging import Page
from rollcall.credits import explanations, ledger
from rollcall.credits.explanations import Fact
from rollcall.credits.models import Entry, Grant
from rollcall.personas import receipts
from rollcall.personas.models import Run, RunChunk
from rollcall.personas.receipts import Line, Person, RunReceipt
from rollcall.workspaces.models import Workspace

_WORDS = {
    "grant": "Credits that arrived",
    "hold": "Set aside",
    "release": "Given back",
    "refund": "Came back",
    "expiry": "Expired unused",
    "void": "Withdrawn",
    "adjustment": "Adjusted by the operator",
}


@dataclass(frozen=True)
class EntryReceipt:
    """One ledger entry, explained.

    `equation` adds up to its amount. `whole` is the sum of the search that it is a part of, from everybody who matched
    to what was charged; empty without a search. `refunded` is how many of its credits came back since.
    """

    entry: Entry
    title: str
    about: str
    who: str
    balance_after: int
    equation: list[Line]
    whole: list[Line]
    not_charged: list[Line]
    grants: list[tuple[Grant, int]]
    facts: list[Fact]
    run: RunReceipt | None
    refunded: int
    people: Page[Person] = field(default_factory=lambda: Page([], None))


def of(*, workspace: Workspace, entry_id: int, cursor: str | None = None, limit: int = 50) -> EntryReceipt:
    """The receipt of an entry of any kind, with the first of its people (or those after the cursor).

    Raises:
        NotFound
    """
    entry = ledger.entry(workspace=workspace, entry_id=entry_id)
    run = _run(entry)
    return EntryReceipt(
        entry=entry,
        title=explanations.title(entry),
        about=explanations.about(entry),
        who=explanations.who(entry),
        balance_after=ledger.balance_after(entry=entry),
        equation=_equation(entry, run),
        whole=whole(run) if run else [],
        not_charged=run.not_charged if run else [],
        grants=ledger.grant_split(entry=entry),
        facts=explanations.facts(entry=entry),
        run=run,
        refunded=ledger.refunded(entry=entry),
        people=receipts.people(workspace=workspace, entry_id=entry_id, cursor=cursor, limit=limit),
    )


def whole(run: RunReceipt) -> list[Line]:
    """From everybody who matched to everybody charged for: the estimate's sum, and what changed until the end."""
    first, *between, _ = run.estimate
    *since, last = run.actual[1:]
    told = [line for line in (*between, *since) if line.amount]
    return [first, *told, Line("Charged in all", last.amount, last.note)]


def _run(entry: Entry) -> RunReceipt | None:
    """The search that moved the credits; not for a refund, whose charge has it."""
    if entry.run_id is None or entry.kind == Entry.Kind.REFUND:
        return None
    known = Run.objects.filter(workspace=entry.workspace_id, pk=entry.run_id).exists()
    return receipts.of_run(workspace=entry.workspace, run_id=entry.run_id) if known else None


def _equation(entry: Entry, run: RunReceipt | None) -> list[Line]:
    """What adds up to the entry's amount."""
    if entry.kind == Entry.Kind.CHARGE:
        parts = RunChunk.objects.filter(run_id=entry.run_id) if entry.run_id else RunChunk.objects.none()
        chunk = parts.filter(entry=entry).first()
        return _of_chunk(chunk) if chunk else [Line("New people", entry.amount, "1 credit each")]
    if entry.kind == Entry.Kind.HOLD and run is not None:
        first, *between, last = run.estimate
        return [first, *[line for line in between if line.amount], last]
    if entry.kind == Entry.Kind.RELEASE and run is not None:
        return [*run.credits[:2], Line("Given back", entry.amount, "not spent: available again")]
    return [Line(_WORDS.get(entry.kind, str(entry.get_kind_display())), entry.amount)]


def _of_chunk(chunk: RunChunk) -> list[Line]:
    """A search charges part by part; of one that has a single part it is not said which."""
    parts = RunChunk.objects.filter(run_id=chunk.run_id).count()
    note = f"part {chunk.number} of {parts} of the search" if parts > 1 else ""
    return [
        Line("People chosen", chunk.fresh + chunk.owned + chunk.suppressed, note),
        Line("Already yours", -chunk.owned, "free"),
        Line("Suppressed", -chunk.suppressed, "never added"),
        Line("New people", chunk.fresh, "1 credit each"),
    ]
