"""An operator looks at people in doubt, decides, and sees why records are one person."""

from datetime import date, datetime

import pytest
from django.test import Client

from rollcall.universe import ingest, versions
from rollcall.universe.identity import review, story
from rollcall.workspaces.models import AuditEntry, User
from tests.universe.rosters import DAY, Handmade, person
from tests.web.world import HOSTILE, signed_in

NEXT = date(2026, 2, 28)
PAGE = "linkedin.com/in/the-does"


def load(name: str, now: datetime, *people: dict[str, object], day: date = DAY) -> ingest.LoadReport:
    return ingest.load(source=Handmade(people=list(people), name=name, as_of=day), now=now)


@pytest.fixture
def desk(operator: User) -> Client:
    return signed_in(operator)


@pytest.fixture
def doubt(db: None, now: datetime) -> int:
    """A page under two names: Jo and Mary are two, until somebody says otherwise."""
    load("handmade", now, person("jo", "c2", "CEO", profile_url=PAGE, full_name="Jo Doe"))
    load("other", now, person("2", "c2", "CEO", profile_url=PAGE, full_name="Mary Doe"))
    (asked,) = review.list_().items
    return int(asked.pk)


def test_it_works(desk: Client, doubt: int, now: datetime) -> None:
    """From the queue to one person, and what is said of why."""
    assert "Doubtful pairs" in desk.get("/operator").content.decode()
    page = desk.get("/operator/identity").content.decode()
    assert (
        "Jo Doe" in page
        and "Mary Doe" in page
        and "CEO at Bolt" in page
        and "their first names differ" in page
    )
    done = desk.post(f"/operator/identity/{doubt}/decide", {"answer": "same"}, follow=True).content.decode()
    assert "The same person: the next load does so." in done and "Nobody is in doubt" in done
    assert AuditEntry.objects.filter(action="identity.decide", target=f"idq_{doubt}").exists()
    assert (
        load(
            "other", now, person("2", "c2", "CEO", NEXT, profile_url=PAGE, full_name="Mary Doe"), day=NEXT
        ).merged
        == 1
    )
    why = desk.get("/operator/identity/people/pro_2").content.decode()
    assert "Why pro_1 is one person" in why and "said that handmade:jo and other:2 are the same" in why
    assert review.count() == 0, "nobody is asked twice"


def test_a_record_is_taken_apart_on_the_page_of_its_person(desk: Client, doubt: int, now: datetime) -> None:
    desk.post(f"/operator/identity/{doubt}/decide", {"answer": "same"})
    load("handmade", now, person("jo", "c2", "CEO", NEXT, full_name="Jo Doe"), day=NEXT)
    told = desk.post(
        "/operator/identity/people/pro_1/apart", {"record": "other:2"}, follow=True
    ).content.decode()
    assert "other:2 is somebody else from the next load on" in told
    later = date(2026, 3, 31)
    assert load("handmade", now, person("jo", "c2", "CEO", later, full_name="Jo Doe"), day=later).split == 1
    assert story.of_person(profile_id=1).parts == [3]
    assert desk.post("/operator/identity/people/pro_1/apart", {"record": "other:2"}).status_code == 404


def test_different_and_later_are_remembered(desk: Client, doubt: int, now: datetime) -> None:
    desk.post(f"/operator/identity/{doubt}/decide", {"answer": "later"})
    assert "Put off (1)" in desk.get("/operator/identity?state=later").content.decode()
    desk.post(f"/operator/identity/{doubt}/decide", {"answer": "different"})
    report = load(
        "third", now, person("9", "c2", "CEO", NEXT, profile_url=PAGE, full_name="Mary Doe"), day=NEXT
    )
    assert report.doubtful == 1, "she is Mary by name; Jo has the same page"
    assert review.count() == 0, "that Jo is not Mary was said"


def test_nobody_else_comes_here(client: Client, alice: User, doubt: int) -> None:
    assert client.get("/operator/identity").status_code == 302
    inside = signed_in(alice)
    assert inside.get("/operator/identity").status_code == 403
    assert inside.post(f"/operator/identity/{doubt}/decide", {"answer": "same"}).status_code == 403
    assert review.count() == 1


def test_bad_input_is_answered(desk: Client, doubt: int) -> None:
    assert desk.post(f"/operator/identity/{doubt}/decide", {"answer": "maybe"}).status_code == 422
    assert desk.post("/operator/identity/999/decide", {"answer": "same"}).status_code == 404
    assert desk.get("/operator/identity?state=nonsense&cursor=").status_code == 200
    assert desk.get("/operator/identity/people/con_1").status_code == 404
    assert desk.get("/operator/identity/people/pro_999").status_code == 200


def test_hostile_names_are_only_text(desk: Client, db: None, now: datetime) -> None:
    load("handmade", now, person("jo", "c2", HOSTILE, profile_url=PAGE, full_name=f"Jo {HOSTILE}"))
    load("other", now, person("2", "c2", "CEO", profile_url=PAGE, full_name=f"Mary {HOSTILE}"))
    for address in ("/operator/identity", "/operator/identity/people/pro_1"):
        assert HOSTILE not in desk.get(address).content.decode()
    assert versions.current() == 2
