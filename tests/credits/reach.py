"""Which situations a test generator met: act × state × grants × outcome, as a table that a person can read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

DONE, AGAIN = "done", "again"


@dataclass(frozen=True, order=True)
class Cell:
    """An act, what it met, over how many grants it went, and what came of it."""

    act: str
    state: str
    grants: str
    outcome: str


@dataclass
class Reach:
    """How often each cell was met."""

    hits: Counter[Cell] = field(default_factory=Counter)

    def hit(self, act: str, state: str, grants: int | None, outcome: str) -> None:
        number = "–" if grants is None else "2+" if grants > 1 else str(grants)
        self.hits[Cell(act, state, number, outcome)] += 1

    def missing(self, wanted: Iterable[Cell]) -> list[Cell]:
        return sorted(cell for cell in wanted if not self.hits[cell])

    def table(self, wanted: Iterable[Cell]) -> str:
        """Every cell that was met or wanted, with its number; what is missing stands out."""
        listed = sorted({*self.hits, *wanted})
        lines = [f"{'act':<11} {'state':<22} {'grants':<6} {'outcome':<26} {'met':>8}"]
        for cell in listed:
            met = f"{self.hits[cell]:>8,}" if self.hits[cell] else "   NEVER"
            lines.append(f"{cell.act:<11} {cell.state:<22} {cell.grants:<6} {cell.outcome:<26} {met}")
        return "\n".join(lines)


def cells(text: str) -> set[Cell]:
    """Wanted cells, one group a line: `act: state, state / 1, 2+ / done, again` is all that they multiply to."""
    found = set()
    for line in text.strip().splitlines():
        act, _, rest = line.partition(":")
        states, grants, outcomes = ([word.strip() for word in part.split(",")] for part in rest.split("/"))
        found |= {Cell(act.strip(), s, g, o) for s in states for g in grants for o in outcomes}
    return found


# What the histories must have met, all together: a generator that never goes there proves nothing about it.
# act: what it met / over how many grants / what came of it
LEDGER = cells("""
grant: now, later, ends / 1 / done, again
hold: budgeted, free / 1, 2+ / done, again
hold: budgeted, free / – / NotEnoughCredits
hold: budgeted / – / BudgetExceeded
charge: open, open budgeted / 0, 1, 2+ / done
charge: open, closed / 1, 2+ / again
charge: open, open budgeted / – / HoldTooSmall
charge: closed / – / HoldClosed
charge: closed / 0 / done
one: straight, by a hold / 1 / done, again
one: owned / 0 / done
one: straight, by a hold / – / NotEnoughCredits
one: by a hold / – / BudgetExceeded
release: used up / 0 / done
release: open / 1, 2+ / done, again
release: a grant is over / 1, 2+ / done
release: closed / 0 / done, again
refund: charged, charged straight, budgeted / 1 / done, again
refund: its grant is over / 2+ / done, again
refund: charged / – / AlreadyRefunded
refund: never charged / – / NeverCharged
void: whole, partly held / 1 / done, again
void: empty / – / NothingLeft
expiry: over / 1, 2+ / done
adjust up: – / 1 / done, again
adjust down: – / 1, 2+ / done, again
adjust down: – / – / NotEnoughToTake
budget: fresh, with history / – / done
budget: lowered, ended / – / done
""")
