"""Before credits are granted the operator sees what that will change; afterwards it is so."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from rollcall.credits import balances, forecasts, grants, money, posting, previews
from rollcall.credits.models import Entry
from rollcall.workspaces import audit
from rollcall.workspaces.models import Workspace
from tests.credits import acts

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("given", "position", "later"),
    [
        ({}, 3, 0),
        ({"kind": "promotional"}, 2, 0),
        ({"expires_at": DAY}, 1, 0),
        ({"expires_at": 10 * DAY}, 2, 0),
        ({"priority": -1}, 1, 0),
        ({"priority": 1, "expires_at": DAY}, 3, 0),
        ({"effective_at": 2 * DAY}, 3, 25),
        ({"effective_at": 6 * DAY}, 2, 25),
        ({"effective_at": -2 * DAY}, 2, 0),
    ],
)
def test_g7_the_preview_is_the_balance_after(
    workspace: Workspace, now: datetime, given: dict[str, Any], position: int, later: int
) -> None:
    """With 30 that expire in 5 days, 20 without an end and 7 that are over."""
    acts.grant(workspace, 30, now, name="Soon", expires_at=now + 5 * DAY)
    acts.grant(workspace, 20, now - DAY, name="Old")
    acts.grant(workspace, 7, now - 2 * DAY, expires_at=now - DAY)
    acts.hold(workspace, 4, now)
    dated = {k: now + v if isinstance(v, timedelta) else v for k, v in given.items()}
    terms = {"amount": 25, "kind": "package", **dated}
    before = acts.state()
    seen = previews.of_grant(workspace=workspace, now=now, **terms)
    assert acts.state() == before, "a preview writes nothing"
    made = acts.grant(workspace, now=now, name="New", **terms)
    read = balances.read(workspace=workspace, now=now)
    assert (
        (seen.before, seen.after, seen.later)
        == (46, read.available, read.upcoming)
        == (46, 71 - later, later)
    )
    assert seen.runs_out_after == forecasts.outlook(workspace=workspace, now=now).runs_out_on
    starts = max(made.effective_at, now)
    order = [
        grant
        for grant in grants.in_burn_order(workspace=workspace, now=starts)
        if grant.state in ("in use", "next")
    ]
    assert seen.position == order.index(made) + 1 == position
    assert seen.of == len(order)
    assert seen.burns_after == (order[position - 2].name if position > 1 else "")


def test_the_runway_before_and_after(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now - 30 * DAY)
    acts.charge(workspace, acts.people(56), now - 10 * DAY)
    seen = previews.of_grant(workspace=workspace, amount=28, kind="package", now=now)
    assert seen.runs_out_before == (now + 21 * DAY).date(), "44 left at 2 a day, today's among them"
    assert seen.runs_out_after == (now + 35 * DAY).date()
    assert seen.band_after is None, "one day of use is too little for a band"


def test_the_runway_has_a_band_once_there_is_history(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 500, now - 80 * DAY)
    for number in range(26):
        people = acts.people(5 + number % 7, company=number + 1)
        acts.charge(workspace, people, now - (77 - 3 * number) * DAY)
    seen = previews.of_grant(workspace=workspace, amount=100, kind="package", now=now)
    assert (
        seen.runs_out_before is not None and seen.runs_out_after is not None and seen.band_after is not None
    )
    assert seen.runs_out_before < seen.runs_out_after
    earliest, latest = seen.band_after.earliest, seen.band_after.latest
    assert earliest is not None and latest is not None and earliest <= seen.runs_out_after <= latest
    sooner = (now + 60 * DAY).replace(hour=0)
    ending = previews.of_grant(workspace=workspace, amount=10**6, kind="package", now=now, expires_at=sooner)
    assert ending.runs_out_after is not None
    assert ending.runs_out_after <= seen.runs_out_before + 61 * DAY, "what expires unused lasts no longer"


@pytest.mark.parametrize(
    ("price", "currency", "minor"),
    [
        ("1,200.50", "eur", 120_050),
        ("0", "EUR", 0),
        ("1200", "JPY", 1200),
        ("1.234", "KWD", 1234),
        (Decimal("12.5"), "USD", 1250),
    ],
)
def test_prices_as_people_write_them(price: Any, currency: str, minor: int) -> None:
    assert money.parse(price=price, currency=currency) == (minor, currency.upper())


@pytest.mark.parametrize(
    ("price", "currency"),
    [("12.345", "EUR"), ("1.5", "JPY"), ("-1", "EUR"), ("many", "EUR"), ("5", ""), ("5", "EURO"), ("NaN", "EUR"),
     ("1e99", "EUR")],
)  # fmt: skip
def test_what_is_no_price(price: str, currency: str) -> None:
    with pytest.raises(money.BadPrice):
        money.parse(price=price, currency=currency)


def test_prices_in_words() -> None:
    assert money.words(120_050, "EUR") == "1,200.50 EUR" and money.plain(120_050, "EUR") == "1200.50"
    assert money.words(1200, "JPY") == "1,200 JPY" and money.plain(1200, "JPY") == "1200"
    assert (money.words(None, ""), money.plain(None, ""), money.parse(price=" ", currency="EUR")) == (
        "",
        "",
        (None, ""),
    )


def test_g2_priority_goes_before_every_date(workspace: Workspace, now: datetime) -> None:
    """G2: and the entry keeps the terms that were agreed."""
    soon = acts.grant(workspace, 1, now, name="soon", expires_at=now + DAY)
    first = acts.grant(workspace, 1, now, name="first", priority=-5, price_minor=990, currency="EUR")
    last = acts.grant(workspace, 1, now, name="last", priority=5, kind="promotional", expires_at=now + DAY)
    assert grants.in_burn_order(workspace=workspace, now=now) == [first, soon, last]
    context = Entry.objects.get(context__grant_name="first").context
    assert (context["priority"], context["price_minor"], context["currency"]) == (-5, 990, "EUR")
    acts.prove()


@pytest.mark.parametrize(
    "given",
    [{"price_minor": 5}, {"currency": "EUR"}, {"price_minor": -1, "currency": "EUR"}, {"priority": 1001},
     {"price_minor": 5, "currency": "eur"}],
)  # fmt: skip
def test_prices_and_priorities_that_cannot_be(
    workspace: Workspace, now: datetime, given: dict[str, Any]
) -> None:
    with pytest.raises(grants.GrantPriceWrong):
        acts.grant(workspace, 5, now, **given)


def test_another_price_under_the_same_key_is_refused(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 5, now, key="k", price_minor=990, currency="EUR")
    for other in ({"price_minor": 991}, {"currency": "USD"}, {"priority": 1}, {"name": "Other"}):
        with pytest.raises(posting.KeyReused):
            acts.grant(workspace, 5, now, **{"key": "k", "price_minor": 990, "currency": "EUR", **other})


def test_taking_back_a_grant_is_written_down(workspace: Workspace, now: datetime) -> None:
    given = acts.grant(workspace, 10, now)
    named: dict[str, Any] = {"workspace": workspace, "grant_id": given.pk, "actor": acts.ACTOR, "now": now}
    with pytest.raises(grants.WhyTooLong):
        grants.void(key="v", why="x" * 501, **named)
    entry = grants.void(key="v", why="The order was cancelled", **named)
    grants.void(key="v", why="The order was cancelled", **named)
    (line,) = audit.entries(workspace=workspace).items
    assert (line.action, line.target, line.detail["credits"]) == ("credits.void", f"gra_{given.pk}", 10)
    assert entry.context["why"] == line.detail["why"] == "The order was cancelled"
