"""A workspace reads a title otherwise: said, changed, taken back, and followed by the contacts it owns."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from rollcall.contacts import freshness, history, override_files, overrides, refresh, rereading, title_books
from rollcall.contacts.models import Change, Contact, TitleOverride
from rollcall.contacts.overrides import Given
from rollcall.universe import titles
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import AuditEntry, Workspace
from tests.contacts import world

pytestmark = pytest.mark.django_db


def say(
    workspace: Workspace, actor: Actor, now: datetime, title: str, *halves: str | None, **more: str
) -> TitleOverride:
    given = Given(title, *halves, **more)
    return overrides.save(workspace=workspace, given=given, actor=actor, now=now)


def test_it_works(workspace: Workspace, actor: Actor, now: datetime) -> None:
    assert title_books.now(workspace=workspace).overrides == titles.NO_OVERRIDES
    row = say(workspace, actor, now, "  Deal   Ninja ", "vp", "sales", why="They run the region.")
    assert (row.title, row.seniority, row.department, row.since) == ("Deal Ninja", "vp", "sales", 1)
    book = title_books.now(workspace=workspace)
    assert book.revision == 1
    assert titles.read("DEAL NINJA!", overrides=book.overrides) == titles.Reading("vp", "sales", "vp")
    assert overrides.of_title(workspace=workspace, title="deal-ninja") == row
    assert overrides.page(workspace=workspace).items == [row]
    audited = AuditEntry.objects.get(action="titles.read")
    assert audited.target == f"tov_{row.pk}" and audited.actor == actor.ref
    assert audited.detail == {
        "title": "Deal Ninja",
        "seniority": "vp",
        "department": "sales",
        "why": "They run the region.",
    }


def test_the_past_stays_what_it_was(workspace: Workspace, actor: Actor, now: datetime) -> None:
    first = say(workspace, actor, now, "Deal Ninja", "vp")
    second = say(workspace, actor, now, "deal ninja", "manager", "sales")
    assert first.pk != second.pk and overrides.count(workspace=workspace) == 1
    overrides.remove(workspace=workspace, override_id=second.pk, actor=actor, now=now)
    assert AuditEntry.objects.get(action="titles.restore").target == f"tov_{second.pk}"

    def at(revision: int) -> tuple[str, str]:
        said = title_books.at(workspace=workspace, revision=revision)
        reading = titles.read("Deal Ninja", overrides=said)
        return reading.seniority, reading.department

    plain = titles.read("Deal Ninja")
    assert [at(revision) for revision in range(4)] == [
        (plain.seniority, plain.department),
        ("vp", plain.department),
        ("manager", "sales"),
        (plain.seniority, plain.department),
    ]


def test_saying_the_same_again_changes_nothing(workspace: Workspace, actor: Actor, now: datetime) -> None:
    row = say(workspace, actor, now, "Deal Ninja", "vp", why="once")
    assert say(workspace, actor, now, "DEAL NINJA", "Vice president") == row
    assert title_books.now(workspace=workspace).revision == 1
    assert say(workspace, actor, now, "Deal Ninja", "vp", why="twice").pk != row.pk


def test_another_workspace_sees_nothing_of_it(
    workspace: Workspace, other_workspace: Workspace, actor: Actor, now: datetime
) -> None:
    row = say(workspace, actor, now, "Deal Ninja", "vp")
    assert not title_books.now(workspace=other_workspace).overrides
    assert overrides.page(workspace=other_workspace).items == []
    assert override_files.text(workspace=other_workspace).count("\n") == 1
    for forbidden in (
        lambda: overrides.get(workspace=other_workspace, override_id=row.pk),
        lambda: overrides.remove(workspace=other_workspace, override_id=row.pk, actor=actor, now=now),
    ):
        with pytest.raises(overrides.NoSuchOverride):
            forbidden()
    assert overrides.count(workspace=workspace) == 1


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (Given("", "vp"), overrides.NotATitle),
        (Given("— 🚀 —", "vp"), overrides.NotATitle),
        (Given("x" * 201, "vp"), overrides.NotATitle),
        (Given("ﷺ" * 200, "vp"), overrides.NotATitle),
        (Given("a\0b", "vp"), overrides.NotATitle),
        (Given("Ninja"), overrides.NothingSaid),
        (Given("Ninja", " ", ""), overrides.NothingSaid),
        (Given("Ninja", "boss"), overrides.UnknownHalf),
        (Given("Ninja", None, "finanse"), overrides.UnknownHalf),
        (Given("Ninja", "vp", None, "y" * 301), overrides.WhyTooLong),
    ],
)
def test_what_cannot_be_said(
    workspace: Workspace, actor: Actor, now: datetime, given: Given, error: type[Exception]
) -> None:
    with pytest.raises(error):
        overrides.save(workspace=workspace, given=given, actor=actor, now=now)
    assert overrides.count(workspace=workspace) == 0


def test_an_unknown_half_says_what_was_meant(workspace: Workspace, actor: Actor, now: datetime) -> None:
    with pytest.raises(overrides.UnknownHalf, match=r"Did you mean 'finance'\? Choose among: executive"):
        say(workspace, actor, now, "Ninja", None, "Finanse")


def test_there_is_a_most(
    workspace: Workspace, actor: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overrides, "OVERRIDES_MAX", 2)
    for title in ("One", "Two"):
        say(workspace, actor, now, title, "vp")
    with pytest.raises(overrides.TooManyOverrides):
        say(workspace, actor, now, "Three", "vp")
    say(workspace, actor, now, "Two", "manager")
    assert overrides.count(workspace=workspace) == 2


def test_contacts_follow_for_free(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """C5, F1: owned contacts are read anew, told by a change, and nothing is spent."""
    world.load([world.ann("Deal Ninja"), world.bea()], now)
    world.buy(workspace, actor, now)
    ann = Contact.objects.get(workspace=workspace, title="Deal Ninja")
    before = (ann.seniority, ann.department)
    say(workspace, actor, now, "deal NINJA", "vp", "sales")
    assert not rereading.is_done(workspace=workspace)
    assert rereading.run(workspace=workspace, now=now + timedelta(minutes=1)) == 1
    assert rereading.is_done(workspace=workspace)
    ann.refresh_from_db()
    assert (ann.seniority, ann.department) == ("vp", "sales")
    change = history.of_contact(workspace=workspace, contact_id=ann.pk, cursor=None).items[0]
    assert (change.kind, change.source) == ("corrected", rereading.SOURCE)
    assert change.before == {"seniority": before[0], "department": before[1]}
    assert change.after == {"seniority": "vp", "department": "sales"}
    row = overrides.of_title(workspace=workspace, title="Deal Ninja")
    assert row is not None
    overrides.remove(workspace=workspace, override_id=row.pk, actor=actor, now=now)
    assert rereading.sweep(now=now) == 2 and rereading.sweep(now=now) == 0
    ann.refresh_from_db()
    assert (ann.seniority, ann.department) == before


def test_who_is_bought_later_is_read_so_from_the_start(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    say(workspace, actor, now, "Deal Ninja", "vp", "sales")
    world.load([world.ann("Deal Ninja")], now)
    world.buy(workspace, actor, now)
    assert (world.only(workspace).seniority, world.only(workspace).department) == ("vp", "sales")
    assert rereading.run(workspace=workspace, now=now) == 0


def test_f2_a_refresh_keeps_to_it(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """Also when something else about the contact changes, and when the title itself does."""
    world.load([world.ann("Deal Ninja", country="France")], now)
    world.buy(workspace, actor, now)
    say(workspace, actor, now, "Deal Ninja", "vp", "sales")
    say(workspace, actor, now, "Chief Ninja", "manager")
    rereading.run(workspace=workspace, now=now)
    version = world.load([world.ann("Deal Ninja", seen=world.JULY, country="Spain")], now, as_of=world.JULY)
    assert refresh.run(workspace=workspace, version=version, now=now).by_kind == {"corrected": 1}
    ann = world.only(workspace)
    assert (ann.country, ann.seniority, ann.department) == ("Spain", "vp", "sales")
    version = world.load([world.ann("Chief Ninja", seen=world.AUGUST)], now, as_of=world.AUGUST)
    refresh.run(workspace=workspace, version=version, now=now)
    assert world.only(workspace).seniority == "manager"
    assert not Change.objects.filter(workspace=workspace, kind="promoted").exists()


def test_a_refresh_that_read_titles_as_they_were_begins_again(
    workspace: Workspace, actor: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.load([world.ann("Deal Ninja", country="France")], now)
    world.buy(workspace, actor, now)
    version = world.load([world.ann("Deal Ninja", seen=world.JULY, country="Spain")], now, as_of=world.JULY)
    compare = refresh.comparing.compare
    said: list[TitleOverride] = []

    def compare_then_say(**asked: Any) -> Any:
        found = compare(**asked)
        if not said:
            said.append(say(workspace, actor, now, "Deal Ninja", "vp"))
            rereading.run(workspace=workspace, now=now)
        return found

    monkeypatch.setattr(refresh.comparing, "compare", compare_then_say)
    refresh.run(workspace=workspace, version=version, now=now)
    assert (world.only(workspace).country, world.only(workspace).seniority) == ("Spain", "vp")


def test_many_contacts_are_followed_batch_by_batch(
    workspace: Workspace, actor: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word said in between is not lost on those who were read already."""
    monkeypatch.setattr(rereading, "BATCH", 10)
    people = world.made_up(range(1, 26), title_words=" vice-president sales ")
    world.buy(workspace, actor, now, people=people, version=1)
    say(workspace, actor, now, "VP, Sales", "director")
    assert rereading.sweep(now=now) == 11
    say(workspace, actor, now, "VP Sales", "head")
    rereading.run(workspace=workspace, now=now)
    assert set(Contact.objects.values_list("seniority", flat=True)) == {"head"}
    assert freshness.behind(version=1) is None


