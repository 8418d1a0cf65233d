"""G7: a request is quoted, accepted and granted, or declined by either side; a thread says it all, letters tell it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError

from rollcall.core.errors import NotFound, RollcallError
from rollcall.credits import balances, explanations, grants, offers, packages, posting, threads, verify
from rollcall.credits.models import Entry, Grant, PackageMessage, PackageRequest
from rollcall.notices.models import Letter
from rollcall.workspaces import access, audit, members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import AuditEntry, User, Workspace
from tests.credits import acts
from tests.credits.tampering import lifted

DAY = timedelta(days=1)
ENDS = date(2027, 12, 31)
PRICED = {"price_minor": 120_050, "currency": "EUR"}


@pytest.fixture
def olga(operator: User) -> Actor:
    return access.operator(operator)


@pytest.fixture
def asked(workspace: Workspace, actor: Actor, now: datetime) -> PackageRequest:
    return ask(workspace, actor, now)


def ask(workspace: Workspace, actor: Actor, now: datetime, **given: Any) -> PackageRequest:
    given = {"credits_wanted": 5000, "note": "Nordics", "reply_email": "alice@example.com", **given}
    return packages.request(workspace=workspace, actor=actor, now=now, **given)


def quote(asked: PackageRequest, olga: Actor, now: datetime, **given: Any) -> PackageRequest:
    given = {"credits": 6000, "valid_until": now + 14 * DAY, "quote_number": 0, "terms": "Paid in advance.",
             "expires_on": ENDS, **PRICED, **given}  # fmt: skip
    return packages.quote(request_id=asked.pk, actor=olga, now=now, **given)


def accept(asked: PackageRequest, actor: Actor, now: datetime, number: int = 1) -> PackageRequest:
    return packages.accept(
        workspace=asked.workspace, request_id=asked.pk, quote_number=number, actor=actor, now=now
    )


def withdraw(asked: PackageRequest, actor: Actor, now: datetime, why: str = "") -> PackageRequest:
    return packages.withdraw(workspace=asked.workspace, request_id=asked.pk, actor=actor, now=now, why=why)


def grant(asked: PackageRequest, olga: Actor, now: datetime, **given: Any) -> PackageRequest:
    ends = grants.end_of(ENDS, workspace=asked.workspace)
    given = {"amount": 6000, "kind": "package", "name": "Growth", "expires_at": ends, **PRICED, **given}
    return packages.grant(request_id=asked.pk, actor=olga, now=now, **given)


def decline(asked: PackageRequest, olga: Actor, now: datetime, why: str = "") -> PackageRequest:
    return packages.decline(request_id=asked.pk, actor=olga, now=now, why=why)


def post() -> list[tuple[str, str]]:
    """All letters: to whom, and the last part of the key."""
    return [(letter.to, letter.key.split(":", 2)[2]) for letter in Letter.objects.order_by("pk")]


def test_g7_from_the_request_to_the_credits(
    workspace: Workspace, asked: PackageRequest, actor: Actor, olga: Actor, now: datetime, settings: Any
) -> None:
    assert quote(asked, olga, now).state == "quoted"
    accepted = accept(asked, actor, now + DAY)
    assert (accepted.state, accepted.quote_number, accepted.updated_at) == ("accepted", 1, now + DAY)
    granted = grant(asked, olga, now + 2 * DAY, quote_number=1)
    assert granted.state == "granted" and granted.grant is not None
    given = granted.grant
    assert (given.granted, given.price_minor, given.currency) == (6000, 120_050, "EUR")
    assert given.expires_at == datetime(2027, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert balances.quick(workspace=workspace, now=now + 2 * DAY) == (6000, 0)
    lines = threads.of(asked=asked)
    assert [(line.kind, line.is_from_operator) for line in lines] == [
        ("sent", False), ("quoted", True), ("accepted", False), ("granted", True),
    ]  # fmt: skip
    assert lines[1].detail["words"] == (
        "6,000 credits for 1,200.50 EUR, good until 31 Dec 2027. The offer stands until 15 Sep 2026."
    )
    them, us = settings.OPERATOR_EMAIL, "alice@example.com"
    assert post() == [(them, "sent"), (us, "quoted:1"), (them, "accepted"), (us, "granted")]
    actions = [entry.action for entry in audit.entries(workspace=workspace).items]
    assert actions == ["packages.grant", "packages.accept", "packages.quote", "packages.request"]
    acts.prove()


def test_g3_g7_the_entry_of_a_grant_keeps_what_was_agreed(
    asked: PackageRequest, actor: Actor, olga: Actor, now: datetime
) -> None:
    """The quote, who accepted it and when; the receipt says so, whatever becomes of the request's row."""
    quote(asked, olga, now)
    accept(asked, actor, now + DAY)
    grant(asked, olga, now + DAY)
    entry = Entry.objects.get(kind="grant")
    agreed = entry.context["agreed"]
    assert (agreed["credits"], agreed["price_minor"], agreed["currency"]) == (6000, 120_050, "EUR")
    assert (agreed["by"], agreed["at"]) == (actor.ref, (now + DAY).isoformat())
    said = {fact.label: fact.value for fact in explanations.facts(entry=entry)}
    assert said["Agreed"].startswith("Quote 1: 6,000 credits for 1,200.50 EUR")
    assert said["Accepted by"] == "Alice Moreau, 2 Sep 2026"


