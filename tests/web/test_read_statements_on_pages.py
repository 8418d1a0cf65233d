"""Usage, statements, the narrowed ledger and receipts to take away, on pages (C9)."""

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from rollcall.api.credits import entry_values
from rollcall.core import clock, ids
from rollcall.credits import explanations, grants, ledger, months, refunds
from rollcall.credits.models import Entry
from rollcall.segments import definitions as segments
from rollcall.workspaces.models import Workspace
from tests.credits import acts
from tests.credits.tampering import lifted
from tests.personas.world import World
from tests.web.test_see_credits import bought, entry_of, text
from tests.web.world import HOSTILE, at

DAY = timedelta(days=1)


def this_month(world: World) -> str:
    return months.written(months.of(workspace=world.workspace, at=clock.now()))


def rows_of(client: Client, address: str) -> list[list[str]]:
    answer = client.get(address)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))  # type: ignore[arg-type]


def test_c9_a_statement_adds_up_on_its_page(world: World, page: Client) -> None:
    bought(world)
    month = this_month(world)
    said = text(page, at(world.workspace, f"credits/statements/{month}"))
    assert "Opening balance 0 Granted 1 +1,000 Charged 2 −5 Closing balance 995" in said
    assert "Package Package 0 +1,000 −5 0 0 995" in said
    assert "0 held at the start + 5 set aside − 5 charged − 0 given back = 0 held at the end" in said
    assert "Used by segment" in said and "First 3 3 0 1" in said and "Both 2 2 0 1" in said
    assert "Used by persona" in said and "Leaders 5 5 0 2" in said and "Alice Moreau 5 5 0 2" in said
    assert "Used by api key" not in said, "nothing but the row of nobody"
    assert "So far" in said and "People added to Both" in said


def test_c9_the_figures_on_top_of_a_statement_add_up(world: World, page: Client) -> None:
    """1,000 granted, 5 used, and 30 taken back: what is no grant and no use has a figure of its own."""
    bought(world)
    given = acts.grant(world.workspace, 30, world.now, name="Mistaken")
    address = at(world.workspace, f"credits/statements/{this_month(world)}")
    assert "Expired and other" not in text(page, address).split("From the opening")[0]
    grants.void(
        workspace=world.workspace,
        grant_id=given.pk,
        key="void",
        actor=acts.ACTOR,
        now=clock.now(),
        why="Twice",
    )
    figures = text(page, address).split("From the opening")[0]
    assert "Opening balance 0 Granted 1,030 Used 5" in figures
    assert "Expired and other -30 also withdrawn and adjusted Closing balance 995" in figures.replace(
        "−", "-"
    )


def test_an_automation_of_an_old_entry_is_called_by_its_segment(world: World, page: Client) -> None:
    """Entries are never changed: those that say "Automation aut_1" are put into words where they are shown."""
    bought(world)
    with lifted():
        Entry.objects.filter(kind="charge").update(actor_label="Automation aut_7", automation_id=7)
    said = text(page, at(world.workspace, "credits/ledger"))
    assert "Automatic search in Both" in said and "Automatic search in First" in said
    assert "Automation aut_7" not in said
    newest = Entry.objects.filter(kind="charge").latest("pk")
    assert newest.actor_label == "Automation aut_7"
    facts = {fact.label: fact.value for fact in explanations.facts(entry=newest)}
    assert facts["By"] == "Automatic search in Both"
    address = at(world.workspace, f"credits/statements/{this_month(world)}/statement.csv")
    told = {value for row in rows_of(page, address) for value in row}
    assert "Automatic search in Both" in told and "Automation aut_7" not in told
    assert entry_values(newest)["actor_label"] == "Automatic search in Both"


def test_c9_a_statement_is_printed_with_all_its_entries(world: World, page: Client) -> None:
    for number in range(60):
        acts.grant(world.workspace, 1, world.now, name=f"Grant {number}.")
    address = at(world.workspace, f"credits/statements/{this_month(world)}")
    some, every = text(page, address), text(page, f"{address}?rows=all")
    assert "All on one page, to print" in some
    entries = every[every.index("From the first on") :]
    places = [entries.index(f"Grant {number}.") for number in range(60)]
    assert places == sorted(places) and "Load more" not in entries


