"""`rollcall budgets`, and what a quote and a refused start say of them."""

from collections.abc import Callable

import pytest

from tests.api.calls import make_key
from tests.clients.conftest import Ended, Rollcall
from tests.personas.world import World

Admin = Callable[..., Ended]


@pytest.fixture
def admin(rollcall: Rollcall, world: World) -> Admin:
    """The command line with the key of an admin."""
    key = make_key(world.workspace, world.actor, "admin", world.now).secret
    return lambda *arguments: rollcall(*arguments, "--key", key)


@pytest.fixture(autouse=True)
def _wanted(rollcall: Rollcall) -> None:
    rollcall("segments", "create", "Energy", "--where", "sector is energy")
    rollcall("personas", "create", "Sales", "--title", "sales")


def test_it_works(rollcall: Rollcall, admin: Admin) -> None:
    caps = rollcall("budgets", "list", "--json").json["items"]
    assert {budget["scope"] for budget in caps} == {"key"}
    made = admin("budgets", "set", "5", "--per", "month", "--json").json
    assert (made["scope"], made["subject"], made["limit"], made["is_hard"]) == ("workspace", "", 5, True)
    changed = admin("budgets", "set", "7", "--per", "month")
    assert (
        changed.code == 0 and made["id"] in changed.out and "Monthly budget of the workspace" in changed.out
    )
    quote = rollcall("quotes", "create", "energy", "sales")
    assert "Over budget" in quote.out and "Monthly budget of the workspace: 7 were left" in quote.out
    listed = [one for one in rollcall("budgets", "list", "--json").json["items"] if one["scope"] != "key"]
    assert [(budget["id"], budget["limit"], budget["left"]) for budget in listed] == [(made["id"], 7, 7)]
    assert admin("budgets", "end", made["id"], "--json").json == {"ended": made["id"]}
    assert rollcall("budgets", "list", "--json").json["items"] == caps
    for cap in caps:
        admin("budgets", "end", cap["id"])
    assert "No budgets" in rollcall("budgets", "list").out


def test_what_it_is_for_is_named_as_people_name_it(admin: Admin, world: World) -> None:
    before = len(admin("budgets", "list", "--json").json["items"])
    for wanted, scope, name in (
        ("segment:Energy", "segment", "Daily budget of segment Energy"),
        ("persona:sales", "persona", "Daily budget of persona Sales"),
        ("member:Alice Moreau", "member", "Daily budget of member Alice Moreau"),
        ("key", "key", "Daily budget of each API key"),
    ):
        made = admin("budgets", "set", "5", "--per", "day", "--for", wanted, "--json").json
        assert (made["scope"], made["name"]) == (scope, name)
    assert admin("budgets", "set", "9", "--per", "search", "--for", "search").code == 0
    soft = admin("budgets", "set", "9", "--per", "day", "--soft")
    assert "soft: refuses nothing" in soft.out
    assert len(admin("budgets", "list", "--json").json["items"]) == before + 6
    assert "hard" in admin("budgets", "list").out


def test_a_start_that_a_budget_refuses_says_what_to_do(rollcall: Rollcall, admin: Admin) -> None:
    quote = rollcall("quotes", "create", "energy", "sales", "--json").json["id"]
    admin("budgets", "set", "3", "--per", "total")
    refused = rollcall("runs", "start", quote, "--yes")
    assert refused.code == 4
    assert "Total budget of the workspace has 3 of its 3 credits left" in refused.err
    assert "A fresh estimate is ready: rollcall runs start quo_" in refused.err
    assert "rollcall budgets set" in refused.err and "packages request" not in refused.err


def test_what_cannot_be_typed_is_told(rollcall: Rollcall, admin: Admin) -> None:
    for arguments in (
        ("5", "--per", "year"),
        ("5", "--per", "day", "--for", "team"),
        ("5", "--per", "day", "--for", "workspace:Meridian"),
        ("5", "--per", "day", "--for", "segment:Nothing"),
        ("-1", "--per", "day"),
    ):
        assert admin("budgets", "set", *arguments).code == 2, arguments
    assert rollcall("budgets", "set", "5", "--per", "day").code == 5
    assert admin("budgets", "end", "bud_999").code == 3