def test_l17_requests_older_than_the_digests_of_threads_are_told(
    asked: PackageRequest, actor: Actor, olga: Actor, now: datetime
) -> None:
    """Their new lines are proved, the old ones taken at their word; nothing is red."""
    with lifted():
        AuditEntry.objects.update(detail={"credits_wanted": 5000})
        PackageMessage.objects.update(detail={})
    check = next(check for check in verify.verify().checks if check.code == "L17")
    assert check.ok and check.note == "1 package requests are older than the digests of their threads"
    quote(asked, olga, now)
    acts.prove()
    with lifted():
        PackageMessage.objects.filter(kind="quoted").update(body="Net 90")
    (told,) = next(check for check in verify.verify().checks if check.code == "L17").bad
    assert told.startswith("msg_") and f"of req_{asked.pk}: it is not what the audit log says" in told


def test_g7_credits_can_be_granted_at_once(asked: PackageRequest, olga: Actor, now: datetime) -> None:
    granted = grant(asked, olga, now, amount=5, expires_at=None, price_minor=None, currency="")
    assert granted.grant is not None and granted.grant.granted == 5


def test_a_better_quote_replaces_the_first(
    asked: PackageRequest, actor: Actor, olga: Actor, now: datetime
) -> None:
    quote(asked, olga, now)
    better = quote(asked, olga, now, credits=7000, quote_number=1)
    assert (better.quoted_credits, better.quote_number) == (7000, 2)
    with pytest.raises(offers.QuoteChanged, match="7,000 credits") as refused:
        accept(asked, actor, now, number=1)
    assert refused.value.details["quote_number"] == 2
    assert accept(asked, actor, now, number=2).state == "accepted"
    with pytest.raises(packages.AlreadyAnswered, match="accepted already"):
        quote(asked, olga, now, quote_number=2)
    assert [line.detail["credits"] for line in threads.of(asked=asked) if line.kind == "quoted"] == [
        6000,
        7000,
    ]


def test_two_operators_do_not_quote_over_each_other(
    asked: PackageRequest, olga: Actor, now: datetime
) -> None:
    quote(asked, olga, now)
    with pytest.raises(offers.QuoteChanged):
        quote(asked, olga, now, credits=9)
    assert PackageRequest.objects.get().quoted_credits == 6000


@pytest.mark.parametrize("seconds, fine", [(0, True), (1, False)])
def test_an_expired_quote_cannot_be_accepted(
    asked: PackageRequest, actor: Actor, olga: Actor, now: datetime, seconds: int, fine: bool
) -> None:
    quote(asked, olga, now, valid_until=now + DAY)
    at = now + DAY + timedelta(seconds=seconds)
    if fine:
        assert accept(asked, actor, at).state == "accepted"
        return
    with pytest.raises(offers.QuoteExpired, match="stood until 2 Sep 2026"):
        accept(asked, actor, at)
    quote(asked, olga, at, quote_number=1)
    assert accept(asked, actor, at, number=2).state == "accepted"


