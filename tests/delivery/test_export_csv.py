"""Exporting contacts and companies as CSV: every column, hostile cells, history, the audit log (D1, S4)."""

import csv
import io
import re
import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.contacts import suppression
from rollcall.contacts.models import Contact
from rollcall.core import rows as many
from rollcall.delivery.destinations.csv_file import cells, export
from rollcall.personas.models import ContactPersona, Persona
from rollcall.segments import definitions, membership
from rollcall.segments.models import Segment
from rollcall.segments.register import NoSuchSegment
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.segments import world

DAY = timedelta(days=1)
ENERGY = {"where": {"items": [{"field": "sector", "op": "is", "value": "Energy"}]}}
_RISKY = re.compile(r"['\s]*[=+\-@＝＋－＠]|'*[\t\r\n]")
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def read_back(pieces: Iterator[str]) -> list[dict[str, str]]:
    """What a careful importer does: read the CSV, and take one apostrophe off where it guards a formula."""
    text = "".join(pieces)
    assert text.startswith(export.BYTE_ORDER_MARK)
    reader = csv.reader(io.StringIO(text.removeprefix(export.BYTE_ORDER_MARK), newline=""))
    header, *lines = [[unguarded(cell) for cell in line] for line in reader]
    return [dict(zip(header, line, strict=True)) for line in lines]


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell[1:]) else cell


@pytest.fixture
def energy(workspace: Workspace, actor: Actor, now: datetime) -> Segment:
    """Three energy companies and the nine people in them, owned."""
    world.load(world.FIRST, now)
    made = definitions.create(
        workspace=workspace, name="Energy", kind="static", definition=ENERGY, actor=actor, now=now
    )
    world.own(workspace, made, actor, now)
    return made


def test_it_works(energy: Segment, workspace: Workspace, actor: Actor, now: datetime) -> None:
    """D1"""
    persona = Persona.objects.create(
        workspace=workspace, name="Chiefs", definition={}, created_by="A", created_at=now
    )
    chief = Contact.objects.get(name_key__startswith="ada öz of alder")
    ContactPersona.objects.create(contact=chief, persona=persona)
    who = {"workspace": workspace, "actor": actor, "now": now}
    lines = read_back(export.text(export.rows(segment_id=energy.pk, **who)))
    assert len(lines) == 9
    [line] = [line for line in lines if line["Contact id"] == f"con_{chief.pk}"]
    assert line == {
        "Name": "Ada Öz of Alder Energy", "First name": "", "Last name": "", "Title": "Chief Executive Officer",
        "Seniority": "c_suite", "Department": chief.department or "", "Company": "Alder Energy", "Domain": "alder.com",
        "Country": "US", "Region": "", "City": "", "Profile URL": "", "Is former employee?": "no", "Left on": "",
        "Now at": "", "Now at domain": "", "Now title": "", "In role since": "2024-01-01", "Last seen": "2026-07-01",
        "Source": "little_world", "Owned since": "2026-09-01 12:00:00", "Refreshed": "2026-09-01 12:00:00",
        "Personas": "Chiefs", "Contact id": f"con_{chief.pk}", "Company id": f"com_{chief.company_id}",
        "Added to segment": "2026-09-01 12:00:00", "Removed from segment": "",
    }  # fmt: skip


