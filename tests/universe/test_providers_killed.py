"""A search is killed at any instant and begun again: no page is bought twice, and what nobody knows is told."""

import json
import os
import random
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollcall.core import faults
from rollcall.universe.providers import buying, registry
from tests import forked, migrated
from tests.universe import provider_samples
from tests.universe.fake_provider import KEY, Fake, listening
from tests.universe.provider_examples import SIZE, small

COUNT = 33
PAGES = 5
POINTS = ("planned", "sent", "answered", "stored", "settled")


@pytest.fixture
def installation(tmp_path: Path) -> dict[str, str]:
    """The environment of an installation of its own, with an empty database and a key."""
    server = os.environ.get("ROLLCALL_DATABASE_URL", "")
    address = migrated.copy(tmp_path, server=server, name=f"killed_{uuid.uuid4().hex}")
    environment = {
        **os.environ,
        "ROLLCALL_HOME": str(tmp_path),
        "ROLLCALL_DATABASE_URL": address,
        "ROLLCALL_SECRET_KEY": "0" * 50,
        "ROLLCALL_ALLOW_PRIVATE_WEBHOOKS": "1",
        "ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_KEY": KEY,
        "DJANGO_SETTINGS_MODULE": "rollcall.settings",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    environment.pop("ROLLCALL_FAULTS", None)
    return environment


@pytest.fixture
def fake(request: pytest.FixtureRequest) -> Iterator[Fake]:
    about = small(registry.get("people_data_labs").about)
    made = Fake(about, about.endpoints[0], provider_samples.records(about.name, "people", COUNT))
    made.knows_keys = getattr(request, "param", True)
    with listening(made) as here:
        yield here


def start(installation: dict[str, str], fake: Fake, fault: str = "", size: int = SIZE) -> forked.Program:
    arguments = [fake.url, str(size), "1000", "5"]
    return forked.Program(
        ["-m", "tests.universe.provider_programs", *arguments], env=installation | {"ROLLCALL_FAULTS": fault}
    )


def run(installation: dict[str, str], fake: Fake, fault: str = "") -> tuple[int | None, dict[str, Any], str]:
    process = start(installation, fake, fault)
    out, err = process.communicate()
    return process.returncode, json.loads(out or "{}"), err


def test_every_fault_point_of_a_call_is_declared() -> None:
    declared = {name for name in faults.POINTS if name.startswith("providers.call.")}
    assert declared == {f"providers.call.{point}" for point in POINTS} and buying.SENT in declared


@pytest.mark.parametrize(
    ("fake", "point"), [*((True, point) for point in POINTS), (False, "answered")], indirect=["fake"]
)
def test_killed_at_a_fault_point_it_goes_on(installation: dict[str, str], fake: Fake, point: str) -> None:
    """Only a page that was bought and is nowhere yet is asked for again; it is told as maybe bought."""
    code, _, err = run(installation, fake, f"providers.call.{point}=kill@3")
    assert code == -signal.SIGKILL, err
    code, report, err = run(installation, fake)
    assert code == 0, err
    assert (report["state"], report["records"], report["pages"]) == ("whole", COUNT, PAGES)
    is_lost = point == "answered"
    assert report["maybe_bought_calls"] == (point in ("sent", "answered"))
    assert len(fake.asked) == PAGES + is_lost
    assert sum(fake.sold.values()) == PAGES + (is_lost and not fake.knows_keys)
    keys = [key for key, _ in fake.asked]
    assert len(set(keys)) == PAGES and all(keys)
    assert float(report["cost"]) == COUNT


def test_killed_at_random_again_and_again(installation: dict[str, str], fake: Fake) -> None:
    """One key for each page in all lives; a provider that knows keys has sold each page once."""
    dice, deaths, lives = random.Random(5), 0, 0
    fake.misbehave = lambda number: time.sleep(0.02) or ""
    code: int | None = -1
    while code and lives < 20:
        lives += 1
        process, target = start(installation, fake, size=2), len(fake.asked) + dice.randint(1, 4)
        while process.returncode is None and len(fake.asked) < target:
            time.sleep(0.001)
        time.sleep(dice.uniform(0, 0.08))
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            deaths += 1
        out, err = process.communicate()
        code = process.returncode
        assert code in (0, -signal.SIGKILL), err
    report = json.loads(out)
    assert (report["state"], report["records"], float(report["cost"])) == ("whole", COUNT, COUNT)
    assert deaths > 3 and set(fake.sold.values()) == {1} and fake.charged == COUNT
    assert len(fake.asked) <= (COUNT + 1) // 2 + report["maybe_bought_calls"]
    assert report["maybe_bought_calls"] <= deaths


def test_two_at_once_do_not_buy_twice(installation: dict[str, str], fake: Fake) -> None:
    fake.misbehave = lambda number: time.sleep(0.2) or ""
    crowd = [start(installation, fake) for _ in range(3)]
    ends = [(*process.communicate(), process.returncode) for process in crowd]
    told = [err for _, err, code in ends if code]
    assert any(code == 0 for _, _, code in ends) and all(
        "under way in another program" in err for err in told
    )
    assert set(fake.sold.values()) == {1} and len(fake.asked) == PAGES


def work(
    installation: dict[str, str], fake: Fake, fault: str = "", subjects: tuple[str, ...] = ()
) -> tuple[int, dict[str, Any], str]:
    """A worker of its own that carries out an order: the whole of it, or until the fault kills it."""
    done = forked.run(
        ["-m", "tests.universe.order_programs", fake.url, fake.endpoint.name, ",".join(subjects)],
        env=installation | {"ROLLCALL_FAULTS": fault},
    )
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


@pytest.mark.parametrize(
    "fault",
    ["providers.call.answered=kill@3", "providers.order.bought=kill", "providers.order.loaded=kill"],
)
def test_a_killed_worker_is_followed_by_one_that_buys_no_page_twice(
    installation: dict[str, str], fake: Fake, fault: str
) -> None:
    """And what was bought is loaded in the end."""
    code, _, err = work(installation, fake, fault)
    assert code == -signal.SIGKILL, err
    code, told, err = work(installation, fake)
    assert code == 0, err
    assert (told["state"], told["records"], float(told["cost"])) == ("done", COUNT, COUNT)
    assert told["version"] == (2 if "loaded" in fault else 1)
    assert set(fake.sold.values()) == {1} and len({key for key, _ in fake.asked}) == PAGES
    assert told["maybe"] == ("answered" in fault)


@pytest.mark.parametrize(
    "fault",
    ["providers.batch.chosen=kill@2", "providers.call.stored=kill@2", "providers.batch.answered=kill@2"],
)
def test_a_killed_lookup_in_bulk_goes_on_and_pays_for_nobody_twice(
    installation: dict[str, str], fake: Fake, fault: str
) -> None:
    fake.endpoint = next(one for one in fake.about.endpoints if one.name == "company_bulk")
    names = tuple(f"acme{number}.com" for number in range(20))
    fake.directory = dict(
        zip(names, provider_samples.records("people_data_labs", "companies", 15), strict=False)
    )
    assert work(installation, fake, fault, names)[0] == -signal.SIGKILL
    code, told, err = work(installation, fake, "", names)
    assert code == 0, err
    assert (told["state"], told["found"], float(told["cost"])) == ("done", 15, 15)
    assert set(fake.sold.values()) == {1} and len(fake.asked) == 3 and told["maybe"] == 0
