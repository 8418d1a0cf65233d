"""Ledger entries on pages: icon, words, and the boxes of a receipt's sum."""

from dataclasses import dataclass
from typing import Any

from rollcall.credits import explanations
from rollcall.credits.models import Entry
from rollcall.personas.receipts import Line
from rollcall.web import formats

ICONS = {
    Entry.Kind.GRANT: "plus",
    Entry.Kind.HOLD: "lock",
    Entry.Kind.CHARGE: "arrow-up-right",
    Entry.Kind.RELEASE: "undo-2",
    Entry.Kind.REFUND: "undo-2",
    Entry.Kind.EXPIRY: "clock",
    Entry.Kind.VOID: "ban",
    Entry.Kind.ADJUSTMENT: "scroll-text",
}


@dataclass(frozen=True)
class Words:
    """One line of the ledger as people read it."""

    icon: str
    title: str
    about: str
    who: str


@dataclass(frozen=True)
class Term:
    """One box of the equation of a receipt."""

    sign: str
    amount: int
    label: str


def words(entry: Entry) -> Words:
    """Title and second line of an entry, and its icon."""
    return Words(
        icon=ICONS[Entry.Kind(entry.kind)],
        title=explanations.title(entry),
        about=explanations.about(entry),
        who=explanations.who(entry),
    )


def terms(lines: list[Line]) -> list[Term]:
    """The boxes of an equation: the first, those taken off, and what remains; lines of nothing are left out."""
    if len(lines) < 2:
        return [Term("=", line.amount, line.label) for line in lines]
    first, *middle, last = lines
    between = [
        Term("−" if line.amount < 0 else "+", abs(line.amount), _label(line))
        for line in middle
        if line.amount
    ]
    return [Term("", first.amount, _label(first)), *between, Term("=", last.amount, _label(last))]


def shown_amount(entry: Entry) -> dict[str, Any]:
    """How the credits column reads: a hold is no expense, a release no income."""
    if entry.kind in (Entry.Kind.HOLD, Entry.Kind.RELEASE):
        verb = "held" if entry.kind == Entry.Kind.HOLD else "came back"
        return {"muted": f"{formats.num(entry.amount)} {verb}"}
    return {"amount": entry.balance_change}


def _label(line: Line) -> str:
    return f"{line.label}, {line.note}" if line.note else line.label
