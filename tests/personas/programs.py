"""Programs that tests start as processes: crowds that search at the same moment, and workers that may be killed.

Called as `python -m tests.personas.programs <act> <json>`; prints its answer as JSON.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

django.setup()

from rollcall.contacts import verify as contact_checks  # noqa: E402
from rollcall.contacts.models import Contact  # noqa: E402
from rollcall.core import clock  # noqa: E402
from rollcall.core.errors import RollcallError, TryLater  # noqa: E402
from rollcall.credits import verify  # noqa: E402
from rollcall.credits.holds import NotEnoughCredits  # noqa: E402
from rollcall.credits.models import Acquisition, Entry, Hold  # noqa: E402
from rollcall.personas import carrying, proof, runs  # noqa: E402
from rollcall.personas.models import ContactPersona, Persona, Quote, Run, RunChunk  # noqa: E402
from rollcall.segments.models import Segment, SegmentContact  # noqa: E402
from rollcall.universe import search as universe  # noqa: E402
from rollcall.workspaces import access, members  # noqa: E402
from rollcall.workspaces.models import Workspace  # noqa: E402
from tests.credits.programs import _crowd  # noqa: E402
from tests.personas.world import World, staff  # noqa: E402


def prepare(companies: int, per_company: int, amount: int, segments: int = 1) -> dict[str, int]:
    """A universe, a workspace with credits, segments of everything, a persona for everybody and one quote."""
    world = World(
        members.create_workspace(name="Crowd", now=clock.now()), access.system("crowd"), clock.now()
    )
    world.load(staff(companies, per_company))
    world.credits(amount)
    made = [world.segment(f"Segment {number}") for number in range(segments)]
    world.quote(made[0], world.persona())
    return {}


def search(chunk: int, ahead: int) -> dict[str, Any]:
    """Start the one quote with the one key, and carry the run out; `ahead`: so many seconds after the first try."""
    carrying.CHUNK = chunk
    world = _world(ahead)
    run = world.start(Quote.objects.get(pk=1), "the-key")
    universe.count_companies(version=1, query=universe.CompanyQuery())
    print("working", flush=True)
    return {"state": runs.carry_out(run_id=run.pk, now=world.now).state}


def stop() -> dict[str, Any]:
    """Stop the one run, whatever its worker is doing; nothing may move afterwards."""
    world, run_id = _world(), Run.objects.get().pk
    run = runs.stop(workspace=world.workspace, run_id=run_id, actor=world.actor, now=world.now)
    return {"state": run.state, "charged": run.charged}


def search_for_the_rest(chunk: int, ahead: int) -> dict[str, Any]:
    """End what is under way; then search for everybody who is not owned yet."""
    carrying.CHUNK = chunk
    world = _world(ahead)
    for run_id in Run.objects.filter(state__in=Run.ACTIVE).values_list("pk", flat=True):
        runs.carry_out(run_id=run_id, now=world.now)
    return {"state": world.search(_segment(0), Persona.objects.get(pk=1)).state}


def spend_the_last(first: int, threads: int, go: str) -> dict[str, int]:
    """Each wants everybody; who is refused stops where it is told, until nothing is left to spend."""

    def one(number: int) -> int:
        world, charged, stop_at = _world(), 0, None
        segment, persona = _segment(first + number), Persona.objects.get(pk=1)
        for attempt in range(300):
            quote = _again(lambda: world.quote(segment, persona, stop_at=stop_at))  # noqa: B023
            try:
                run = _again(lambda: world.start(quote, f"{first + number}-{attempt}"))  # noqa: B023
            except NotEnoughCredits as refused:
                stop_at = refused.details["stop_at"]
                if not stop_at and not world.balance()[1]:
                    return charged
                continue
            charged += runs.carry_out(run_id=run.pk).charged
            stop_at = None
        raise AssertionError("never came to an end")

    return {"charged": sum(_crowd(one, threads, go))}


def same_people(first: int, threads: int, go: str) -> dict[str, int]:
    """Each has a segment of its own, and all want the same people; all quotes are made before any run starts."""
    world, persona = _world(), Persona.objects.get(pk=1)
    quotes = [world.quote(_segment(first + number), persona) for number in range(threads)]

    def one(number: int) -> int:
        run = _again(lambda: world.start(quotes[number], f"same-{first + number}"))
        return int(runs.carry_out(run_id=run.pk).charged)

    return {"charged": sum(_crowd(one, threads, go))}


def same_key(first: int, threads: int, go: str) -> dict[str, Any]:
    """All start the one quote: half with one key, half with keys of their own."""
    outcomes: Counter[str] = Counter()

    def one(number: int) -> int:
        mine = first + number
        key = "shared" if mine % 2 else f"own-{mine}"
        try:
            run = _again(lambda: _world().start(Quote.objects.get(pk=1), key))
            outcomes[f"{key.split('-')[0]} run_{run.pk}"] += 1
        except RollcallError as error:
            outcomes[f"{key.split('-')[0]} {error.code}"] += 1
        return 0

    _crowd(one, threads, go)
    return {"outcomes": dict(outcomes)}


def same_run(first: int, threads: int, go: str) -> dict[str, Any]:
    """All are workers who find the same queued run."""
    carrying.CHUNK = 3
    run = _world().start(Quote.objects.get(pk=1), "the-key")
    return {"states": sum(_crowd(lambda number: len(runs.carry_out(run_id=run.pk).state), threads, go))}


def check() -> dict[str, Any]:
    """What there is now, and what the proof says of it."""
    found = verify.verify(extra_checks=[contact_checks.checks, proof.checks])
    charges = Entry.objects.filter(kind="charge").values_list("amount", flat=True)
    return {
        "bad": [(check.code, check.bad) for check in found.checks if not check.ok],
        "claims": Acquisition.objects.count(),
        "contacts": Contact.objects.count(),
        "charged": sum(charges),
        "placed": SegmentContact.objects.count(),
        "named": ContactPersona.objects.count(),
        "batches": RunChunk.objects.count(),
        "balance": list(_world().balance()),
        "open_holds": Hold.objects.filter(is_open=True).count(),
        "runs": dict(Counter(Run.objects.values_list("state", flat=True))),
    }


def _world(ahead: int = 0) -> World:
    workspace = Workspace.objects.get()
    return World(workspace, access.system("crowd"), clock.now() + timedelta(seconds=ahead))


def _segment(number: int) -> Segment:
    return Segment.objects.order_by("pk")[number % Segment.objects.count()]


def _again(work: Callable[[], Any]) -> Any:
    """A caller who is told to try later does so, with the same key."""
    for _ in range(50):
        try:
            return work()
        except TryLater:
            continue
    raise AssertionError("busy for ever")


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
