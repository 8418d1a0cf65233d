"""Workers carry out the loads that operators asked for: one at a time, with a lease, to an end that is told."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rollcall.universe import ingest, publication, versions
from rollcall.universe.loads import asking, carrying, leases
from rollcall.universe.models import SourceLoad
from rollcall.universe.sources import files
from rollcall.universe.sources.files import staging
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor, NotAnOperator
from rollcall.workspaces.models import User
from tests.universe.files import ANN, BO, CY, csv_bytes, mapping
from tests.universe.rosters import Handmade, person

DAY = date(2026, 1, 31)
LOADS = (SourceLoad.Task.CHECK, SourceLoad.Task.LOAD)
State = SourceLoad.State


@pytest.fixture
def olga(operator: User) -> Actor:
    return access.operator(operator)


@pytest.fixture
def asked(home: Path, olga: Actor, now: datetime) -> SourceLoad:
    """A file in the inbox whose check is waited for."""
    (home / "inbox").mkdir()
    (home / "inbox" / "people.csv").write_bytes(csv_bytes(ANN, BO, CY))
    load = asking.begin(kind="inbox", place="people.csv", name="people.csv", actor=olga, now=now)
    SourceLoad.objects.update(state=State.LOOKED)
    return asking.check(load_id=load.pk, mapping=mapping(), as_of=DAY, actor=olga, now=now)


@pytest.fixture
def wanted(asked: SourceLoad, olga: Actor, now: datetime) -> SourceLoad:
    """The same, checked, its load waited for."""
    work(now)
    return asking.load(load_id=asked.pk, actor=olga, now=now)


def work(now: datetime) -> SourceLoad:
    done = carrying.carry_out(tasks=LOADS, now=now)
    assert done is not None
    return done


def test_it_works(asked: SourceLoad, olga: Actor, now: datetime) -> None:
    checked = work(now)
    assert (checked.state, checked.rows_read, checked.report["accepted"]) == (State.CHECKED, 3, 3)  # type: ignore[index]
    asking.load(load_id=asked.pk, actor=olga, now=now)
    done = work(now)
    assert (done.state, done.version, done.problem, done.attempts) == (State.DONE, 1, "", 1)
    assert done.learned["new_people"] == 3 and versions.get(1).source == "crm"  # type: ignore[index]
    assert list(staging.home().iterdir()) == []
    assert carrying.carry_out(tasks=LOADS, now=now + timedelta(days=1)) is None


def test_a_load_is_one_workers_until_its_lease_runs_out(asked: SourceLoad, now: datetime) -> None:
    first = leases.take(tasks=LOADS, now=now)
    assert first is not None and leases.take(tasks=LOADS, now=now + timedelta(seconds=30)) is None
    later = now + timedelta(seconds=61)
    second = leases.take(tasks=LOADS, now=later)
    assert second is not None and second.fence == first.fence + 1
    with pytest.raises(leases.LeaseLost):
        leases.write(first, rows_read=9)
    leases.write(second, rows_read=7)
    assert asking.get(load_id=asked.pk).rows_read == 7


def test_the_lease_is_renewed_while_somebody_is_at_it(
    asked: SourceLoad, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[datetime] = []
    monkeypatch.setattr(carrying, "_TOLD_EVERY_SECONDS", 0.0)
    real = leases.write

    def write(load: SourceLoad, **changes: Any) -> None:
        seen.extend([changes["lease_until"]] if "rows_read" in changes and "lease_until" in changes else [])
        real(load, **changes)

    monkeypatch.setattr(leases, "write", write)
    work(now)
    assert seen and set(seen) == {now + leases.LEASE}


def test_cancelled_while_it_is_read_it_stops(
    asked: SourceLoad, olga: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = carrying._Watch.__call__

    def cancel_first(self: Any, rows: int) -> None:
        asking.cancel(load_id=asked.pk, actor=olga, now=now)
        real(self, rows)

    monkeypatch.setattr(carrying._Watch, "__call__", cancel_first)
    assert work(now).state == State.CANCELLED
    assert asking.get(load_id=asked.pk).report is None and versions.current() is None


def test_what_is_being_published_cannot_be_cancelled(
    wanted: SourceLoad, olga: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled means: nothing was loaded. So it is too late once a version may come of it."""
    refused: list[str] = []
    real = publication.publish

    def publish(*given: Any, **more: Any) -> Any:
        with pytest.raises(asking.TooLate):
            asking.cancel(load_id=wanted.pk, actor=olga, now=now)
        refused.append("yes")
        return real(*given, **more)

    monkeypatch.setattr(publication, "publish", publish)
    assert work(now).state == State.DONE and refused == ["yes"]
    with pytest.raises(asking.NotNow):
        asking.cancel(load_id=wanted.pk, actor=olga, now=now)


