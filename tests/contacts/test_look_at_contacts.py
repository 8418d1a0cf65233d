"""Paging, filtering and counting the contacts of a workspace, and reading what happened to them."""

from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from django.db import connection

from rollcall.contacts import book, history, refresh, staleness
from rollcall.contacts.book import ContactFilters
from rollcall.contacts.models import Change, Contact
from rollcall.core import paging
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace
from tests.contacts import world

pytestmark = pytest.mark.django_db
# Lower case, accents, other scripts, digits, signs: what a language's own order would mix.
NAMES = [
    "émile Zola",
    "Zoë Ä",
    "zoe b",
    "Ａnna",
    "anna-b",
    "Anna B",
    "_x",
    "Ωmega",
    "王 Wei",
    "1st",
    "\U0001f600",
    "Øre",
]


@pytest.fixture
def owner(workspace: Workspace, actor: Actor, now: datetime) -> Workspace:
    """A workspace that owns one person of each name, at three companies."""
    people = pa.concat_tables(
        world.made_up([number * 10], full_name=name, company_name=NAMES[number % 3])
        for number, name in enumerate(NAMES, start=1)
    )
    world.buy(workspace, actor, now, people=people)
    return workspace


@pytest.mark.parametrize("limit", [1, 3, 5, 500])
@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("newest", lambda contact: -contact.pk),
        ("name", lambda contact: (contact.name_key, contact.pk)),
        ("-name", lambda contact: (contact.name_key, contact.pk)),
        ("company", lambda contact: (contact.company_key, contact.pk)),
        ("-company", lambda contact: (contact.company_key, contact.pk)),
    ],
)
def test_it_works(owner: Workspace, sort: str, key: Any, limit: int) -> None:
    """Every contact once, in the order of code points, on both databases and whatever language they speak."""
    found: list[Contact] = []
    cursor = None
    for _ in range(len(NAMES) + 1):
        page = book.page(workspace=owner, sort=sort, cursor=cursor, limit=limit)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    ordered = sorted(Contact.objects.all(), key=key, reverse=sort.startswith("-"))
    assert [contact.pk for contact in found] == [contact.pk for contact in ordered]


def test_names_compare_folded(owner: Workspace) -> None:
    keys = [contact.name_key for contact in book.page(workspace=owner, sort="name").items]
    assert keys[:4] == ["1st", "_x", "anna", "anna b"] and keys == sorted(keys)


def test_sort_keys_compare_by_code_point_on_postgres(db: None, on_postgres: bool) -> None:
    """Pages rely on it: the server's own language must have no say."""
    if not on_postgres:
        pytest.skip("SQLite knows no other order")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, collname FROM pg_attribute JOIN pg_collation ON pg_collation.oid = attcollation"
            " WHERE attrelid = 'contacts_contact'::regclass AND attname IN ('name_key', 'company_key')"
        )
        assert sorted(cursor.fetchall()) == [("company_key", "C"), ("name_key", "C")]


@pytest.mark.parametrize(
    ("sort", "index"),
    [
        ("newest", "contact_newest"),
        ("name", "contact_by_name"),
        ("-name", "contact_by_name"),
        ("company", "contact_by_company"),
        ("-company", "contact_by_company"),
    ],
)
def test_each_sort_reads_its_own_index(owner: Workspace, sort: str, index: str) -> None:
    """No page sorts: the first and the last cost the same."""
    order = book.ORDERS[sort]
    first = book.page(workspace=owner, sort=sort, limit=3)
    rows = Contact.objects.filter(workspace=owner)
    after = paging._after(rows, order, paging._decode(first.next_cursor or "", tuple(order)))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    for query in (rows, rows.filter(after)):
        plan = query.order_by(*order)[:50].explain()
        assert index in plan and "TEMP B-TREE" not in plan and "Sort" not in plan, plan


def test_filters(owner: Workspace) -> None:
    def count(**given: Any) -> int:
        page = book.page(workspace=owner, filters=ContactFilters(**given))
        assert len(page.items) == book.count(workspace=owner, filters=ContactFilters(**given))
        return len(page.items)

    assert count() == len(NAMES)
    assert count(text="ANNA") == count(text="ａｎｎａ") == 3
    assert count(text="anna zo") == count(text="zo anna")
    assert count(text="%") == count(text="no such") == 0
    assert count(is_former=False) == len(NAMES) and count(is_former=True) == count(has_moved=True) == 0
    assert count(seniorities=["vp"]) == len(NAMES) and count(seniorities=["head", "board"]) == 0
    assert count(departments=["sales"], countries=["France"]) == 0
    assert count(run_id=7) == len(NAMES) and count(run_id=8) == 0
    assert count(company_ids=[1]) == 1
    assert count(seen_before=world.JUNE) == 0 and count(seen_before=world.JULY) == len(NAMES)


@pytest.mark.parametrize("text", ["x" * 201, "a\0b"])
def test_bad_filter(owner: Workspace, text: str) -> None:
    with pytest.raises(book.BadFilter):
        book.page(workspace=owner, filters=ContactFilters(text=text))


def test_bad_sort_and_cursor(owner: Workspace) -> None:
    with pytest.raises(book.UnknownSort):
        book.page(workspace=owner, sort="id; DROP TABLE")
    by_name = book.page(workspace=owner, sort="name", limit=1).next_cursor
    for sort, cursor in (("newest", by_name), ("name", "no cursor"), ("company", by_name)):
        with pytest.raises(paging.BadCursor):
            book.page(workspace=owner, sort=sort, cursor=cursor)


