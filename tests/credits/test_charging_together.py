"""Charges one by one that come at the same moment: posted in one transaction, each with an answer of its own."""

import signal
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from rollcall.credits import alerts, straight
from rollcall.credits.holds import Purpose
from rollcall.credits.models import Acquisition, AlertEvent, Entry, Grant
from rollcall.credits.straight import Asked
from rollcall.workspaces.models import Workspace
from tests.credits import acts
from tests.credits.installation import Installation
from tests.credits.world import OLGA


@pytest.fixture
def charging(installation: Installation) -> Installation:
    installation.programs = "tests.credits.charging_one_by_one"
    return installation


def _asked(workspace: Workspace, profile: int, now: datetime, **given: Any) -> Asked:
    asked = Asked(workspace, (profile, 1), acts.new_key(), acts.ACTOR, now, Purpose(), {})
    return replace(asked, **given)


@pytest.mark.django_db
def test_a_group_charges_whose_charge_is_simple_and_leaves_the_rest(
    workspace: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    """C3, G3: who is owned, the same person or key again, and who has no credits are left to themselves."""
    acts.grant(workspace, 5, now)
    acts.charge(workspace, [(1, 1)], now)
    said = {"why": 'A "reason" — naïve', "of": [1, 2]}
    asked = [
        _asked(workspace, 1, now),
        _asked(workspace, 2, now, key="two", purpose=Purpose(segment_id=3, persona_credits={9: 1}), context=said),
        _asked(workspace, 2, now),
        _asked(other_workspace, 2, now),
        _asked(workspace, 3, now, key="two"),
        _asked(workspace, 4, now),
    ]  # fmt: skip
    posted = straight.post(asked)
    assert [entry is not None for entry in posted] == [False, True, False, False, False, True]
    two, four = Entry.objects.filter(pk__in=[entry.pk for entry in posted if entry]).order_by("pk")
    assert (two.key, two.segment_id, two.context) == ("two", 3, {**said, "by_persona": {"per_9": 1}})
    assert (four.key, four.amount, four.created_at) == (asked[5].key, 1, now)
    assert Acquisition.objects.get(profile_id=2).persona_id == 9
    assert posted[1] == two and posted[1].context == two.context
    acts.prove()


@pytest.mark.django_db
def test_g1_a_group_takes_no_more_than_the_first_grant_has(workspace: Workspace, now: datetime) -> None:
    first, _ = acts.grant(workspace, 2, now), acts.grant(workspace, 9, now)
    posted = straight.post([_asked(workspace, profile, now) for profile in range(4)])
    assert [entry is not None for entry in posted] == [True, True, False, False]
    assert Grant.objects.get(pk=first.pk).remaining == 0
    acts.prove()


@pytest.mark.django_db
def test_g6_an_alert_names_the_charge_of_the_group_that_crossed(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 9, now)
    alerts.create(workspace=workspace, kind="balance", threshold=7, actor=OLGA, now=now)
    posted = straight.post([_asked(workspace, profile, now) for profile in range(4)])
    event = AlertEvent.objects.get()
    assert posted[1] is not None and (event.entry_id, event.before, event.after) == (posted[1].pk, 8, 7)
    acts.prove()


@pytest.mark.slow
def test_a_group_of_threads_is_answered_one_by_one(charging: Installation) -> None:
    """One refused in the middle takes nothing from the others, and its error meets nobody else."""
    charging.run("prepare", amounts=[100])
    outcomes = charging.run("group")["outcomes"]
    _assert_each_has_its_answer(outcomes)
    assert _proven(charging)["balance"] == [95, 0]


@pytest.mark.slow
def test_a_group_killed_before_its_commit_is_charged_once_when_asked_again(charging: Installation) -> None:
    """The second to post is the group; the first came alone, and was committed."""
    charging.run("prepare", amounts=[100])
    killed = charging.start("group", faults=f"{straight.POSTED}=kill@2")
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert _proven(charging)["charged"] == 1
    _assert_each_has_its_answer(charging.run("group")["outcomes"])
    assert _proven(charging)["balance"] == [95, 0]


@pytest.mark.slow
def test_c3_whoever_a_search_pays_for_meanwhile_is_free(charging: Installation) -> None:
    charging.run("prepare", amounts=[100])
    assert charging.run("overtake")["outcomes"] == [["late", "1", "free"]]
    assert _proven(charging)["balance"] == [99, 0]


@pytest.mark.slow
def test_g1_crowds_of_several_processes_spend_exactly_what_there_is(charging: Installation) -> None:
    charging.run("prepare", amounts=[40, 30, 30])
    go = Path(charging.home, "go")
    crowd = [
        charging.start("crowd", first=8 * number, threads=8, wanted=14, go=str(go)) for number in range(2)
    ]
    go.touch()
    assert sum(charging.answer(process)["charged"] for process in crowd) == 100
    assert _proven(charging)["balance"] == [0, 0]


def _assert_each_has_its_answer(outcomes: list[list[str]]) -> None:
    by_key: dict[str, list[str]] = {}
    for key, _, said in outcomes:
        by_key.setdefault(key, []).append(said)
    assert sorted(by_key.pop("c") + by_key.pop("d")) == ["charged", "free"]
    assert sorted(by_key.pop("e")) == ["charged", "key_reused"]
    assert by_key == {"a": ["charged"], "b": ["charged"], "f": ["not_enough_credits"], "g": ["charged"]}


def _proven(charging: Installation) -> Any:
    found = charging.run("check")
    assert found["bad"] == [] and found["claims"] == found["charged"] and found["open_holds"] == 0
    return found
