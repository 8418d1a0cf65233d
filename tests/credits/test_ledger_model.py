"""Any order of verbs, at any times: the ledger does what a small oracle says, and no retry changes anything."""

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test as run_machine

from tests.credits import reach
from tests.credits.machine import LedgerMachine, reached

# A long run is random and tells as many histories as it is asked for; the everyday one is the same each day.
HISTORIES = int(os.environ.get("ROLLCALL_HISTORIES", "0"))
EVERYDAY, STEPS = 60, 50
FIRST, LATER = 0, 1


def _within_budgets(of: LedgerMachine) -> None:
    """One search under a limit: too much for it, too much for the balance, charges over two grants, refunds."""
    of.budget(is_daily=False, segment=1, limit=12)
    of.place(13, 1, everything=1)  # 13 credits are there, the limit is 12
    of.change_budget(0, 30)
    of.place(14, 1, everything=1)
    of.place(8, 1, everything=1)  # of two grants
    of.capture(LATER, mostly=1, pairs=_people(0, 6), fill=2)
    of.capture(LATER, mostly=1, pairs=_people(0, 6), fill=2)  # nobody is new
    of.capture(LATER, mostly=1, pairs=_people(6, 9), fill=2)  # three, and two are left
    of.capture(LATER, mostly=1, pairs=_people(6, 7), fill=2)
    of.again(*of.done[-1])
    for pick in range(3):
        of.refund(pick, (1, 1), mostly=6)
    of.charge_one((20, 1), 1, broke=1)
    of.change_budget(0, 0)
    of.charge_one((20, 2), 1, broke=1)
    of.release(LATER, mostly=1)
    of.change_budget(0, None)
    of.budget(is_daily=True, segment=None, limit=30)
    of.place(1, None, everything=1)


def _several_grants_end(of: LedgerMachine) -> None:
    """A hold of two grants: both end while it is open; credits of a third come back after its end."""
    of.place(13, None, everything=1)
    of.capture(LATER, mostly=1, pairs=_people(0, 3), fill=2)
    of.grant(2, "promotional", None, 5)
    of.grant(3, "package", None, 5)
    of.time_passes(24)
    of.sweep(several=True)
    of.refund(0, (1, 1), mostly=6)
    of.release(LATER, mostly=1)
    of.release(LATER, mostly=0)
    of.release(FIRST, mostly=1)
    of.grant(2, "promotional", None, 5)
    of.time_passes(6)
    of.sweep(several=False)


def _all_is_spent(of: LedgerMachine) -> None:
    """Charges of a free hold, asked again while it is open; it is used up; what is left is voided and taken."""
    of.place(13, None, everything=1)
    of.void(1, partly=True)  # nothing is left of any
    of.capture(LATER, mostly=1, pairs=_people(0, 12), fill=2)
    of.again(*of.done[-1])
    of.capture(LATER, mostly=1, pairs=_people(0, 5), fill=2)
    of.again(*of.done[-1])
    of.capture(LATER, mostly=1, pairs=_people(20, 29), fill=2)
    of.capture(LATER, mostly=1, pairs=_people(12, 13), fill=2)
    of.again(*of.done[-1])
    of.release(LATER, mostly=1)
    of.capture(LATER, mostly=0, pairs=_people(40, 41), fill=2)
    of.capture(LATER, mostly=0, pairs=[], fill=1)
    of.charge_one((30, 1), None, broke=1)
    of.charge_one((1, 1), None, broke=1)
    of.grant(3, "promotional", None, 5)
    of.time_passes(6)
    of.charge_one((31, 1), None, broke=1)  # by a hold, for something is over
    of.grant(9, "package", None, None)
    of.place(2, None, everything=1)
    of.void(0, partly=True)
    of.void(0, partly=False)
    of.adjust(4, 1)
    of.grant(4, "top_up", None, None)
    of.adjust(6, -1)
    of.adjust(6, -1)


def _people(start: int, stop: int) -> list[tuple[int, int]]:
    return [(profile, 1) for profile in range(1 + start, 1 + stop)]


def _tell(tale: Callable[[LedgerMachine], None]) -> None:
    told = LedgerMachine()
    told.begin([9, 9], held=5, budgets=True)
    tale(told)
    told.each_claim_is_the_same()
    told.teardown()


@pytest.mark.slow
def test_g1_g2_g3_g5_c3_c10_any_history_is_what_the_oracle_says(db: None) -> None:
    """What seldom happens by chance is told first, each time; then chance."""
    for tale in (_within_budgets, _several_grants_end, _all_is_spent):
        _tell(tale)
    run_machine(
        LedgerMachine,
        settings=settings(
            max_examples=HISTORIES or EVERYDAY, derandomize=not HISTORIES, stateful_step_count=STEPS, deadline=None,
            suppress_health_check=list(HealthCheck), database=None,
        ),
    )  # fmt: skip
    print(reached.table(reach.LEDGER))
    assert not reached.missing(reach.LEDGER), reached.table(reach.LEDGER)