def test_at_company(owner: Workspace) -> None:
    contacts = book.at_company(workspace=owner, company_id=2)
    assert [contact.profile_id for contact in contacts] == sorted(
        (c.profile_id for c in Contact.objects.filter(company_id=2)),
        key=lambda number: Contact.objects.get(profile_id=number).name_key,
    )
    assert len(contacts) == 2 and book.at_company(workspace=owner, company_id=99) == []


def test_another_workspace_sees_nothing(
    owner: Workspace, other_workspace: Workspace, charlie: User, now: datetime
) -> None:
    """Invariant 8: its contacts do not exist for others; the error is that of a contact that never was."""
    mine = Contact.objects.all()[0]
    assert book.get(workspace=owner, contact_id=mine.pk) == mine
    for contact_id in (mine.pk, 10**18):
        with pytest.raises(book.NoSuchContact) as caught:
            book.get(workspace=other_workspace, contact_id=contact_id)
        assert caught.value.message.startswith(f"There is no contact con_{contact_id} here.")
        with pytest.raises(book.NoSuchContact):
            history.of_contact(workspace=other_workspace, contact_id=contact_id)
    assert book.page(workspace=other_workspace).items == []
    assert book.count(workspace=other_workspace) == 0
    assert book.at_company(workspace=other_workspace, company_id=mine.company_id) == []
    assert history.feed(workspace=other_workspace).items == []
    everyone = list(Contact.objects.values_list("pk", flat=True))
    assert history.of_contacts_in(workspace=other_workspace, contact_ids=everyone).items == []


def test_history(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """F2, C9: newest first, down to the charge; by contact, for all, for some, by kind."""
    world.load([world.ann(), world.bea()], now)
    world.buy(workspace, actor, now)
    july = [world.ann("VP Sales", seen=world.JULY, since=world.JULY), world.bea(seen=world.JULY)]
    refresh.run(workspace=workspace, version=world.load(july, now, as_of=world.JULY), now=now)
    ann = Contact.objects.get(full_name="Ann Doe")
    page = history.of_contact(workspace=workspace, contact_id=ann.pk)
    assert [change.kind for change in page.items] == ["promoted", "added"]
    kinds = [change.kind for change in history.feed(workspace=workspace).items]
    assert kinds == ["promoted", "added", "added"]
    news = history.feed(workspace=workspace, kinds=history.NEWS).items
    assert [(change.kind, change.contact) for change in news] == [("promoted", ann)]
    some = history.of_contacts_in(
        workspace=workspace, contact_ids=Contact.objects.filter(pk=ann.pk).values("pk"), kinds=["added"]
    )
    assert [change.contact for change in some.items] == [ann]
    first = history.feed(workspace=workspace, limit=2)
    rest = history.feed(workspace=workspace, limit=2, cursor=first.next_cursor)
    assert [*first.items, *rest.items] == list(Change.objects.order_by("-id"))
    with pytest.raises(history.UnknownChange):
        history.feed(workspace=workspace, kinds=["fired"])


def test_news_is_found_among_many_additions(owner: Workspace) -> None:
    """The feed without "added" reads an index that has none of them."""
    rows = history._of_kinds(Change.objects.filter(workspace=owner), history.NEWS).order_by("-id")[:50]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    assert "change_news" in rows.explain()


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_changes_are_append_only(owner: Workspace, verb: str) -> None:
    """Invariant 5: history is not rewritten, not even by the product."""
    from django.db import DatabaseError, transaction

    rows = Change.objects.filter(workspace=owner)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(kind="left") if verb == "update" else rows._raw_delete(rows.db)


@pytest.mark.parametrize(
    ("seen", "stale"),
    [(date(2026, 8, 31), False), (date(2025, 7, 27), False), (date(2025, 7, 26), True), (None, True)],
)
def test_f4_stale(seen: date | None, stale: bool) -> None:
    """Not seen for longer than 400 days before the universe's day, whatever today's is; never seen is stale."""
    assert staleness.is_stale(last_seen_on=seen, as_of=world.AUGUST) is stale
    assert staleness.is_stale(last_seen_on=seen, as_of=world.AUGUST, objective_days=10_000) is (seen is None)


def test_f4_the_filter_agrees(workspace: Workspace, actor: Actor, now: datetime) -> None:
    days = [date(2026, 8, 31), date(2025, 7, 27), date(2025, 7, 26), None]
    people = pa.concat_tables(world.made_up([n], last_seen_on=day) for n, day in enumerate(days, start=1))
    world.buy(workspace, actor, now, people=people)
    cutoff = staleness.fresh_from(as_of=world.AUGUST)
    shown = book.page(workspace=workspace, filters=ContactFilters(seen_before=cutoff)).items
    stale = {
        c.pk
        for c in Contact.objects.all()
        if staleness.is_stale(last_seen_on=c.last_seen_on, as_of=world.AUGUST)
    }
    assert {contact.pk for contact in shown} == stale and len(stale) == 2


def test_a_viewer_may_look(owner: Workspace, bob: User) -> None:
    assert access.member(workspace=owner, user=bob).may("contacts.see")
