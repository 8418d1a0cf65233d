"""Requests whose answers are cut off and which are sent again, by the thousand: effects equal acts, not requests.

    python -m tests.campaigns.lost_answers --requests 10000
    python -m tests.campaigns.lost_answers --requests 10000 --database postgres

Each act (start a search, ask for a package) has one idempotency key and is sent one to five times through a way that
loses three in ten answers after the server did the work; whoever gets no answer sends again. At the end the searches
are carried out and everything is counted and proved.
"""

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.campaigns import places

SHARE_LOST = 0.3
PEOPLE_AT_ONCE = 6
START_SECONDS = 60


def main() -> None:
    parser = places.options(__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    given = parser.parse_args()
    os.environ["ROLLCALL_API_REQUESTS_PER_MINUTE"] = "1000000"
    with places.place(given.database):
        campaign = Campaign(random.Random(given.seed))
        campaign.carry_out(given.requests)
        print(json.dumps(campaign.report, indent=2))
        sys.exit(1 if campaign.report["bad"] else 0)


@dataclass
class Campaign:
    """What was asked for, under which key, and what the answers said."""

    dice: random.Random
    sent: Counter[str] = field(default_factory=Counter)
    answers: dict[str, set[str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    report: dict[str, Any] = field(default_factory=lambda: {"bad": []})

    def carry_out(self, requests: int) -> None:
        from tests.clients import cutting

        # Three sends an act, on the average of one to five.
        acts = max(6, requests // 3)
        world, secret, quotes = _world(acts)
        with Server() as url, cutting.line(url, share_lost=SHARE_LOST, seed=7) as way:
            self._crowd(way.url, secret, quotes, acts)
            lost = len(way.lost)
        self._count(world, acts, lost)

    def _crowd(self, url: str, secret: str, quotes: list[str], acts: int) -> None:
        numbers = list(range(acts))
        failures: list[BaseException] = []

        def person() -> None:
            from rollcall.clients import transport
            from rollcall.clients.http import Client

            transport.PAUSE_SECONDS = 0.001
            try:
                with Client(url=url, key=secret) as client:
                    while True:
                        with self.lock:
                            if not numbers:
                                return
                            number, times = numbers.pop(), self.dice.randint(1, 5)
                        for _ in range(times):
                            self._act(client, number, quotes)
            except BaseException as error:
                failures.append(error)

        crowd = [threading.Thread(target=person) for _ in range(PEOPLE_AT_ONCE)]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join()
        if failures:
            raise failures[0]

    def _act(self, client: Any, number: int, quotes: list[str]) -> None:
        """Ask until there is an answer, always with the same key."""
        from rollcall.clients.http import Unreachable

        key = f"act-{number}"
        for _ in range(50):
            with self.lock:
                self.sent["requests"] += 1
            try:
                if number < len(quotes):
                    answer = client.runs.start(quote_id=quotes[number], idempotency_key=key)
                else:
                    answer = client.packages.request(
                        credits_wanted=1 + number, note=key, reply_email="a@example.com", idempotency_key=key
                    )
                break
            except Unreachable:
                continue
        else:
            raise AssertionError("no answer in fifty tries")
        with self.lock:
            self.answers.setdefault(key, set()).add(answer["id"])

    def _count(self, world: Any, acts: int, lost: int) -> None:
        from django.conf import settings

        from rollcall.core import jobs
        from rollcall.credits.models import Acquisition, Entry, Hold, PackageRequest
        from rollcall.personas import proof
        from rollcall.personas.models import Run
        from rollcall.server.commands import serving

        holds = Hold.objects.count()
        held = world.balance()[1]
        settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
        serving.register_sweeps()
        while jobs.run_all():
            pass
        found = proof.prove()
        made = {"searches": Run.objects.count(), "package requests": PackageRequest.objects.count()}
        charged = sum(Entry.objects.filter(kind="charge").values_list("amount", flat=True))
        wrong = {
            "one key gave several answers": [key for key, ids in self.answers.items() if len(ids) > 1],
            "acts and effects differ": [] if sum(made.values()) == acts == len(self.answers) else [made],
            "searches and holds differ": [] if holds == made["searches"] else [holds],
            "credits and people differ": [] if charged == Acquisition.objects.count() else [charged],
            "credits are still held": [] if world.balance()[1] == 0 else [world.balance()],
            "the ledger does not add up": [check.bad for check in found.checks if not check.ok],
        }
        self.report["bad"] = [f"{what}: {which}" for what, which in wrong.items() if which]
        self.report |= {
            "acts": acts, "requests": self.sent["requests"], "answers lost": lost, **made,
            "held before": held, "charged": charged,
        }  # fmt: skip


def _world(acts: int) -> tuple[Any, str, list[str]]:
    """A workspace with credits for every search, and an estimate for two acts in three."""
    from rollcall.core import clock, ids
    from rollcall.credits import capped_keys
    from rollcall.workspaces import access, members
    from tests.personas.world import World, staff

    now = clock.now()
    workspace = members.create_workspace(name="Lost answers", now=now)
    world = World(workspace, access.system("campaign"), now)
    world.load(staff(30))
    world.credits(10_000_000)
    segment, persona = world.segment(), world.persona()
    quotes = [world.quote(segment, persona, stop_at=1 + n % 5) for n in range(acts * 2 // 3)]
    _, secret = capped_keys.create(
        workspace=workspace,
        name="Campaign",
        role="admin",
        actor=world.actor,
        now=now,
        credits_per_month=10**9,
    )
    return world, secret, [ids.public("quo", quote.pk) for quote in quotes]


class Server:
    """The product's own web server, in a process of its own, over the same database."""

    def __enter__(self) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "rollcall.server", "serve", "--port", str(port), "--no-migrate"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return f"http://127.0.0.1:{port}"
            except OSError:
                time.sleep(0.1)
        self.process.kill()
        raise AssertionError("the server did not start")

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


if __name__ == "__main__":
    main()
