"""kill -9, again and again, while many spend at random: no credit lost, none charged twice, the proof green throughout.

    python -m tests.campaigns.kills --kills 1000
    python -m tests.campaigns.kills --kills 1000 --database postgres

Half of the workers are killed from outside at a random moment, half kill themselves at a random fault point of the
ledger. The dead are replaced by others who begin with the same keys. The ledger is proved while others spend, and once
more, with every hold closed and every entry sealed, at the end; a checkpoint of each proof must still be contained.
"""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.campaigns import places

WORKERS = 4
PROVE_EVERY = 50
# Keys come from so many lives: most of the dead are followed by one who repeats what they did.
LIVES = 40


def main() -> None:
    parser = places.options(__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    given = parser.parse_args()
    with places.place(given.database):
        campaign = Campaign(random.Random(given.seed))
        campaign.carry_out(given.kills)
        print(json.dumps(campaign.report, indent=2))
        sys.exit(1 if campaign.report["bad"] else 0)


@dataclass
class Campaign:
    """Who is alive, and what was found."""

    dice: random.Random
    alive: dict[int, str] = field(default_factory=dict)
    deaths: Counter[str] = field(default_factory=Counter)
    checkpoints: list[dict[str, Any]] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=lambda: {"bad": [], "proofs": 0})

    def carry_out(self, kills: int) -> None:
        from tests.credits import programs

        programs.prepare(amounts=[5_000, 10_000_000])
        _forget_connection()
        proved = 0
        while (done := sum(self.deaths.values())) < kills:
            while len(self.alive) < WORKERS:
                self._start()
            time.sleep(self.dice.uniform(0.01, 0.12))
            if self.dice.random() < 0.5:
                self._kill(self.dice.choice(sorted(self.alive)))
            self._bury()
            if done // PROVE_EVERY > proved:
                proved = done // PROVE_EVERY
                self._prove(f"after {done} deaths")
        for worker in sorted(self.alive):
            self._kill(worker)
        self._bury()
        self._end()

    def _start(self) -> None:
        """A copy of this process, which has everything imported: a new life costs a few milliseconds."""
        point = self.dice.choice(_points()) if self.dice.random() < 0.5 else ""
        faults = f"{point}=kill@{self.dice.randint(1, 12)}" if point else ""
        life = self.dice.randrange(LIVES)
        worker = os.fork()
        if worker:
            self.alive[worker] = point or "from outside"
            return
        os.environ["ROLLCALL_FAULTS"] = faults
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            from tests.credits import programs

            programs.spend_for_ever(seed=life)
        except BaseException as error:
            Path(os.environ["ROLLCALL_HOME"], f"failed-{os.getpid()}").write_text(repr(error))
        finally:
            os._exit(7)

    def _kill(self, worker: int) -> None:
        os.kill(worker, signal.SIGKILL)

    def _bury(self) -> None:
        for worker in list(self.alive):
            died, status = os.waitpid(worker, 0 if self._is_dead(worker) else os.WNOHANG)
            if not died:
                continue
            how = self.alive.pop(worker)
            if os.WIFSIGNALED(status):
                self.deaths[how] += 1
            failed = Path(os.environ["ROLLCALL_HOME"], f"failed-{worker}")
            if failed.exists():
                self.report["bad"].append(f"a worker failed: {failed.read_text()[:300]}")

    def _is_dead(self, worker: int) -> bool:
        stat = Path(f"/proc/{worker}/stat")
        return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"

    def _prove(self, when: str) -> dict[str, Any]:
        from rollcall.core import clock
        from rollcall.credits import chain
        from rollcall.workspaces.models import Workspace
        from tests.credits import programs

        found = programs.check()
        workspace = Workspace.objects.get()
        for kept in self.checkpoints[-3:]:
            answer = chain.check(workspace=workspace, checkpoint=kept)
            if not answer.ok:
                self.report["bad"].append(f"{when}: {answer.words}")
        self.checkpoints.append(chain.checkpoint(workspace=workspace, now=clock.now()))
        self.report["proofs"] += 1
        self.report["bad"] += [f"{when}: {bad}" for bad in found["bad"]]
        _forget_connection()
        return found

    def _end(self) -> None:
        """Whoever owns the holds closes them; then nothing is held, and all is sealed."""
        from rollcall.core import clock
        from rollcall.credits import chain
        from tests.credits import programs

        programs.close_all()
        chain.sweep(now=clock.now())
        found = self._prove("at the end")
        if found["open_holds"] or found["balance"][1]:
            self.report["bad"].append("credits are held when nobody is there any more")
        if found["claims"] != found["charged"]:
            self.report["bad"].append(f"{found['claims']} people, {found['charged']} credits")
        never = [point for point in _points() if not self.deaths[point]]
        self.report |= {
            "kills": sum(self.deaths.values()),
            "at": dict(sorted(self.deaths.items())),
            "never killed at": never,
            "charged": found["charged"],
            "sealed": self.checkpoints[-1]["sealed"],
            "unsealed": self.checkpoints[-1]["unsealed"],
        }


def _points() -> list[str]:
    """Those of the verbs that the workers use, by the names that they go by in the modules."""
    from rollcall.core import faults
    from rollcall.credits import adjustments, captures, chain, grants, holds, refunds, singles

    modules = (adjustments, captures, chain, grants, holds, refunds, singles)
    named = {value for module in modules for value in vars(module).values() if isinstance(value, str)}
    return sorted(named & faults.POINTS.keys())


def _forget_connection() -> None:
    from django.db import connections

    connections.close_all()


if __name__ == "__main__":
    main()
