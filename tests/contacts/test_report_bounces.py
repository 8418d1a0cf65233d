"""Hard bounces reported in bulk: matched, refunded, and told line by line (C8)."""

import csv
import io
import time
from datetime import date, datetime, timedelta

import pytest

from rollcall.contacts import bounce_rows, bounces, erasure, verify
from rollcall.contacts.bounce_rows import Row, made
from rollcall.contacts.bounces import Reported
from rollcall.contacts.models import Bounce, BounceReport, Contact
from rollcall.core.errors import NotFound
from rollcall.core.faults import FaultInjected
from rollcall.credits import balances, ledger, refund_rules
from rollcall.credits import verify as proof
from rollcall.credits.models import Entry
from rollcall.credits.posting import KeyNeeded
from rollcall.workspaces import access
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import AuditEntry, User, Workspace
from tests.contacts import world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def owner(workspace: Workspace, actor: Actor, now: datetime) -> Workspace:
    """Forty people at two companies, bought now; every credit spent."""
    people = world.made_up(range(1, 41))
    urls = [f"https://www.linkedin.com/in/jane-{n}/" for n in range(1, 41)]
    people = people.set_column(people.schema.get_field_index("profile_url"), "profile_url", [urls])
    world.buy(workspace, actor, now, people=people)
    return workspace


def send(workspace: Workspace, actor: Actor, now: datetime, *rows: Row, key: str = "report") -> Reported:
    return bounces.report(workspace=workspace, rows=rows, key=key, actor=actor, now=now)


def told(workspace: Workspace, done: Reported) -> list[tuple[str, str]]:
    lines = bounces.lines(workspace=workspace, report_id=done.report.pk, limit=500).items
    return [(line.code, line.why) for line in lines]


def codes(workspace: Workspace, done: Reported) -> list[str]:
    return [code for code, _ in told(workspace, done)]


def contact(number: int) -> Contact:
    return Contact.objects.get(profile_id=number)


def test_c8_it_works(owner: Workspace, actor: Actor, now: datetime) -> None:
    """C8, C9: by id, page, or name and company; the credit is back, the entry names the report and the code."""
    rows = [
        made(contact_id=f"con_{contact(1).pk}", status="5.1.1", bounced_on="2026-09-02T10:00:00Z"),
        made(profile_url="http://uk.linkedin.com/in/Jane-2", kind="hard"),
        made(full_name="  JANE 3 doe ", company="https://www.c0.com/about", status="550 5.1.10 no such user"),
        made(full_name="Jane 4 Doe", company="company 0", status="550"),
        made(full_name="Jane 5 Doe", email="jane5@c0.com", reason="smtp; 550 5.1.1 unknown"),
    ]
    done = send(owner, actor, now + DAY, *rows)
    assert codes(owner, done) == ["given_back"] * 5 and done.given_back == 5
    assert balances.quick(workspace=owner) == (5, 0)
    first = bounces.lines(workspace=owner, report_id=done.report.pk).items[0]
    assert (first.status, first.bounced_on, first.label) == ("5.1.1", date(2026, 9, 2), "")
    assert first.entry is not None and first.contact_id == contact(1).pk
    entry = ledger.entry(workspace=owner, entry_id=first.entry.pk)
    assert (entry.context["cause"], entry.context["observed"]) == ("hard_bounce", "hard bounce 5.1.1")
    assert entry.context["report"] == f"bou_{done.report.pk}" and entry.context["bounced_on"] == "2026-09-02"
    assert entry.actor == actor.ref
    assert [b.pk for b in bounces.of_contact(workspace=owner, contact_id=contact(1).pk)] == [first.pk]
    assert AuditEntry.objects.get(action="bounces.report").target == f"bou_{done.report.pk}"
    prove(owner)


def prove(workspace: Workspace) -> None:
    found = proof.verify(workspace=workspace, extra_checks=[verify.checks])
    assert found.ok, [check for check in found.checks if not check.ok]


