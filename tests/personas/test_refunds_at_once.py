"""Reports, merges, erasures and searches at the same moment in several processes, and killed (C6, C8, C10)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.credits.installation import Installation

pytestmark = pytest.mark.slow
THREADS = 4


@pytest.fixture(scope="module")
def bought_once(template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Forty people at ten companies, owned; 1,000 credits were there."""
    made = replace(
        template.copy(tmp_path_factory.mktemp("bought")), programs="tests.personas.refund_programs"
    )
    made.run("prepare", companies=10, per_company=4, amount=1000, segments=9)
    return made


@pytest.fixture
def office(bought_once: Installation, tmp_path: Path) -> Installation:
    return bought_once.copy(tmp_path)


def race(office: Installation, *acts: str) -> dict[str, int]:
    """Each act in a process of its own, with four threads, let go at once; what they say, added up."""
    go = Path(office.home, "go")
    racers = [
        office.start(act, first=THREADS * number, threads=THREADS, go=str(go))
        for number, act in enumerate(acts)
    ]
    go.touch()
    total: dict[str, int] = {}
    for racer in racers:
        for name, value in office.answer(racer).items():
            total[name] = total.get(name, 0) + value
    return total


def proven(office: Installation) -> Any:
    found = office.run("check")
    assert found["bad"] == [] and found["open_holds"] == 0
    assert (found["misplaced"], found["counted"], found["named_still"]) == (0, 0, 0)
    assert found["claims"] == found["contacts"] == found["charged"]
    return found


@pytest.mark.parametrize(("cap", "back"), [(13, 13), (None, 40), (0, 0)])
def test_c8_the_cap_holds_however_many_report_at_once(
    office: Installation, cap: int | None, back: int
) -> None:
    """Twelve reports of the same forty people: each credit once, and together never more than the cap."""
    office.run("bought", cap=cap)
    assert race(office, "report", "report", "report")["given_back"] == back
    found = proven(office)
    assert (found["refunds"], found["balance"]) == (back, [960 + back, 0])


def test_c6_merged_while_others_search_and_report(office: Installation) -> None:
    """Twenty pairs: each becomes one contact, placed nowhere twice, and of each two credits one is kept at least."""
    office.run("bought")
    race(office, "merge", "search", "merge")
    found = proven(office)
    assert (found["live"], found["refunds"], found["balance"]) == (20, 20, [980, 0])


def test_x2_forgotten_while_others_buy(office: Installation) -> None:
    """Whoever is faster: nobody who was forgotten is left with a name, and their credits are back."""
    race(office, "forget", "search", "forget")
    found = proven(office)
    forgotten = found["contacts"] - found["live"]
    assert found["live"] == 32 and found["refunds"] == forgotten
    assert found["balance"] == [1000 - 32, 0]


@pytest.mark.parametrize("point", [
    "contacts.bounces.decided", "contacts.bounces.written", "credits.refund.marked", "credits.refund.posted",
])  # fmt: skip
def test_c8_killed_while_reporting(office: Installation, point: str) -> None:
    """kill -9 in the third batch; the same report again gives back the rest, and nothing twice."""
    office.run("bought")
    killed = office.start("report_once", faults=f"{point}=kill@3", batch=7)
    killed.communicate()
    assert killed.returncode == -9
    assert proven(office)["refunds"] == (21 if point == "contacts.bounces.written" else 14)
    assert office.run("report_once", batch=7)["given_back"] == 40
    assert proven(office)["refunds"] == 40


@pytest.mark.parametrize("point", ["contacts.departures.decided", "credits.refund.posted"])
def test_c8_killed_while_giving_back_for_departures(office: Installation, point: str) -> None:
    office.run("bought")
    assert office.run("leave")["waiting"] == 40
    killed = office.start("decide", faults=f"{point}=kill@2", batch=9)
    killed.communicate()
    assert killed.returncode == -9
    assert proven(office)["refunds"] == 9
    workers = [office.start("decide", batch=9) for _ in range(3)]
    for worker in workers:
        office.answer(worker)
    assert proven(office)["refunds"] == 40
