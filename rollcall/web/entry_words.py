"""Ledger entries in words: what happened, and where a receipt's numbers came from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rollcall.credits.models import Entry, Grant
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


@dataclass(frozen=True)
class Term:
    """One box of the equation of a receipt."""

    sign: str
    amount: int
    label: str


def words(entry: Entry) -> Words:
    """Title and second line; everything comes from the entry's own context, so it says what was true then."""
    context = entry.context
    segment = context.get("segment", {}).get("name", "")
    grant = context.get("grant_name", "")
    titles = {
        Entry.Kind.GRANT: grant or "Credits granted",
        Entry.Kind.HOLD: f"Set aside for a search in {segment}" if segment else "Set aside",
        Entry.Kind.CHARGE: f"People added to {segment}" if segment else "People added",
        Entry.Kind.RELEASE: f"Came back from a search in {segment}" if segment else "Came back",
        Entry.Kind.REFUND: f"Refund of a contact in {segment}" if segment else "Refund of a contact",
        Entry.Kind.EXPIRY: f"{grant or 'A grant'} expired",
        Entry.Kind.VOID: f"{grant or 'A grant'} was withdrawn",
    }
    about = next(_about(context), "")
    title = titles.get(Entry.Kind(entry.kind), entry.get_kind_display())
    return Words(ICONS[Entry.Kind(entry.kind)], title, about)


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


def _about(context: dict[str, Any]) -> Iterator[str]:
    """What else the entry has to say, the most telling first."""
    if context.get("personas"):
        yield ", ".join(persona["name"] for persona in context["personas"])
    if context.get("why"):
        yield str(context["why"])
    if context.get("grant_kind"):
        kind = str(Grant.Kind(context["grant_kind"]).label)
        yield f"{kind}, {context['reference']}" if context.get("reference") else kind


def _label(line: Line) -> str:
    return f"{line.label}, {line.note}" if line.note else line.label
