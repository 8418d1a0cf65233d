"""Random histories of credits, made of public functions: what statements and usage are tried on."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from rollcall.core.errors import RollcallError
from rollcall.credits import grants, holds, refunds, singles
from rollcall.credits.models import Acquisition, Grant
from rollcall.workspaces import access, members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.credits import acts

ZONES = ("UTC", "Europe/Paris", "Pacific/Auckland", "America/New_York", "Asia/Kathmandu")
START = datetime(2025, 11, 20, tzinfo=UTC)
ACTORS = (
    Actor(ref="usr_1", label="Alice Moreau"),
    Actor(ref="usr_2", label="Dana Whitfield"),
    Actor(ref="key_1", label="API key Pipeline"),
    access.system("automation"),
)


@dataclass
class History:
    """One workspace and what happened in it, over about five months."""

    workspace: Workspace
    random: Random
    now: datetime = START
    people: int = 0
    open: list[int] = field(default_factory=list)

    def step(self) -> None:
        """Some time passes, mostly little; then one act, which may be refused."""
        self.now += timedelta(minutes=self.random.choice((1, 90, 700, 3000, 12000)))
        verbs = (
            self.grant,
            self.search,
            self.search,
            self.one,
            self.search,
            self.refund,
            self.void,
            self.hold,
            self.end,
        )
        with suppress(RollcallError):
            self.random.choice(verbs)()

    def grant(self) -> None:
        days = self.random.choice((None, 3, 25, 90))
        acts.grant(
            self.workspace,
            self.random.randint(1, 60),
            self.now,
            kind=self.random.choice(("package", "promotional", "top_up")),
            name=f"Grant {self.random.randint(1, 9)}",
            effective_at=self.now + timedelta(days=self.random.choice((0, 0, 0, 10))),
            expires_at=days and self.now + timedelta(days=days + 10),
        )

    def hold(self) -> None:
        self._place()

    def search(self) -> None:
        """Hold, one or two charges for some personas or none, and mostly a release."""
        number, context = self._place()
        actor = self.random.choice(ACTORS)
        for _ in range(self.random.randint(1, 2)):
            some = range(self.people, self.people + self.random.randint(1, 5))
            self.people += self.random.randint(0, 4)
            found = [self.random.choice((None, 1, 2, 3)) for _ in some] if self.random.random() < 0.8 else []
            held = holds.find(workspace=self.workspace, hold_id=number)
            acts.capture(
                self.workspace, held, [(n, 1) for n in some], self.now,
                persona_ids=found, run_id=held.run_id, actor=actor, context=context,
            )  # fmt: skip
            self.now += timedelta(minutes=self.random.choice((1, 2000)))
        if self.random.random() < 0.8:
            self.end()

    def one(self) -> None:
        """A single person, straight from what is available, without a hold."""
        self.people += 1
        singles.charge(
            workspace=self.workspace, profile_id=self.people, company_id=1, key=acts.new_key(),
            actor=self.random.choice(ACTORS), now=self.now, purpose=holds.Purpose(2, None, {3: 1}),
            context={"segment": {"id": "seg_2", "name": "Segment 2"}},
        )  # fmt: skip

    def end(self) -> None:
        if self.open:
            number = self.open.pop()
            held = holds.find(workspace=self.workspace, hold_id=number)
            acts.release(self.workspace, held, self.now)

    def refund(self) -> None:
        claims = list(Acquisition.objects.filter(workspace=self.workspace).order_by("profile_id"))
        claim = self.random.choice(claims) if claims else None
        if claim:
            refunds.refund(
                workspace=self.workspace, profile_id=claim.profile_id, company_id=1, key=acts.new_key(),
                why="merged", actor=access.system("refunds"), now=self.now,
            )  # fmt: skip

    def void(self) -> None:
        mine = list(Grant.objects.filter(workspace=self.workspace).order_by("id"))
        if mine and self.random.random() < 0.3:
            grants.void(
                workspace=self.workspace, grant_id=self.random.choice(mine).pk, key=acts.new_key(),
                actor=acts.ACTOR, now=self.now,
            )  # fmt: skip

    def _place(self) -> tuple[int, dict[str, object]]:
        segment = self.random.choice((None, 1, 2))
        run = self.random.randint(1, 50)
        context: dict[str, object] = {
            "personas": [{"id": f"per_{n}", "name": f"Persona {n}"} for n in (1, 2, 3)]
        }
        if segment:
            context["segment"] = {"id": f"seg_{segment}", "name": f"Segment {segment}"}
        held = acts.hold(
            self.workspace,
            self.random.randint(1, 12),
            self.now,
            run_id=run,
            purpose=holds.Purpose(segment_id=segment, automation_id=self.random.choice((None, None, 1))),
            context=context,
        )
        self.open.append(held.pk)
        return held.pk, context


def told(seed: int, steps: int = 60) -> History:
    """The history of this seed, in a workspace of its own and a time zone of its own."""
    random = Random(seed)
    made = members.create_workspace(
        name=f"History {acts.new_key()}", now=START, time_zone=random.choice(ZONES)
    )
    history = History(made, random)
    acts.grant(made, 80, history.now, name="First")
    for _ in range(steps):
        history.step()
    grants.expire_due(workspace=made, now=history.now)
    assert ZoneInfo(made.time_zone)
    return history