def test_whoever_lost_the_lease_publishes_nothing(
    wanted: SourceLoad, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was stopped for minutes comes back when another one has taken over."""
    real = ingest.load

    def overtaken(**given: Any) -> Any:
        SourceLoad.objects.update(fence=99)
        return real(**given)

    monkeypatch.setattr(ingest, "load", overtaken)
    assert work(now).state == State.LOADING
    assert versions.current() is None


def test_another_load_is_waited_for(wanted: SourceLoad, now: datetime) -> None:
    """Two never write a version at once; waiting counts as no attempt."""
    with publication.one_at_a_time():
        for turn in range(carrying.ATTEMPTS_MAX + 2):
            waiting = work(now + turn * carrying.TURN)
            assert (waiting.state, waiting.attempts) == (State.WAITING, 0)
            assert "Another load is under way" in waiting.problem
    assert work(now + timedelta(hours=1)).state == State.DONE
    assert versions.current() == 1


def test_published_before_the_row_knew_it_is_not_loaded_twice(
    wanted: SourceLoad, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = leases.write

    def die(load: SourceLoad, **changes: Any) -> None:
        if changes.get("state") == State.DONE:
            raise RuntimeError("killed")
        real(load, **changes)

    monkeypatch.setattr(leases, "write", die)
    assert work(now).state == State.WAITING and versions.current() == 1
    monkeypatch.setattr(leases, "write", real)
    done = work(now + timedelta(minutes=5))
    assert (done.state, done.version) == (State.DONE, 1) and versions.current() == 1


def test_the_same_file_can_be_loaded_again_on_purpose(wanted: SourceLoad, olga: Actor, now: datetime) -> None:
    """After decisions about people, say: the next load does what was said."""
    work(now)
    later = now + timedelta(minutes=5)
    again = asking.begin(kind="inbox", place="people.csv", name="people.csv", actor=olga, now=later)
    SourceLoad.objects.filter(pk=again.pk).update(state=State.LOOKED)
    asking.check(load_id=again.pk, mapping=mapping(), as_of=DAY, actor=olga, now=later)
    work(later)
    asking.load(load_id=again.pk, actor=olga, now=later)
    assert work(later).version == 2


def test_five_deaths_are_enough(asked: SourceLoad, now: datetime) -> None:
    """A file that takes its worker with it does not do so for ever."""
    for _ in range(carrying.ATTEMPTS_MAX):
        assert leases.take(tasks=LOADS, now=now) is not None
        now += timedelta(minutes=2)
    failed = work(now)
    assert failed.state == State.FAILED and "five times in a row" in failed.problem


def test_what_went_wrong_is_told_and_can_be_tried_again(
    asked: SourceLoad, olga: Actor, home: Path, now: datetime
) -> None:
    path = home / "inbox" / "people.csv"
    whole = path.read_bytes()
    path.write_bytes(b"")
    failed = work(now)
    assert failed.state == State.FAILED and "people.csv" in failed.problem
    path.write_bytes(whole)
    asking.try_again(load_id=asked.pk, actor=olga, now=now)
    assert work(now).state == State.CHECKED


def test_the_unexpected_is_tried_five_times(
    asked: SourceLoad, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(load: SourceLoad, read_clock: Any) -> None:
        raise RuntimeError("Ann Lee, ann@acme.com")

    monkeypatch.setattr(carrying, "_check", broken)
    states = [work(now + timedelta(hours=turn)).state for turn in range(carrying.ATTEMPTS_MAX)]
    assert states == [State.WAITING] * 4 + [State.FAILED]
    assert (
        asking.get(load_id=asked.pk).problem == "Something unexpected went wrong (RuntimeError). See the log."
    )


def test_a_later_roster_of_the_source_makes_it_fail(wanted: SourceLoad, now: datetime) -> None:
    later = Handmade(
        people=[person("ann", "c1", "CEO", date(2026, 3, 1))], name="crm", as_of=date(2026, 3, 1)
    )
    ingest.load(source=later, now=now)
    failed = work(now)
    assert failed.state == State.FAILED and "is loaded already" in failed.problem


def test_only_operators_ask(asked: SourceLoad, now: datetime) -> None:
    nobody = Actor(ref="usr_9", label="Nobody", role="owner")
    with pytest.raises(NotAnOperator):
        asking.begin(kind="inbox", place="people.csv", name="x", actor=nobody, now=now)
    for act in (asking.load, asking.cancel, asking.try_again):
        with pytest.raises(NotAnOperator):
            act(load_id=asked.pk, actor=nobody, now=now)


def test_nothing_is_loaded_before_it_was_checked(asked: SourceLoad, olga: Actor, now: datetime) -> None:
    with pytest.raises(asking.NotNow):
        asking.load(load_id=asked.pk, actor=olga, now=now)
    with pytest.raises(asking.NoSuchLoad):
        asking.load(load_id=99_999, actor=olga, now=now)
    SourceLoad.objects.update(state=State.CHECKED, report={"accepted": 0})
    with pytest.raises(asking.NothingChecked):
        asking.load(load_id=asked.pk, actor=olga, now=now)


def test_a_mapping_is_the_same_after_it_was_a_file() -> None:
    """What the pages write, the command line reads."""
    given = mapping(
        bad_values="reject",
        file={"encoding": "cp1251", "header_row": 3},
        people={
            "full_name": {"column": "a\"b\\c\n", "last_name_first": True}, "title": ["One", "Ünë"],
            "since": {"column": "x", "formats": ["%d/%m/%Y"]}, "country": {"column": "c", "values": {"UK": ""}},
        },
        company={"domain": {"column": "w", "split": "/", "part": -1}, "name": {"value": "'#="}},
    )  # fmt: skip
    assert files.parse(given.toml()) == given
    assert files.make(**given.plain()) == given.model_copy(update={"as_of": given.as_of})