def test_the_list_has_every_month_and_leads_to_each(world: World, page: Client) -> None:
    acts.grant(world.workspace, 50, clock.now() - 70 * DAY, name="Early", expires_at=clock.now() - 40 * DAY)
    grants.expire_due(workspace=world.workspace, now=clock.now() - 40 * DAY + timedelta(hours=1))
    bought(world)
    markup = page.get(at(world.workspace, "credits/statements")).content.decode()
    found = re.findall(r'href="([^"]+/credits/statements/[0-9-]+)"', markup)
    assert len(found) >= 3 and len(set(found)) == len(found)
    closing = None
    for address in reversed(found):
        said = text(page, address)
        opening = re.search(r"Opening balance ([\d,]+) ", said)
        assert opening and closing in (None, opening[1])
        closing = re.findall(r"Closing balance ([\d,]+)", said)[-1]
    assert closing == "995"


def test_a_new_workspace_has_words_instead_of_statements(workspace: Workspace, page: Client) -> None:
    assert "Nothing has happened yet." in text(page, at(workspace, "credits/statements"))
    assert "Nothing was used in this time." in text(page, at(workspace, "credits/usage"))
    assert "There is no statement for 2020-01" in text(page, at(workspace, "credits/statements/2020-01"), 404)
    assert "is no month" in text(page, at(workspace, "credits/statements/january"), 422)


@pytest.mark.parametrize("by", ["segment", "persona", "member", "key", "automation", "month"])
def test_usage_has_the_same_sum_by_whatever(world: World, page: Client, by: str) -> None:
    bought(world)
    address = at(world.workspace, f"credits/usage?by={by}")
    assert re.search(r"All 5 5 0\b", text(page, address))
    rows = rows_of(page, at(world.workspace, f"credits/usage.csv?by={by}"))
    assert rows[0] == ["subject", "name", "charged", "refunded", "net", "searches"]
    assert sum(int(row[2]) for row in rows[1:]) == 5 and sum(int(row[4]) for row in rows[1:]) == 5


def test_usage_of_a_deleted_segment_still_shows_and_leads_to_its_entries(world: World, page: Client) -> None:
    run = bought(world)
    segments.delete(workspace=world.workspace, segment_id=run.segment_id, actor=world.actor, now=world.now)
    markup = page.get(at(world.workspace, "credits/usage?by=segment")).content.decode()
    public = ids.public("seg", run.segment_id)
    address = re.search(rf'href="([^"]*/credits/ledger\?segment={public})">Both', markup)
    assert address
    said = text(page, unescape(address[1]))
    assert "People added to Both" in said and "People added to First" not in said and public in said


def test_the_ledger_is_narrowed_by_what_the_address_says_and_leaves_so(world: World, page: Client) -> None:
    run = bought(world)
    segment, month = ids.public("seg", run.segment_id), this_month(world)
    for query, shown, hidden in (
        (f"segment={segment}", "People added to Both", "People added to First"),
        (f"who={world.actor.ref}&kind=charge", "People added to First", "Set aside"),
        (f"run={ids.public('run', run.pk)}", "People added to Both", "Credits granted"),
        (f"month={month}&kind=grant", "Package", "People added"),
        ("who=key_9", "No entries like that.", "People added"),
        (f"since={clock.now() + 2 * DAY:%Y-%m-%d}", "No entries like that.", "People added"),
        (f"until={clock.now() - 2 * DAY:%Y-%m-%d}", "No entries like that.", "People added"),
    ):
        said = text(page, at(world.workspace, f"credits/ledger?{query}")).partition("Balance Receipt")[2]
        assert shown in said and hidden not in said, query
    rows = rows_of(page, at(world.workspace, f"credits/ledger.csv?segment={segment}&kind=charge"))
    assert [row[2] for row in rows[1:]] == ["Charge"] and rows[1][3:6] == ["2", "-2", "995"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("segment=nonsense", 404), ("month=2026-13", 422), ("since=yesterday", 422), ("kind=x", 404),
     ("month=2026-01&since=2026-01-02", 422), ("who=%00'\"<b>", 200), ("automation=aut_9", 200)],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_told(world: World, page: Client, query: str, status: int) -> None:
    for path in ("credits/ledger", "credits/ledger.csv"):
        assert page.get(at(world.workspace, f"{path}?{query}")).status_code == status