Step = Callable[[PackageRequest, Actor, Actor, datetime], PackageRequest]
STEPS: dict[str, Step] = {
    "quote": lambda asked, us, olga, now: quote(asked, olga, now),
    "accept": lambda asked, us, olga, now: accept(asked, us, now),
    "grant": lambda asked, us, olga, now: grant(asked, olga, now),
    "decline": lambda asked, us, olga, now: decline(asked, olga, now),
    "withdraw": lambda asked, us, olga, now: withdraw(asked, us, now),
}
# From each state: which steps go on, and to where; all others are refused.
_ENDED = {"grant": "granted", "decline": "declined", "withdraw": "declined"}
WAYS = {
    "sent": {"quote": "quoted", **_ENDED},
    "quoted": {"quote": "quoted", "accept": "accepted", **_ENDED},
    "accepted": {"quote": "accepted", "accept": "accepted", **_ENDED},
    "granted": {"accept": "granted", "grant": "granted"},
    "declined": {"decline": "declined", "withdraw": "declined"},
}
BEFORE: dict[str, list[str]] = {
    "sent": [], "quoted": ["quote"], "accepted": ["quote", "accept"], "granted": ["quote", "accept", "grant"],
    "declined": ["quote", "decline"],
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", WAYS)
def test_every_step_from_every_state_once_and_twice(
    asked: PackageRequest, actor: Actor, olga: Actor, now: datetime, state: str, step: str
) -> None:
    """What is refused changes nothing; what is done is done once: one line, one letter, one grant."""
    for earlier in BEFORE[state]:
        STEPS[earlier](asked, actor, olga, now)
    assert packages.find(workspace=asked.workspace, request_id=asked.pk).state == state
    before = everything()
    if step not in WAYS[state]:
        with pytest.raises(RollcallError) as refused:
            STEPS[step](asked, actor, olga, now)
        assert refused.value.code in {"already_answered", "not_quoted"}
        assert everything() == before
        return
    assert STEPS[step](asked, actor, olga, now).state == WAYS[state][step]
    after = everything()
    assert STEPS[step](asked, actor, olga, now).state == WAYS[state][step]
    assert everything() == after
    kinds = list(PackageMessage.objects.values_list("kind", flat=True))
    assert len(kinds) == len(set(kinds)) == Letter.objects.count()


def everything() -> list[Any]:
    tables = [PackageRequest, PackageMessage, Letter, Grant]
    return [sorted(map(str, table.objects.values_list())) for table in tables] + acts.state()


def test_what_was_accepted_is_granted_as_it_was_accepted(
    asked: PackageRequest, actor: Actor, olga: Actor, now: datetime
) -> None:
    quote(asked, olga, now)
    accept(asked, actor, now)
    changes: list[dict[str, Any]] = [
        {"amount": 5999}, {"price_minor": 1}, {"currency": "USD"}, {"expires_at": None},
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(packages.NotAsAccepted, match=r"6,000 credits for 1,200\.50 EUR"):
            grant(asked, olga, now, **change)
    assert PackageRequest.objects.get().state == "accepted" and not Grant.objects.exists()
    assert grant(asked, olga, now, name="Any name").state == "granted"


def test_a_grant_from_a_page_that_is_out_of_date_is_refused(
    asked: PackageRequest, olga: Actor, now: datetime
) -> None:
    quote(asked, olga, now)
    with pytest.raises(offers.QuoteChanged):
        grant(asked, olga, now, quote_number=0)
    assert grant(asked, olga, now, quote_number=1).state == "granted"


def test_either_side_says_why(
    workspace: Workspace, actor: Actor, olga: Actor, now: datetime, settings: Any
) -> None:
    first, second = ask(workspace, actor, now), ask(workspace, actor, now)
    decline(first, olga, now, "We sell no Nordics.")
    withdraw(second, actor, now, "Too dear.")
    bodies = [letter.body for letter in Letter.objects.order_by("pk")[2:]]
    assert "We sell no Nordics." in bodies[0] and "Too dear." in bodies[1]
    assert [to for to, _ in post()[2:]] == ["alice@example.com", settings.OPERATOR_EMAIL]


def test_who_may_only_ask_may_not_decline_a_quote(
    workspace: Workspace, bob: User, actor: Actor, olga: Actor, now: datetime
) -> None:
    editor = Actor(ref=f"usr_{bob.pk}", label="Bob Lind", role="editor")
    first, second = ask(workspace, editor, now), ask(workspace, editor, now)
    assert withdraw(first, editor, now).state == "declined"
    quote(second, olga, now)
    with pytest.raises(access.RoleTooLow):
        withdraw(second, editor, now)
    assert withdraw(second, actor, now).state == "declined"


def test_a_thread_is_said_once_and_told_to_the_other_side(
    asked: PackageRequest, actor: Actor, olga: Actor, now: datetime, settings: Any
) -> None:
    mine = {"workspace": asked.workspace, "request_id": asked.pk, "actor": actor, "now": now}
    for _ in range(2):
        packages.say(body=" By March? ", key="k1", **mine)  # type: ignore[arg-type]
        packages.answer(request_id=asked.pk, body="Yes.", key="k1", actor=olga, now=now)
    lines = [(line.kind, line.body, line.is_from_operator) for line in threads.of(asked=asked)][1:]
    assert lines == [("message", "By March?", False), ("message", "Yes.", True)]
    assert [to for to, _ in post()[1:]] == [settings.OPERATOR_EMAIL, "alice@example.com"]
    with pytest.raises(threads.MessageKeyReused):
        packages.say(body="Something else", key="k1", **mine)  # type: ignore[arg-type]
    for body in ("", " \n", "x" * 4001):
        with pytest.raises(threads.MessageNeeded):
            packages.say(body=body, key="k2", **mine)  # type: ignore[arg-type]


def test_what_was_said_is_never_changed(asked: PackageRequest, on_postgres: bool) -> None:
    statements = ["UPDATE credits_packagemessage SET body = 'x'", "DELETE FROM credits_packagemessage"]
    for statement in statements:
        with (
            pytest.raises((IntegrityError, InternalError)),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_letters_have_one_line_of_subject(actor: Actor, workspace: Workspace, now: datetime) -> None:
    workspace.name = "Evil\r\nBcc: everyone@example.com"
    workspace.save()
    ask(workspace, actor, now)
    assert Letter.objects.get().subject.splitlines() == [Letter.objects.get().subject]


def test_a_request_sent_twice_is_one(workspace: Workspace, actor: Actor, now: datetime) -> None:
    first = ask(workspace, actor, now, key="form-1")
    assert ask(workspace, actor, now, key="form-1") == first
    assert ask(workspace, actor, now).pk != ask(workspace, actor, now).pk, "without a key each is its own"
    with pytest.raises(packages.RequestKeyReused):
        ask(workspace, actor, now, key="form-1", credits_wanted=1)
    assert len(post()) == 3


def test_the_analysis_is_kept_as_it_was(workspace: Workspace, actor: Actor, now: datetime) -> None:
    """G8 meets G7: what came with the request is a copy."""
    made = {"new_contacts": 4100, "personas": ["Sales leaders"]}
    asked = ask(workspace, actor, now, analysis=made)
    made["new_contacts"] = 0
    assert packages.find(workspace=workspace, request_id=asked.pk).analysis == {
        "new_contacts": 4100, "personas": ["Sales leaders"],
    }  # fmt: skip


def test_another_workspaces_request_is_not_found(
    asked: PackageRequest, other_workspace: Workspace, charlie: User, olga: Actor, now: datetime
) -> None:
    quote(asked, olga, now)
    before = everything()
    theirs = access.member(workspace=other_workspace, user=charlie)
    named: dict[str, Any] = {"workspace": other_workspace, "request_id": asked.pk}
    doing = named | {"actor": theirs, "now": now}
    for act in (
        lambda: packages.find(**named),
        lambda: packages.accept(quote_number=1, **doing),
        lambda: packages.withdraw(**doing),
        lambda: packages.say(body="Hello", key="k", **doing),
    ):
        with pytest.raises(NotFound):
            act()
    assert everything() == before


def test_a_customer_does_not_act_as_the_operator(asked: PackageRequest, actor: Actor, now: datetime) -> None:
    for act in (
        lambda: quote(asked, actor, now),
        lambda: grant(asked, actor, now),
        lambda: decline(asked, actor, now),
        lambda: packages.answer(request_id=asked.pk, body="Yes.", key="k", actor=actor, now=now),
    ):
        with pytest.raises(access.NotAnOperator):
            act()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"credits": 0}, posting.AmountOutOfRange),
        ({"price_minor": -1}, grants.GrantPriceWrong),
        ({"currency": ""}, grants.GrantPriceWrong),
        ({"currency": "euro"}, grants.GrantPriceWrong),
        ({"price_minor": None}, grants.GrantPriceWrong),
        ({"terms": "x" * 4001}, threads.MessageNeeded),
        ({"valid_until": datetime(2026, 8, 31, tzinfo=UTC)}, offers.QuoteDatesWrong),
        ({"expires_on": date(2026, 9, 14)}, offers.QuoteDatesWrong),
    ],
)
def test_a_bad_quote_is_refused(
    asked: PackageRequest, olga: Actor, now: datetime, given: dict[str, Any], error: Any
) -> None:
    before = everything()
    with pytest.raises(error):
        quote(asked, olga, now, **given)
    assert everything() == before


def test_the_queue_has_what_waits_for_the_operator_first(
    workspace: Workspace, actor: Actor, olga: Actor, now: datetime
) -> None:
    first, second, third = (ask(workspace, actor, now) for _ in range(3))
    quote(first, olga, now)
    quote(third, olga, now)
    accept(third, actor, now)
    assert packages.queue() == [second, third, first]


def test_the_day_it_expires_is_the_customers(actor: Actor, olga: Actor, now: datetime, alice: User) -> None:
    """Good until the end of 31 December in Auckland, which is earlier than in London."""
    far = members.create_workspace(name="Kauri", now=now, time_zone="Pacific/Auckland")
    asked = ask(far, actor, now)
    granted = grant(asked, olga, now, expires_at=grants.end_of(ENDS, workspace=far))
    assert granted.grant is not None and granted.grant.expires_at is not None
    assert granted.grant.expires_at.astimezone(UTC) == datetime(2027, 12, 31, 10, 59, 59, 999999, tzinfo=UTC)
    assert "good until 31 Dec 2027" in Letter.objects.get(key__endswith=":granted").body