@pytest.mark.parametrize(("given", "expected"), [
    ({"kind": "hard"}, "given_back"), ({"kind": "Hard Bounce"}, "given_back"), ({"status": "5.7.1"}, "given_back"),
    ({"kind": "Permanent"}, "given_back"), ({"status": "hard"}, "given_back"),
    ({"reason": "#5.2.1 gone"}, "given_back"),
    ({"kind": "soft"}, "soft"), ({"status": "4.2.2"}, "soft"), ({"status": "421"}, "soft"),
    ({"kind": "hard", "status": "4.4.1"}, "soft"), ({"kind": "transient"}, "soft"),
    ({}, "unclear"), ({"kind": "bounced"}, "unclear"), ({"reason": "mail to 10.5.1.1 failed"}, "unclear"),
    ({"status": "250"}, "unclear"), ({"reason": "version 15.1.1"}, "unclear"),
])  # fmt: skip
def test_c8_only_hard_bounces_count(
    owner: Workspace, actor: Actor, now: datetime, given: dict[str, str], expected: str
) -> None:
    done = send(owner, actor, now, made(contact_id=f"con_{contact(1).pk}", **given))
    assert codes(owner, done) == [expected]
    assert balances.quick(workspace=owner)[0] == int(expected == "given_back")


def test_c8_whom_nobody_can_tell(
    owner: Workspace, actor: Actor, other_workspace: Workspace, charlie: User, now: datetime
) -> None:
    theirs = access.member(workspace=other_workspace, user=charlie)
    world.buy(other_workspace, theirs, now, people=world.made_up([900]))
    world.buy(owner, actor, now, key="twin", people=world.made_up([50], full_name="Jane 1 Doe", company_id=1,
              company_domain="c0.com"))  # fmt: skip
    rows = [
        made(contact_id=f"con_{Contact.objects.get(workspace=other_workspace).pk}", kind="hard"),
        made(contact_id="con_999999", kind="hard", full_name="Jane 2 Doe", company="c0.com"),
        made(contact_id="=1+1", kind="hard"),
        made(full_name="Jane 1 Doe", company="c0.com", kind="hard"),
        made(full_name="Jane 2 Doe", company="c1.com", kind="hard"),
        made(email="jane2@c0.com", kind="hard"),
        made(kind="hard"),
        made(profile_url="https://linkedin.com/in/nobody-here", kind="hard"),
    ]
    before = Entry.objects.count()
    done = send(owner, actor, now, *rows)
    assert codes(owner, done) == ["unmatched"] * 3 + ["several"] + ["unmatched"] * 4
    assert Entry.objects.count() == before
    labels = [line.label for line in bounces.lines(workspace=owner, report_id=done.report.pk).items]
    assert labels[1:] == [
        "con_999999", "=…", "J… at c0.com", "J… at c1.com", "j…@c0.com", "empty", "linkedin.com/in/n…",
    ]  # fmt: skip


def test_c8_the_same_person_again(owner: Workspace, actor: Actor, now: datetime) -> None:
    """In one report, and in the next one: one credit in all, and each line says so."""
    row = made(contact_id=f"con_{contact(1).pk}", status="5.1.1")
    same = made(full_name="jane 1 doe", company="c0.com", kind="hard")
    first = send(owner, actor, now, row, same)
    assert codes(owner, first) == ["given_back", "refunded_before"]
    second = send(owner, actor, now + DAY, row, key="next week")
    assert codes(owner, second) == ["refunded_before"]
    assert "was given back before (ent_" in told(owner, second)[0][1]
    assert balances.quick(workspace=owner) == (1, 0)


def test_c8_past_the_window_over_the_cap_and_off(
    owner: Workspace, actor: Actor, operator: User, now: datetime
) -> None:
    desk = access.operator(operator)
    rows = [made(contact_id=f"con_{contact(n).pk}", status="5.1.1") for n in range(1, 6)]
    late = send(owner, actor, now + 31 * DAY, *rows, key="late")
    assert codes(owner, late) == ["past_window"] * 5
    assert (
        told(owner, late)[0][1] == "Past the window of 30 days: charged on 2026-09-01, so until 2026-10-01."
    )
    rule = {"workspace": owner, "cause": "hard_bounce", "window_days": 30, "actor": desk, "now": now}
    refund_rules.set_(is_on=True, cap_credits=2, **rule)  # type: ignore[arg-type]
    assert codes(owner, send(owner, actor, now, *rows, key="capped")) == ["given_back"] * 2 + ["over_cap"] * 3
    refund_rules.set_(is_on=False, cap_credits=None, **rule)  # type: ignore[arg-type]
    assert codes(owner, send(owner, actor, now, rows[4], key="off")) == ["off"]
    prove(owner)