def test_c9_a_receipt_leaves_as_csv_and_as_json_with_everybody(world: World, page: Client) -> None:
    bought(world)
    entry = entry_of(world.workspace, "charge")
    base = at(world.workspace, f"credits/entries/{ids.public('ent', entry.pk)}/receipt")
    rows = rows_of(page, f"{base}.csv")
    parts = [row[0] for row in rows[1:]]
    assert list(dict.fromkeys(parts)) == ["entry", "fact", "sum", "search", "not charged", "grant", "person"]
    assert [row[2] for row in rows if row[0] == "sum"] == ["5", "-3", "0", "2"]
    assert [row[1] for row in rows if row[0] == "person"] == ["Person 02000", "Person 02001"]
    document = json.loads(b"".join(page.get(f"{base}.json")))  # type: ignore[arg-type]
    assert [person["name"] for person in document["people"]] == ["Person 02000", "Person 02001"]
    assert document["balance_after"] == 995 and document["search"][-1]["credits"] == 2
    facts = {fact["label"]: fact["value"] for fact in document["facts"]}
    assert facts["By"] == "Alice Moreau" and facts["Segment"] == "Both" and facts["Persona"] == "Leaders: 2"


def test_a_refund_and_its_charge_lead_to_each_other(world: World, page: Client) -> None:
    bought(world)
    charge = entry_of(world.workspace, "charge")
    person = ledger.claims(workspace=world.workspace, entry_id=charge.pk).items[0]
    refund = refunds.refund(
        workspace=world.workspace, profile_id=person.profile_id, company_id=person.company_id, key="r",
        why="Hard bounce reported", actor=world.actor, now=clock.now(),
    )  # fmt: skip

    def address(entry: Entry) -> str:
        return at(world.workspace, f"credits/entries/{ids.public('ent', entry.pk)}")

    there = page.get(address(charge)).content.decode()
    assert f'href="{address(refund)}">Refunded' in there and "1 credit, by the refunds named below" in there
    back = page.get(address(refund)).content.decode()
    assert f'href="{address(charge)}"' in back and "Hard bounce reported" in back
    assert "The people refunded" in back and "Person 0200" in back


def test_names_that_are_formulas_leave_as_text(world: World, page: Client) -> None:
    for name in ("=1+1", " @SUM(A1)", HOSTILE):
        segment = world.segment(name, include_domains=["company1.com"])
        world.search(segment, world.persona(f"-{name}"))
    month = this_month(world)
    for path in ("usage.csv", "usage.csv?by=persona", f"statements/{month}/statement.csv", "ledger.csv"):
        for row in rows_of(page, at(world.workspace, f"credits/{path}")):
            assert not any(re.match(r"\s*[=+@]|-\D", cell) for cell in row), path
    markup = page.get(at(world.workspace, f"credits/statements/{month}")).content.decode()
    assert "<script>alert" not in markup


def test_others_see_none_of_it(
    world: World, page: Client, stranger: Client, other_workspace: Workspace
) -> None:
    acts.grant(other_workspace, 7, clock.now(), name="Theirs")
    bought(world)
    month = this_month(world)
    charge = ids.public("ent", entry_of(world.workspace, "charge").pk)
    for path in (
        "usage", "usage.csv", "statements", f"statements/{month}", f"statements/{month}/statement.csv",
        f"statements/{month}/statement.json", "ledger", f"entries/{charge}/receipt.csv",
        f"entries/{charge}/receipt.json",
    ):  # fmt: skip
        answer = page.get(at(world.workspace, f"credits/{path}"))
        said = b"".join(answer) if answer.streaming else answer.content
        assert b"Theirs" not in said
        assert stranger.get(at(world.workspace, f"credits/{path}")).status_code == 404
    theirs = ids.public("ent", entry_of(other_workspace, "grant").pk)
    for end in ("csv", "json"):
        assert page.get(at(world.workspace, f"credits/entries/{theirs}/receipt.{end}")).status_code == 404