def test_all_contacts_of_the_workspace(
    energy: Segment, workspace: Workspace, other_workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """Invariant 8: and nobody else's."""
    mine = read_back(export.text(export.rows(workspace=workspace, actor=actor, now=now)))
    assert len({line["Contact id"] for line in mine}) == 9 and "Added to segment" not in mine[0]
    assert read_back(export.text(export.rows(workspace=other_workspace, actor=actor, now=now))) == []


def test_ownership_and_missing(
    energy: Segment, workspace: Workspace, other_workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """Invariant 8: refused at once, before a row is read."""
    for call in (export.rows, export.company_rows):
        with pytest.raises(NoSuchSegment):
            call(workspace=other_workspace, segment_id=energy.pk, actor=actor, now=now)
        with pytest.raises(NoSuchSegment):
            call(workspace=workspace, segment_id=10**15, actor=actor, now=now)
    assert not any(entry.action == "export.made" for entry in audit.entries(workspace=other_workspace).items)


def test_s4_historical_contacts(energy: Segment, workspace: Workspace, actor: Actor, now: datetime) -> None:
    """S4: those taken out, with the time, when asked for."""
    contact = Contact.objects.earliest("id")
    who = {"workspace": workspace, "segment_id": energy.pk, "actor": actor}
    membership.remove_contact(contact_id=contact.pk, now=now + DAY, **who)
    assert len(read_back(export.text(export.rows(now=now, **who)))) == 8
    *present, ended = read_back(export.text(export.rows(now=now, historical=True, **who)))
    assert len(present) == 8
    assert (ended["Contact id"], ended["Removed from segment"]) == (
        f"con_{contact.pk}",
        "2026-09-02 12:00:00",
    )


def test_x1_suppressed_people_are_in_no_file(
    energy: Segment, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """X1, invariant 6: also those who were added before they were suppressed; they stay owned."""
    suppression.add(workspace=workspace, kind="domain", value="alder.com", reason="", actor=actor, now=now)
    who = {"workspace": workspace, "actor": actor, "now": now}
    chosen = list(Contact.objects.values_list("pk", flat=True))
    for rows in (
        export.rows(segment_id=energy.pk, **who), export.rows(**who), export.chosen_rows(contact_ids=chosen, **who),
    ):  # fmt: skip
        assert {line["Domain"] for line in read_back(export.text(rows))} == {"birch.com", "cedar.co.uk"}
    assert Contact.objects.count() == 9


def test_s4_companies_and_their_history(
    energy: Segment, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    """S4: joined, left and why; source and date of each fact (invariant 7)."""
    who = {"workspace": workspace, "segment_id": energy.pk, "actor": actor}
    definitions.update(definition={**ENERGY, "exclude_domains": "birch.com"}, now=now + DAY, **who)
    present = read_back(export.text(export.company_rows(now=now, **who)))
    assert [line["Company"] for line in present] == ["Alder Energy", "Cedar Energy"]
    assert all(line["Source"] == "little_world" and line["Observed"] == "2026-07-01" for line in present)
    *_, left = read_back(export.text(export.company_rows(now=now, historical=True, **who)))
    assert (left["Domain"], left["Joined because"]) == ("birch.com", "created")
    assert (left["Left"], left["Left because"]) == ("2026-09-02 12:00:00", "no longer matches (edited)")


def test_each_export_is_in_the_audit_log_before_a_row_is_read(
    energy: Segment, workspace: Workspace, actor: Actor, now: datetime
) -> None:
    export.rows(workspace=workspace, segment_id=energy.pk, actor=actor, now=now)
    export.company_rows(workspace=workspace, segment_id=energy.pk, actor=actor, now=now, historical=True)
    export.rows(workspace=workspace, actor=actor, now=now)
    found = [entry for entry in audit.entries(workspace=workspace).items if entry.action == "export.made"]
    assert [(entry.target, entry.detail["what"], entry.detail["historical"]) for entry in found] == [
        (f"ws_{workspace.pk}", "contacts", False),
        (f"seg_{energy.pk}", "companies", True),
        (f"seg_{energy.pk}", "contacts", False),
    ]
    assert {entry.actor_label for entry in found} == {"Alice Moreau"}


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+44 20", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "''=1", "'", "'t Hooft", "＝1", "＠x",
     'a"b', "a,b;c", "a\r\nb", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "", " ", "Zoë 漢字 🙂"],
)  # fmt: skip
def test_d1_hostile_cells_are_no_formulas_and_come_back(
    energy: Segment, workspace: Workspace, actor: Actor, now: datetime, value: str
) -> None:
    """D1: no cell is a formula; re-import restores the value."""
    Contact.objects.filter(workspace=workspace).update(title=value, full_name=value)
    who = {"workspace": workspace, "segment_id": energy.pk, "actor": actor, "now": now}
    assert not any(
        cell.lstrip(" ").startswith(FORMULA_STARTS) for line in export.rows(**who) for cell in line
    )
    lines = read_back(export.text(export.rows(**who)))
    assert [(line["Title"], line["Name"]) for line in lines] == [(value, value)] * 9


hostile = st.text(st.sampled_from("=+-@'\"\t\r\n ,;a1|＝＋－＠\xa0\u2028é")) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
)


@given(hostile)
def test_d1_any_text_comes_back(value: str) -> None:
    """D1"""
    cell = cells.text(value)
    assert not cell.startswith(FORMULA_STARTS) and not cell.lstrip().startswith(FORMULA_STARTS)
    assert unguarded(cell) == value


@given(st.lists(st.lists(hostile, min_size=1, max_size=4), max_size=5))
def test_d1_any_table_comes_back(table: list[list[str]]) -> None:
    """D1: through the file, not the cell alone."""
    guarded = [[cells.text(value) for value in row] for row in table]
    text = "".join(export.text(guarded)).removeprefix(export.BYTE_ORDER_MARK)
    read = [[unguarded(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    assert read == table


@pytest.mark.parametrize(
    ("value", "cell"),
    [(None, ""), (True, "yes"), (False, "no"), (0, "0"), (date(2026, 2, 1), "2026-02-01"), (-5, "'-5")],
)
def test_values_as_cells(value: Any, cell: str) -> None:
    assert cells.text(value) == cell


def test_an_empty_segment_is_a_header(
    workspace: Workspace, actor: Actor, now: datetime, energy: Segment
) -> None:
    nobody = definitions.create(
        workspace=workspace, name="Nobody", kind="static", definition={"include_domains": "x.example.org"},
        actor=actor, now=now,
    )  # fmt: skip
    who = {"workspace": workspace, "segment_id": nobody.pk, "actor": actor, "now": now}
    assert [len(list(export.rows(**who))), len(list(export.company_rows(**who)))] == [1, 1]


def test_many_rows_in_constant_memory(
    energy: Segment, workspace: Workspace, actor: Actor, now: datetime, django_assert_max_num_queries: Any
) -> None:
    """A page at a time: the file of 6,000 contacts takes no more than a few pages of memory, and few questions."""
    template = Contact.objects.earliest("id")
    same = {field.attname: getattr(template, field.attname) for field in Contact._meta.concrete_fields}
    same = {name: value for name, value in same.items() if name not in ("id", "profile_id")}
    made = many.insert(
        Contact, {"profile_id": list(range(10**6, 10**6 + 6_000))}, constants=same, returning=["id"]
    )
    membership.place(segment=energy, contact_ids=[row[0] for row in made], now=now)
    pieces = export.text(export.rows(workspace=workspace, segment_id=energy.pk, actor=actor, now=now))
    next(pieces)
    tracemalloc.start()
    with django_assert_max_num_queries(40):
        size = sum(len(piece) for piece in pieces)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 1_000_000 and peak < 8 * 2**20
