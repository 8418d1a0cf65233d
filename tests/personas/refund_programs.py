"""Programs that tests start as processes: crowds that report, merge, forget and search at once, and some to be killed.

Called as `python -m tests.personas.refund_programs <act> <json>`; prints its answer as JSON.
"""

import json
import sys
from datetime import timedelta
from functools import partial
from typing import Any

import django

django.setup()

from rollcall.contacts import bounces, departures, erasure, merging, refresh  # noqa: E402
from rollcall.contacts.bounce_rows import made  # noqa: E402
from rollcall.contacts.models import LIVE, Contact, Departure  # noqa: E402
from rollcall.core.errors import RollcallError  # noqa: E402
from rollcall.credits import refund_rules  # noqa: E402
from rollcall.credits.models import Entry  # noqa: E402
from rollcall.personas.models import Persona  # noqa: E402
from rollcall.segments.models import Segment, SegmentContact  # noqa: E402
from rollcall.workspaces.access import Actor  # noqa: E402
from tests.personas import programs  # noqa: E402
from tests.personas.programs import _again, _crowd, _segment, _world, prepare  # noqa: E402
from tests.personas.world import Roster  # noqa: E402

DESK = Actor(ref="usr_0", label="Desk", is_operator=True)
__all__ = ["prepare"]


def bought(cap: int | None = None) -> dict[str, int]:
    """Everybody is owned; the operator has set a cap for each cause."""
    world = _world()
    world.search(_segment(0), Persona.objects.get(pk=1))
    for cause in ("hard_bounce", "left_before", "merged"):
        refund_rules.set_(
            workspace=None,
            cause=cause,
            is_on=True,
            window_days=30,
            cap_credits=cap,
            actor=DESK,
            now=world.now,
        )
    return {"bought": world.claims()}


def report(first: int, threads: int, go: str) -> dict[str, int]:
    """Each reports everybody, in an order of its own, under a key of its own."""
    numbers = list(Contact.objects.order_by("pk").values_list("pk", flat=True))

    def one(number: int) -> int:
        shift = 7 * (first + number) % len(numbers)
        return _report([*numbers[shift:], *numbers[:shift]], f"report-{first + number}")

    return {"given_back": sum(_crowd(one, threads, go))}


def report_once(batch: int) -> dict[str, int]:
    """Everybody, under one key; may be killed and is then sent again."""
    bounces.BATCH = batch
    return {
        "given_back": _report(list(Contact.objects.order_by("pk").values_list("pk", flat=True)), "the-report")
    }


def merge(first: int, threads: int, go: str) -> dict[str, int]:
    """All merge the same neighbours at the same companies, half of them the other way round."""
    people = list(Contact.objects.order_by("company_id", "profile_id"))
    pairs = [
        (a.pk, b.pk) for a, b in zip(people[::2], people[1::2], strict=True) if a.company_id == b.company_id
    ]

    def one(number: int) -> int:
        done = 0
        for pair in pairs:
            try:
                _again(partial(_merge, *(pair[::-1] if number % 2 else pair)))
                done += 1
            except merging.MergedElsewhere:
                pass
        return done

    return {"merged": sum(_crowd(one, threads, go))}


def search(first: int, threads: int, go: str) -> dict[str, int]:
    """Each searches for everybody in a segment of its own, again and again."""
    persona = Persona.objects.get(pk=1)

    def one(number: int) -> int:
        return int(_again(lambda: _world().search(_segment(first + number), persona)).charged)

    return {"charged": sum(_crowd(one, threads, go))}


def forget(first: int, threads: int, go: str) -> dict[str, int]:
    """Each asks for some people to be forgotten everywhere, while others are buying them."""

    def one(number: int) -> int:
        return _again(
            lambda: erasure.forget_everywhere(profile_id=1 + first + number, actor=DESK, now=_world().now)
        ).contacts

    return {"forgotten": sum(_crowd(one, threads, go))}


def leave() -> dict[str, int]:
    """A month later nobody is there any more: all had left before they were bought."""
    world = _world(86_400)
    version = world.load([(99, 1, "Engineer"), *[(n, 90_000 + n, "Heir") for n in range(1, 11)]],
                         as_of=Roster([]).as_of + timedelta(days=40))  # fmt: skip
    refresh.run(workspace=world.workspace, version=version, now=world.now)
    return {"waiting": Departure.objects.filter(decided_at=None).count()}


def decide(batch: int) -> dict[str, int]:
    """Sweep until nothing waits."""
    departures.BATCH = batch
    done = 0
    while found := departures.sweep(now=_world(86_400).now):
        done += found
    return {"done": done}


def check() -> dict[str, Any]:
    """What there is now, and what the proof says of it."""
    live = SegmentContact.objects.filter(removed_at=None)
    return programs.check() | {
        "refunds": Entry.objects.filter(kind="refund").count(),
        "live": Contact.objects.filter(LIVE).count(),
        "misplaced": live.exclude(contact__in=Contact.objects.filter(LIVE)).count(),
        "counted": sum(Segment.objects.values_list("contact_count", flat=True)) - live.count(),
        "named_still": Contact.objects.exclude(erased_at=None).exclude(full_name="").count(),
    }


def _merge(winner_id: int, loser_id: int) -> None:
    world = _world()
    merging.merge(
        workspace=world.workspace,
        winner_id=winner_id,
        loser_id=loser_id,
        reason="",
        actor=world.actor,
        now=world.now,
    )


def _report(numbers: list[int], key: str) -> int:
    world = _world()
    rows = [made(contact_id=f"con_{number}", status="5.1.1") for number in numbers]
    try:
        done = _again(
            lambda: bounces.report(
                workspace=world.workspace, rows=rows, key=key, actor=world.actor, now=world.now
            )
        )
    except RollcallError as error:
        raise AssertionError(error.message) from error
    return int(done.given_back)


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