def test_the_same_key_is_the_same_report(owner: Workspace, actor: Actor, now: datetime) -> None:
    """Invariant 9: also after the rule changed; another list under the key is refused."""
    row, other = (made(contact_id=f"con_{contact(n).pk}", kind="hard") for n in (1, 2))
    first = send(owner, actor, now, row)
    again = send(owner, actor, now + 90 * DAY, row)
    assert again.report == first.report and codes(owner, again) == ["given_back"]
    with pytest.raises(bounces.ReportKeyReused):
        send(owner, actor, now, other)
    for key in ("", "x" * 121):
        with pytest.raises(KeyNeeded):
            send(owner, actor, now, row, key=key)
    with pytest.raises(bounces.NothingReported):
        send(owner, actor, now, key="empty")
    assert BounceReport.objects.count() == 1 and balances.quick(workspace=owner) == (1, 0)


@pytest.mark.parametrize(
    "point", ["contacts.bounces.decided", "contacts.bounces.written", "credits.refund.posted"]
)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_crash_half_way_is_carried_on(
    owner: Workspace, actor: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch, point: str, nth: int
) -> None:
    """Each batch is whole or not there; the same report again does the rest."""
    from rollcall.core import faults

    monkeypatch.setattr(bounces, "BATCH", 4)
    monkeypatch.setattr(faults, "_passes", {})
    rows = [made(contact_id=f"con_{contact(n).pk}", kind="hard") for n in range(1, 11)]
    monkeypatch.setenv("ROLLCALL_FAULTS", f"{point}=raise@{nth}")
    with pytest.raises(FaultInjected):
        send(owner, actor, now, *rows)
    monkeypatch.delenv("ROLLCALL_FAULTS")
    written = Bounce.objects.count()
    assert written == balances.quick(workspace=owner)[0] and written in (0, 4, 8)
    prove(owner)
    done = send(owner, actor, now, *rows)
    assert done.report.finished_at == now and codes(owner, done) == ["given_back"] * 10
    assert balances.quick(workspace=owner) == (10, 0)
    prove(owner)


def test_who_was_forgotten(owner: Workspace, actor: Actor, now: datetime) -> None:
    """X2: nothing that was reported about them says who they were, nor can they be reported again."""
    number = contact(1).pk
    row = made(contact_id=f"con_{number}", kind="hard")
    send(owner, actor, now, row)
    erasure.forget(workspace=owner, contact_id=number, actor=actor, now=now)
    assert codes(owner, send(owner, actor, now, row, key="again")) == ["forgotten"]
    named = made(full_name="Jane 1 Doe", company="c0.com", kind="hard")
    assert codes(owner, send(owner, actor, now, named, key="by name")) == ["unmatched"]
    prove(owner)


def test_as_a_file_to_take_away(owner: Workspace, actor: Actor, now: datetime) -> None:
    done = send(owner, actor, now, made(contact_id=f"con_{contact(1).pk}", kind="hard"), made(email="=x@y.z"))
    rows = list(bounces.csv_rows(workspace=owner, report_id=done.report.pk))
    assert rows[0][:3] == ["Line", "Contact id", "Reported as"]
    assert rows[1][0] == "1" and rows[1][5] == "given_back" and rows[1][7].startswith("ent_")
    assert rows[2][2] == "'=…@y.z" and rows[2][5] == "unmatched"


def test_reports_of_others(owner: Workspace, other_workspace: Workspace, actor: Actor, now: datetime) -> None:
    done = send(owner, actor, now, made(contact_id=f"con_{contact(1).pk}", kind="hard"))
    assert bounces.list_(workspace=other_workspace).items == []
    for look in (bounces.get, bounces.lines):
        with pytest.raises(NotFound):
            look(workspace=other_workspace, report_id=done.report.pk)


# Files


def read(text: str | bytes) -> list[Row]:
    return bounce_rows.read(data=text.encode() if isinstance(text, str) else text)


@pytest.mark.parametrize("encode", [
    lambda text: text.encode("utf-8"), lambda text: text.encode("utf-8-sig"), lambda text: text.encode("utf-16"),
    lambda text: text.encode("cp1252"), lambda text: text.replace(",", ";").encode(),
    lambda text: text.replace(",", "\t").encode(), lambda text: text.replace("\r\n", "\n").encode(),
])  # fmt: skip
def test_files_in_any_encoding(encode: "object") -> None:
    text = 'Full Name,Company Domain,Bounce code\r\n"Zoë Müller",acme.com,5.1.1\r\n\r\n"O\'Neil ""Jo""",b.io,hard\r\n'
    rows = read(encode(text))  # type: ignore[operator]
    assert [(row.full_name, row.company, row.status) for row in rows] == [
        ("Zoë Müller", "acme.com", "5.1.1"), ("O'Neil \"Jo\"", "b.io", "hard"),
    ]  # fmt: skip


