"""Bounces, duplicates, forgetting and the operator's rules in the browser (C6, C8, X2)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rollcall.contacts import bounces, merging
from rollcall.contacts.bounce_rows import made
from rollcall.contacts.models import Contact
from rollcall.credits import refund_rules
from rollcall.workspaces import access
from rollcall.workspaces.models import User
from tests.personas.world import World, staff
from tests.web.world import HOSTILE, HTMX, HostileRoster, at, queries, signed_in


@pytest.fixture
def people(world: World) -> list[Contact]:
    """Everybody at the six companies, bought just now; 952 credits are left."""
    world.search(world.segment("All"), world.persona("Everybody"))
    return list(Contact.objects.order_by("pk"))


@pytest.fixture
def desk(operator: User) -> Client:
    return signed_in(operator)


def csv(text: str | bytes, name: str = "bounces.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text, "text/csv")


def of(world: World, contact: Contact, path: str = "") -> str:
    return at(world.workspace, f"contacts/con_{contact.pk}{path}")


def test_c8_it_works(world: World, page: Client, people: list[Contact]) -> None:
    """C8: the file, what came of each line, the receipt, the contact."""
    form = page.get(at(world.workspace, "contacts/bounces")).text
    assert "within 30 days of the charge" in form and "Contact id" in form
    text = f"Contact id,Code\ncon_{people[0].pk},5.1.1\ncon_{people[1].pk},4.2.2\ncon_999,5.1.1\n"
    shown = page.post(at(world.workspace, "contacts/bounces"), {"file": csv(text)}, follow=True)
    for words in ("3 lines read, 1 credit came back.", "Given back", "Soft bounce", "Nobody matches",
                  people[0].full_name, "con_999"):  # fmt: skip
        assert words in shown.text, words
    assert world.balance() == (953, 0)
    contact = page.get(of(world, people[0])).text
    assert "Bounce 5.1.1" in contact and "Given back" in contact and "Hard bounce reported" in contact
    entry = Contact.objects.get(pk=people[0].pk).charge_id
    assert f"ent_{entry}" in contact
    report = shown.request["PATH_INFO"]
    file = b"".join(page.get(f"{report}.csv").streaming_content).decode()
    assert "given_back" in file and file.count("\r\n") == 4
    listed = page.get(at(world.workspace, "contacts/bounces")).text
    assert report in listed and "Broken off" not in listed
    again = page.post(at(world.workspace, "contacts/bounces"), {"file": csv(text)}, follow=True)
    assert again.request["PATH_INFO"] == report and world.balance() == (953, 0)


def test_the_entry_names_its_cause(world: World, page: Client, people: list[Contact]) -> None:
    """C9: in the ledger and in the receipt, in plain words."""
    bounces.report(
        workspace=world.workspace, rows=[made(contact_id=f"con_{people[0].pk}", status="5.1.1")], key="b",
        actor=world.actor, now=world.now,
    )  # fmt: skip
    ledger = page.get(at(world.workspace, "credits/ledger?kind=refund")).text
    assert "Hard bounce reported: hard bounce 5.1.1" in ledger
    rules = page.get(at(world.workspace, "credits")).text
    assert "When a credit comes back" in rules and "however long ago it was charged" in rules


@pytest.mark.parametrize(
    "data", ["", "a,b\n1,2\n", "Contact id\n", b"\xff\xfe\x00", 'Contact id\n"' + "x" * 200_000]
)
def test_bad_files_are_refused_in_the_form(
    world: World, page: Client, people: list[Contact], data: str | bytes
) -> None:
    answer = page.post(at(world.workspace, "contacts/bounces"), {"file": csv(data)})
    assert answer.status_code == 422 and "your attention" in answer.text
    assert page.post(at(world.workspace, "contacts/bounces"), {}).status_code == 422


def test_who_may(world: World, viewer: Client, stranger: Client, people: list[Contact]) -> None:
    """A viewer sees the reports and may send none; a stranger learns nothing."""
    place = at(world.workspace, "contacts/bounces")
    assert "Send file" not in viewer.get(place).text
    text = f"Contact id,Code\ncon_{people[0].pk},5.1.1\n"
    assert viewer.post(place, {"file": csv(text)}).status_code == 403
    for path in ("/same", "/forget"):
        assert viewer.get(of(world, people[0], path)).status_code == 403
        assert stranger.get(of(world, people[0], path)).status_code == 404
    assert viewer.post(of(world, people[0], "/split")).status_code == 403
    assert stranger.get(place).status_code == 404 and world.balance() == (952, 0)
    shown = viewer.get(of(world, people[0])).text
    assert "Same person as" not in shown and "Forget" not in shown


def test_reports_of_others_are_not_there(
    world: World, page: Client, stranger: Client, people: list[Contact]
) -> None:
    done = bounces.report(
        workspace=world.workspace, rows=[made(contact_id="con_1")], key="b", actor=world.actor, now=world.now
    )
    for path in (f"bou_{done.report.pk}", f"bou_{done.report.pk}.csv"):
        assert stranger.get(f"/w/northwind/contacts/bounces/{path}").status_code == 404
        assert page.get(at(world.workspace, f"contacts/bounces/{path}")).status_code == 200
    assert page.get(at(world.workspace, "contacts/bounces/bou_99")).status_code == 404


def test_c6_the_same_person_and_two_again(world: World, page: Client, people: list[Contact]) -> None:
    """C6: chosen from those that look like it, or by id; an alias leads to its contact; split is free."""
    one, other = people[0], people[1]
    dialog = page.get(of(world, one, "/same"), headers=HTMX).text
    assert f"con_{other.pk}" not in dialog, "Person 01000 and Person 01001 have different last names"
    answer = page.post(
        of(world, one, "/same"), {"contact_id": f"con_{other.pk}", "reason": "same page"}, follow=True
    )
    assert "The two are one contact now. No credit came back" in answer.text
    moved = page.get(of(world, other))
    assert moved["Location"] == of(world, one)
    shown = page.get(of(world, one)).text
    assert f"con_{other.pk}" in shown and "is the same person here" in shown and "Split" in shown
    listed = page.get(at(world.workspace, "contacts")).text
    assert "47 contacts" in listed
    split = page.post(of(world, other, "/split"), follow=True)
    assert "They are two contacts again. That cost nothing." in split.text and world.balance() == (952, 0)


@pytest.mark.parametrize("given", [{}, {"contact_id": "con_999"}, {"contact_id": "seg_1"}, {"duplicate": "con_7"},
                                   {"contact_id": "con_1"}])  # fmt: skip
def test_what_is_nobody_else(
    world: World, page: Client, people: list[Contact], given: dict[str, str]
) -> None:
    if "con_1" in given.values():
        given = {"contact_id": f"con_{people[0].pk}"}
    answer = page.post(of(world, people[0], "/same"), given)
    assert answer.status_code == 422 and "your attention" in answer.text


def test_x2_forgotten(world: World, page: Client, people: list[Contact]) -> None:
    assert "This cannot be undone." in page.get(of(world, people[0], "/forget")).text
    answer = page.post(of(world, people[0], "/forget"), follow=True)
    assert "The person is forgotten. Erased soon after purchase: 1 credit came back." in answer.text
    assert people[0].full_name not in answer.text and world.balance() == (953, 0)
    gone = page.get(of(world, people[0]))
    assert gone.status_code == 404 and "was erased on request" in gone.text


def test_the_operator_sets_rules_and_sees_what_they_do(
    world: World, desk: Client, page: Client, people: list[Contact]
) -> None:
    """C8: for all or for one workspace; the customer reads the rule in words."""
    bounces.report(
        workspace=world.workspace, rows=[made(contact_id=f"con_{people[0].pk}", kind="hard")], key="b",
        actor=world.actor, now=world.now,
    )  # fmt: skip
    shown = desk.get("/operator/refunds").text
    assert "within 30 days" in shown and f"{world.now:%b %Y}" in shown
    rule = {"cause": "hard_bounce", "workspace": "", "is_on": "on", "window_days": "60", "cap_credits": "500"}
    done = desk.post("/operator/refunds", rule, follow=True).text
    assert "within 60 days of the charge, at most 500 a month" in done
    own = {"cause": "merged", "workspace": world.workspace.slug, "window_days": "", "cap_credits": ""}
    assert "Meridian" in desk.post("/operator/refunds", own, follow=True).text
    mine = refund_rules.of(workspace=world.workspace, cause="merged")
    assert mine.is_own and not mine.is_on and mine.window_days is None
    credits = page.get(at(world.workspace, "credits")).text
    assert "at most 500 a month" in credits and "The credit does not come back by itself." in credits
    form = desk.get("/operator/refunds?cause=hard_bounce").text
    assert 'value="60"' in form and 'value="500"' in form
    desk.post(f"/operator/refunds/clear/{world.workspace.slug}/merged")
    assert refund_rules.of(workspace=world.workspace, cause="merged").is_on


@pytest.mark.parametrize("bad", [{"window_days": "-1"}, {"window_days": "x"}, {"cap_credits": "-5"}, {"cause": "no"},
                                 {"workspace": "nobody"}, {"window_days": "99999"}])  # fmt: skip
def test_bad_rules_are_refused_and_kept(world: World, desk: Client, bad: dict[str, str]) -> None:
    rule = {"cause": "hard_bounce", "workspace": "", "is_on": "on", "window_days": "60", "cap_credits": "500"}
    answer = desk.post("/operator/refunds", rule | bad)
    assert answer.status_code == 422 and "your attention" in answer.text
    assert refund_rules.of(workspace=None, cause="hard_bounce").changed_at is None


def test_the_operator_decides_about_those_that_are_not_alike(
    world: World, desk: Client, people: list[Contact]
) -> None:
    merging.merge(
        workspace=world.workspace, winner_id=people[0].pk, loser_id=people[1].pk, reason=HOSTILE, actor=world.actor,
        now=world.now,
    )  # fmt: skip
    shown = desk.get("/operator/refunds").text
    assert "Merged, but not alike" in shown and "<script>alert" not in shown
    (merge,) = merging.unconfirmed()
    done = desk.post(f"/operator/refunds/confirm/{merge.pk}", follow=True).text
    assert "Merged duplicate: 1 credit came back." in done and world.balance() == (953, 0)
    assert desk.post(f"/operator/refunds/confirm/{merge.pk}").status_code == 409
    assert desk.post("/operator/refunds/confirm/999").status_code == 404


def test_x2_the_operator_forgets_somebody_everywhere(
    world: World, desk: Client, people: list[Contact]
) -> None:
    unsure = desk.post("/operator/refunds/forget", {"profile_id": f"pro_{people[0].profile_id}"})
    wrong = desk.post("/operator/refunds/forget", {"profile_id": "con_1", "sure": "on"})
    assert unsure.status_code == wrong.status_code == 422
    given = {"profile_id": f"pro_{people[0].profile_id}", "sure": "on"}
    done = desk.post("/operator/refunds/forget", given, follow=True).text
    assert "Forgotten: 1 contact in 1 workspace, 1 credit came back." in done


def test_only_the_operator(world: World, page: Client, people: list[Contact]) -> None:
    assert page.get("/operator/refunds").status_code == 403
    for path in ("", "/forget", "/confirm/1", "/clear/meridian/merged"):
        assert page.post(f"/operator/refunds{path}", {"profile_id": "pro_1", "sure": "on"}).status_code == 403
    assert access.system("x").is_operator is False and world.balance() == (952, 0)


def test_hostile_names_stay_text(world: World, page: Client) -> None:
    from rollcall.universe import ingest

    ingest.load(source=HostileRoster(staff(1)), now=world.now)
    world.search(world.segment("One", include_domains=["company1.com"]), world.persona("Everybody"))
    one, other = Contact.objects.order_by("pk")[:2]
    text = f"Contact id,Name,Company domain,Code\n,{HOSTILE.replace(',', '')},x.com,5.1.1\ncon_{one.pk},,,5.1.1\n"
    shown = page.post(at(world.workspace, "contacts/bounces"), {"file": csv(text)}, follow=True).text
    merging.merge(
        workspace=world.workspace, winner_id=one.pk, loser_id=other.pk, reason=HOSTILE, actor=world.actor,
        now=world.now,
    )  # fmt: skip
    for said in (shown, page.get(of(world, one)).text, page.get(of(world, one, "/same")).text,
                 page.get(of(world, one, "/forget")).text, page.get(at(world.workspace, "")).text):  # fmt: skip
        assert "<script>alert" not in said


def test_statements_do_not_grow_with_the_lines(world: World, page: Client, people: list[Contact]) -> None:
    rows = [made(contact_id=f"con_{one.pk}", kind="hard") for one in people]
    done = bounces.report(workspace=world.workspace, rows=rows, key="b", actor=world.actor, now=world.now)
    assert queries(page, at(world.workspace, f"contacts/bounces/bou_{done.report.pk}")) <= 20
    assert queries(page, at(world.workspace, "contacts/bounces")) <= 20
