"""Suppressing people and domains: they are never added and never charged, however they are spelled."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from rollcall.contacts import book, spellings, suppression
from rollcall.contacts.models import Contact, Suppression
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import AuditEntry, Workspace
from tests.contacts import world

pytestmark = pytest.mark.django_db


def test_c7_it_works(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """C7, X1: neither added nor charged; the others of the batch are."""
    assert not suppression.any_(workspace=workspace)
    row = _add(workspace, actor, now, "profile", "pro_2")
    assert suppression.any_(workspace=workspace)
    added = world.buy(workspace, actor, now, people=world.made_up([1, 2, 3]))
    assert added.charged == [(1, 1), (3, 1)] and added.suppressed == 1 and added.entry
    assert added.entry.amount == 2 and (2, 1) not in added.contact_ids
    assert (row.label, row.reason, row.actor_label) == ("pro_2", "asked us to", "Alice Moreau")
    audited = AuditEntry.objects.get(action="suppression.add")
    assert audited.target == f"sup_{row.pk}" and audited.actor == actor.ref


@pytest.mark.parametrize(
    ("kind", "said", "known"),
    [
        ("email", "smith@example.com", "\u017fmith@EXAMPLE.COM."),
        ("email", "SMITH@example.com", "mailto:smith@ｅｘａｍｐｌｅ．ｃｏｍ"),
        ("email", "<Smith@Bücher.de>", "smith@xn--bcher-kva.de"),
        ("email", "straße@x.com", "STRASSE@x.com"),
        ("email", "jane.doe+lists@GoogleMail.com", "janedoe@gmail.com"),
        ("email", "smith@example.com", "Smith+news@example.com"),
        (
            "profile_url",
            "https://www.LinkedIn.com/in/Jane-Doe/?trk=x#top",
            "http://uk.linkedin.com/in/jane-doe",
        ),
        ("profile_url", "linkedin.com/in/jane-doe/de", "//linkedin.com/in/J%41ne-doe/"),
        ("profile_url", "people.example.org/~ＪＡＮＥ", "https://people.example.org/~jane"),
        ("domain", "https://www.EXAMPLE.com./jobs?x=1", "example.com"),
        ("domain", "ｅxample．com", "Example.Com."),
        ("domain", "bücher.de", "xn--bcher-kva.de"),
        ("domain", "someone.shop.example.co.uk", "example.co.uk"),
        ("profile", "PRO_7", "7"),
        ("profile", "007", "pro_7"),
    ],
)
def test_x1_spelled_otherwise_it_is_the_same(
    workspace: Workspace, actor: Actor, now: datetime, kind: str, said: str, known: str
) -> None:
    """Either spelling may be the one on the list."""
    column = {"profile": "profile_id", "domain": "company_domain"}.get(kind, kind)
    for listed, met in ((said, known), (known, said)):
        row = _add(workspace, actor, now, kind, listed)
        people = _people(column, 7 if kind == "profile" else met)
        assert suppression.blocked(workspace=workspace, people=people) == {(7, 1)}
        suppression.remove(workspace=workspace, suppression_id=row.pk, actor=actor, now=now)
        assert suppression.blocked(workspace=workspace, people=people) == set()


@pytest.mark.parametrize(
    ("kind", "said", "other"),
    [
        ("email", "smith@example.com", "smith@example.org"),
        ("email", "smith@example.com", "john.smith@example.com"),
        ("email", "jane.doe@example.com", "janedoe@example.com"),
        ("profile_url", "linkedin.com/in/jane", "linkedin.com/in/jane-doe"),
        ("profile_url", "jane.example.com/me", "joe.example.com/me"),
        ("domain", "example.com", "anexample.com"),
        ("profile", "7", "77"),
    ],
)
def test_others_are_not_meant(
    workspace: Workspace, actor: Actor, now: datetime, kind: str, said: str, other: str
) -> None:
    _add(workspace, actor, now, kind, said)
    column = {"profile": "profile_id", "domain": "company_domain"}.get(kind, kind)
    people = _people(column, int(other) if kind == "profile" else other)
    assert suppression.blocked(workspace=workspace, people=people) == set()


def test_a_domain_means_its_emails_too(workspace: Workspace, actor: Actor, now: datetime) -> None:
    _add(workspace, actor, now, "domain", "example.com")
    people = _people("email", "jane@mail.example.com")
    assert suppression.blocked(workspace=workspace, people=people) == {(7, 1)}


def test_unreadable_values_of_sources_block_nobody(workspace: Workspace, actor: Actor, now: datetime) -> None:
    for kind, value in (("profile_url", "x.example/jane"), ("domain", "x.example"), ("email", "a@x.example")):
        _add(workspace, actor, now, kind, value)
    for value in (None, "", "://", "@", "http://[", "\u200d", "a" * 5000):
        for column in ("profile_url", "company_domain", "email"):
            assert suppression.blocked(workspace=workspace, people=_people(column, value)) == set()


def test_x1_retroactively(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """Owned contacts that are suppressed later stay owned; delivery asks who they are."""
    world.buy(workspace, actor, now, people=world.made_up([1, 2, 21]))
    _add(workspace, actor, now, "domain", "c1.com")
    _add(workspace, actor, now, "profile", "1")
    contacts = list(Contact.objects.order_by("profile_id"))
    blocked = suppression.blocked_contacts(workspace=workspace, contacts=contacts)
    assert blocked == {contacts[0].pk, contacts[2].pk}
    assert book.count(workspace=workspace) == 3
    again = world.buy(workspace, actor, now, key="again", people=world.made_up([1, 2, 21]))
    assert (again.charged, again.owned, again.suppressed) == ([], 1, 2)


def test_twice_is_once(workspace: Workspace, actor: Actor, now: datetime) -> None:
    first = _add(workspace, actor, now, "email", "a@example.com")
    assert _add(workspace, actor, now, "email", "A@EXAMPLE.com") == first
    assert Suppression.objects.count() == AuditEntry.objects.filter(action="suppression.add").count() == 1


@pytest.mark.parametrize(
    ("kind", "value", "label"),
    [
        ("email", "Jane.Doe@Example.com", "j…@example.com"),
        ("domain", "www.example.com", "example.com"),
        ("profile_url", "https://linkedin.com/in/jane-doe", "linkedin.com/in/j…"),
        ("profile", "9", "pro_9"),
    ],
)
def test_only_a_keyed_hash_is_kept(
    workspace: Workspace, other_workspace: Workspace, actor: Actor, now: datetime, settings: Any,
    kind: str, value: str, label: str,
) -> None:  # fmt: skip
    """X1: the same value has another hash in another workspace and under another key of the installation."""
    row = _add(workspace, actor, now, kind, value)
    assert row.label == label and len(row.value_hash) == 64
    theirs = _add(other_workspace, actor, now, kind, value)
    assert theirs.value_hash != row.value_hash
    settings.SECRET_KEY = "another-key-0123456789-0123456789-0123456789"
    assert _add(workspace, actor, now, kind, value).value_hash != row.value_hash


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "no address"), ("email", "@x.com"), ("email", "a@b"), ("email", "a b@x.com"), ("email", ""),
        ("domain", "com"), ("domain", "not a domain"), ("domain", "\0.com"), ("domain", "x" * 3000 + ".com"),
        ("profile_url", "linkedin.com"), ("profile_url", "jane"), ("profile_url", "https://"),
        ("profile_url", "x.com/a%00b"), ("profile", "con_7"), ("profile", "-7"), ("profile", "9" * 30),
        ("profile", "٧"),
    ],
)  # fmt: skip
def test_bad_values(workspace: Workspace, actor: Actor, now: datetime, kind: str, value: str) -> None:
    with pytest.raises(suppression.BadValue):
        _add(workspace, actor, now, kind, value)
    assert not Suppression.objects.exists()


def test_x1_a_line_written_before_notes_meant_nothing_still_counts(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    row = _add(workspace, actor, now, "email", "smith@example.com")
    told = "smith+news@example.com"
    row.value_hash = spellings.hashed(workspace_id=workspace.pk, kind="email", value=told)
    row.save()
    people = pa.table({"profile_id": [1, 2], "company_id": [1, 1], "email": [told, "smith@example.com"]})
    assert suppression.blocked(workspace=workspace, people=people) == {(1, 1)}


def test_bad_kind_and_reason(workspace: Workspace, actor: Actor, now: datetime) -> None:
    with pytest.raises(suppression.UnknownKind):
        _add(workspace, actor, now, "phone", "1")
    with pytest.raises(suppression.ReasonTooLong):
        suppression.add(
            workspace=workspace, kind="domain", value="x.com", reason="r" * 301, actor=actor, now=now
        )


def test_lists_are_of_one_workspace(
    workspace: Workspace, other_workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """Invariant 8."""
    row = _add(workspace, actor, now, "profile", "7")
    assert suppression.of(workspace=workspace).items == [row]
    assert suppression.of(workspace=other_workspace).items == []
    people = _people("profile_id", 7)
    assert suppression.blocked(workspace=other_workspace, people=people) == set()
    with pytest.raises(suppression.NoSuchSuppression):
        suppression.remove(workspace=other_workspace, suppression_id=row.pk, actor=actor, now=now)
    assert suppression.any_(workspace=workspace)


def test_pages_are_newest_first(workspace: Workspace, actor: Actor, now: datetime) -> None:
    made = [_add(workspace, actor, now, "profile", str(number)) for number in range(1, 6)]
    first = suppression.of(workspace=workspace, limit=3)
    second = suppression.of(workspace=workspace, cursor=first.next_cursor, limit=3)
    assert [*first.items, *second.items] == made[::-1] and second.next_cursor is None


def test_nobody_suppressed_costs_one_question(workspace: Workspace, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert suppression.blocked(workspace=workspace, people=world.made_up(range(1, 1000))) == set()


def test_long_lists_answer_the_same(
    workspace: Workspace, actor: Actor, now: datetime, monkeypatch: Any
) -> None:
    """A list that is too long to be read whole is asked about the people at hand, some at a time."""
    for number in (3, 500, 999):
        _add(workspace, actor, now, "profile", str(number))
    people = world.made_up(range(1, 1000))
    whole = suppression.blocked(workspace=workspace, people=people)
    monkeypatch.setattr(suppression, "READ_WHOLE_MAX", 1)
    monkeypatch.setattr(suppression, "_ASK_AT_ONCE", 100)
    assert suppression.blocked(workspace=workspace, people=people) == whole
    assert {profile for profile, _ in whole} == {3, 500, 999}


def test_spellings_are_stable() -> None:
    """Reading a spelling again gives the same spelling; else a list would leak after an export and an import."""
    for read, text in (
        (spellings.email, "\u017fmith@EXAMPLE.COM."),
        (spellings.profile_url, "https://www.linkedin.com/in/J%C3%A4ne/"),
        (spellings.domain, "https://BÜCHER.de/x"),
    ):
        once = read(text)
        assert once is not None and read(once) == once


def _add(workspace: Workspace, actor: Actor, now: datetime, kind: str, value: str) -> Suppression:
    return suppression.add(
        workspace=workspace, kind=kind, value=value, reason="asked us to", actor=actor, now=now
    )


def _people(column: str, value: Any) -> pa.Table:
    return pa.Table.from_pylist([{"profile_id": 7, "company_id": 1} | {column: value}])