def test_our_own_export_is_understood(owner: Workspace, actor: Actor, now: datetime) -> None:
    """Take the file of contacts, add a column, send it back."""
    from rollcall.delivery.destinations.csv_file import export

    text = "".join(export.text(export.rows(workspace=owner, actor=actor, now=now)))
    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    out = io.StringIO()
    csv.writer(out).writerows(
        [[*line, extra] for line, extra in zip(lines, ["Bounce type", *["hard"] * 40], strict=True)]
    )
    done = bounces.report(
        workspace=owner, rows=read("\ufeff" + out.getvalue()), key="file", actor=actor, now=now
    )
    assert done.given_back == 40


@pytest.mark.parametrize("cell", ['=HYPERLINK("http://evil","x")', "+1", "-2+3", "@SUM(A1)", "'=1+1", "\t=1"])
def test_formula_cells_are_text(owner: Workspace, actor: Actor, now: datetime, cell: str) -> None:
    """Hostile cells match nobody, and no file that we give out starts a formula with them."""
    out = io.StringIO()
    csv.writer(out).writerows([["Name", "Domain", "Type"], [cell, cell, "hard"]])
    done = bounces.report(workspace=owner, rows=read(out.getvalue()), key="f", actor=actor, now=now)
    assert codes(owner, done) == ["unmatched"]


@pytest.mark.parametrize("data", [
    b"", b"\0\0\0", b"a,b\n1,2\n", b"Email,Code\nx@y.z,5.1.1\n", b"\xff\xfe", b"\x80\x81\x82",
    b"Name,Type\nJane,hard\n", b"\n\n\n",
])  # fmt: skip
def test_files_that_name_nobody_are_refused(data: bytes) -> None:
    with pytest.raises(bounce_rows.NoColumns):
        read(data)


def test_files_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(bounce_rows.FileTooLarge):
        read(b"x" * (bounce_rows.BYTES_MAX + 1))
    with pytest.raises(bounce_rows.UnreadableFile):
        read('Contact id\n"' + "x" * 200_000 + '"\n')
    monkeypatch.setattr(bounce_rows, "ROWS_MAX", 3)
    assert len(read("Contact id\n1\n2\n3\n")) == 3
    with pytest.raises(bounce_rows.FileTooLarge):
        read("Contact id\n1\n2\n3\n4\n")


def test_odd_files_are_read() -> None:
    assert read("Contact id,Type\ncon_1\ncon_2,hard,more,more\n,,\n") == [
        made(contact_id="con_1"), made(contact_id="con_2", kind="hard"),
    ]  # fmt: skip
    assert read("contact_id,Type\ncon_\x001,ha\0rd\n") == [made(contact_id="con_1", kind="hard")]
    assert read("First name,Last name,Website\nAnn,Lee,a.com\n") == [
        made(full_name="Ann Lee", company="a.com")
    ]
    assert len(read("Contact id\n" + "x" * 5000)[0].contact_id) == bounce_rows.TEXT_MAX


def test_a_hundred_thousand_rows(owner: Workspace, actor: Actor, now: datetime) -> None:
    """Nearly all of them strangers; it takes seconds, and statements do not grow by the row."""
    text = io.StringIO()
    lines = ([f"con_{number}", f"Jane {number} Doe", "c0.com", "5.1.1"] for number in range(1, 100_001))
    csv.writer(text).writerows([["Contact id", "Name", "Domain", "Code"], *lines])
    started = time.process_time()
    rows = read(text.getvalue())
    done = bounces.report(workspace=owner, rows=rows, key="large", actor=actor, now=now)
    assert sum(done.counts.values()) == done.report.lines == 100_000
    assert done.counts["given_back"] == 40 == balances.quick(workspace=owner)[0]
    assert time.process_time() - started < 40


def test_thousands_of_refunds_stay_fast(workspace: Workspace, actor: Actor, now: datetime) -> None:
    world.buy(workspace, actor, now, people=world.made_up(range(1, 5001)))
    numbers = Contact.objects.order_by("pk").values_list("pk", flat=True)
    rows = [made(contact_id=f"con_{number}", kind="hard") for number in numbers]
    started = time.process_time()
    done = bounces.report(workspace=workspace, rows=rows, key="all", actor=actor, now=now)
    assert done.given_back == 5000 and balances.quick(workspace=workspace) == (5000, 0)
    assert time.process_time() - started < 20
    prove(workspace)
