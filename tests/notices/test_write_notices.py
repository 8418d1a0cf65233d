"""Letters and calls are written once by their key, with what they tell of."""

from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from rollcall.notices import calls, letters
from rollcall.notices.models import Call, Letter
from rollcall.workspaces import members
from rollcall.workspaces.models import User, Workspace


def write(workspace: Workspace, now: datetime, **changes: Any) -> None:
    fields = {"to": "alice@example.com", "subject": "Credits", "body": "Low.", "key": "alert:1"}
    letters.write(workspace=workspace, now=now, **(fields | changes))


def test_it_works(workspace: Workspace, now: datetime) -> None:
    write(workspace, now)
    letter = Letter.objects.get()
    assert (letter.to, letter.subject, letter.body, letter.state) == (
        "alice@example.com", "Credits", "Low.", "waiting",
    )  # fmt: skip
    assert (letter.due_at, letter.created_at, letter.workspace) == (now, now, workspace)


def test_the_same_key_again_writes_nothing(workspace: Workspace, now: datetime) -> None:
    write(workspace, now)
    write(workspace, now, subject="Again")
    assert [letter.subject for letter in Letter.objects.all()] == ["Credits"]


def test_a_name_cannot_add_headers_to_a_letter(workspace: Workspace, now: datetime) -> None:
    write(workspace, now, subject="Low in\r\nBcc: everybody@example.com")
    assert Letter.objects.get().subject == "Low in Bcc: everybody@example.com"


def test_admins_are_owners_and_admins(workspace: Workspace, now: datetime, charlie: User) -> None:
    """Bob is a viewer: he gets none. Whoever may no longer sign in gets none either."""
    members.add(workspace=workspace, user=charlie, role="admin")
    gone = members.create_user(email="gone@example.com", name="Gone")
    members.add(workspace=workspace, user=gone, role="owner")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    for _ in range(2):
        letters.to_admins(workspace=workspace, subject="Low", body="Low.", key="alert:1", now=now)
    assert sorted(letter.to for letter in Letter.objects.all()) == [
        "alice@example.com",
        "charlie@example.com",
    ]


def test_the_operator_gets_letters_of_no_workspace(db: None, now: datetime, settings: Any) -> None:
    settings.OPERATOR_EMAIL = "staff@example.com"
    letters.to_operator(subject="A request", body="…", key="request:req_1:sent", now=now)
    letter = Letter.objects.get()
    assert (letter.to, letter.workspace) == ("staff@example.com", None)


def test_no_endpoint_no_call(workspace: Workspace, now: datetime) -> None:
    assert calls.write(workspace=workspace, kind="credits.alert", body={}, key="alert:1", now=now) == 0
    assert not Call.objects.exists()


def test_a_letter_goes_with_what_it_tells_of(workspace: Workspace, now: datetime) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        write(workspace, now)
        raise RuntimeError
    assert not Letter.objects.exists()
