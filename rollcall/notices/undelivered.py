"""What did not arrive: letters and calls that wait or were given up, for the operator."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from rollcall.notices.models import Call, Letter, State

SHOWN = 20


@dataclass(frozen=True)
class Undelivered:
    """How many wait and have failed, and the newest letters that failed."""

    letters_waiting: int
    letters_failed: int
    calls_waiting: int
    calls_failed: int
    failed: list[Letter]


def look() -> Undelivered:
    """Over all workspaces; whoever owns an endpoint sees its calls in the log of deliveries."""
    letters, calls = _counts(Letter), _counts(Call)
    newest = Letter.objects.filter(state=State.FAILED).select_related("workspace").order_by("-pk")
    return Undelivered(
        letters_waiting=letters.get(State.WAITING, 0),
        letters_failed=letters.get(State.FAILED, 0),
        calls_waiting=calls.get(State.WAITING, 0),
        calls_failed=calls.get(State.FAILED, 0),
        failed=list(newest[:SHOWN]),
    )


def send_letters_again(*, now: datetime) -> int:
    """All letters that were given up are tried once more, from the first attempt; how many that are."""
    failed = Letter.objects.filter(state=State.FAILED)
    return failed.update(state=State.WAITING, attempts=0, due_at=now, problem="")


def _counts(table: type[Letter] | type[Call]) -> dict[str, int]:
    found = table._default_manager.exclude(state=State.SENT).values_list("state")
    return dict(found.annotate(number=Count("pk")))
