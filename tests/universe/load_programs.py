"""Programs that tests start as processes: an operator asks for a load of files, and workers that may be killed.

Called as `python -m tests.universe.load_programs <act> <json>`; prints its answer as JSON.
"""

import json
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402

from rollcall.core import clock, jobs  # noqa: E402
from rollcall.universe import versions  # noqa: E402
from rollcall.universe.loads import asking, leases, sweeps  # noqa: E402
from rollcall.universe.models import SourceLoad  # noqa: E402
from rollcall.universe.sources import files  # noqa: E402
from rollcall.universe.sources.files import staging  # noqa: E402
from rollcall.workspaces.access import Actor  # noqa: E402

assert sweeps  # registers what workers do
staging.PART_ROWS = 400
OLGA = Actor(ref="usr_1", label="Olga", is_operator=True)
TRIES, PAUSE_SECONDS = 600, 0.1


def prepare(rows: int) -> dict[str, Any]:
    """A file in the inbox, looked at, its check asked for."""
    path = Path(settings.ROLLCALL_HOME) / "inbox" / "people.jsonl"
    path.parent.mkdir()
    lines = (
        {"id": str(n), "n": "" if n % 500 == 7 else f"P{n} Q{n}", "t": "CEO", "d": f"c{n % 40}.com"}
        for n in range(rows)
    )
    path.write_text("\n".join(json.dumps(line) for line in lines))
    made = asking.begin(kind="inbox", place=path.name, name=path.name, actor=OLGA, now=clock.now())
    jobs.Worker(lane=jobs.LOOKS).run_once()
    mapping = files.make(
        source="crm", kind="records", licence="own", lawful_basis="consent", company={"domain": "d"},
        people={"person_id": "id", "full_name": "n", "title": "t"},
    )  # fmt: skip
    asking.check(load_id=made.pk, mapping=mapping, as_of=date(2026, 8, 31), actor=OLGA, now=clock.now())
    return {}


def work(lease_seconds: float) -> dict[str, Any]:
    """A worker until the load has ended, which an operator asks for as soon as it is checked."""
    leases.LEASE = timedelta(seconds=lease_seconds)
    worker = jobs.Worker(lane=jobs.LOADS)
    for _ in range(TRIES):
        load = SourceLoad.objects.get()
        if load.state == SourceLoad.State.CHECKED:
            try:
                asking.load(load_id=load.pk, actor=OLGA, now=clock.now())
            except asking.NotNow:
                continue
        if load.state in (SourceLoad.State.DONE, SourceLoad.State.FAILED):
            break
        if not worker.run_once():
            time.sleep(PAUSE_SECONDS)
    load = SourceLoad.objects.get()
    newest = versions.current()
    return {
        "state": load.state, "version": load.version, "versions": newest, "problem": load.problem,
        "people": versions.get(newest).profiles if newest else 0, "rejected": (load.report or {}).get("rejected"),
        "staged": len(list(staging.home().iterdir())) if staging.home().is_dir() else 0,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