def test_a_file_is_taken_in_and_given_back(workspace: Workspace, actor: Actor, now: datetime) -> None:
    data = (
        "Job title;Level;Department;Note\nDeal Ninja;Vice president;Sales;they sell\n'=cmd();vp;;\n".encode(
            "utf-16"
        )
    )
    written = override_files.take_in(workspace=workspace, data=data, actor=actor, now=now)
    assert (written.added, written.changed, written.same, written.revision) == (2, 0, 0, 1)
    text = override_files.text(workspace=workspace)
    assert "Deal Ninja,vp,sales,they sell,Alice Moreau,2026-09-01" in text and "'=cmd()" in text
    again = override_files.take_in(workspace=workspace, data=text.encode(), actor=actor, now=now)
    assert (again.added, again.changed, again.same, again.revision) == (0, 0, 2, 1)
    changed = text.replace("Deal Ninja,vp", "Deal Ninja,manager")
    assert (
        override_files.take_in(workspace=workspace, data=changed.encode(), actor=actor, now=now).changed == 1
    )
    assert AuditEntry.objects.get(action="titles.import").detail == {"added": 2, "changed": 0, "revision": 1}


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", override_files.NoColumns, "It says: nothing"),
        (b"name,level\nNinja,vp\n", override_files.NoColumns, "name, level"),
        (b"title,why\nNinja,vp\n", override_files.NoColumns, "title, why"),
        (b"title,seniority\n\n,\n", override_files.NothingInIt, "no title"),
        (
            b"title,seniority\nNinja,vp\nMage,boss\n\n,vp\nPriest,\n",
            override_files.BadLines,
            "3 lines .* Line 3: There is no seniority 'boss'.* Line 5: .*Line 6: Neither",
        ),
        (b"title,seniority\n" + b"x" * (5 * 2**20), override_files.FileTooLarge, "4 MB"),
        (b"title,seniority\n" + b"Ninja,vp\n" * 5_001, override_files.FileTooLarge, "5,000"),
        (b'title,seniority\n"' + b"x" * 200_000 + b'",vp\n', override_files.UnreadableFile, "CSV"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(
    workspace: Workspace, actor: Actor, now: datetime, data: bytes, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        override_files.take_in(workspace=workspace, data=data, actor=actor, now=now)
    assert overrides.count(workspace=workspace) == 0
