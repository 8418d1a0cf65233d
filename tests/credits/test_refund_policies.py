"""Credits that come back by themselves: per cause a rule of the operator, with a window and a cap (C6, C8)."""

from datetime import datetime, timedelta

import pytest

from rollcall.core.faults import FaultInjected
from rollcall.credits import balances, grants, ledger, refund_effects, refund_policies, refund_rules, refunds
from rollcall.credits.models import Entry, Grant
from rollcall.credits.refund_policies import Case, Outcome
from rollcall.workspaces import access, audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import AuditEntry, User, Workspace
from tests.credits import acts

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BOUNCE, MERGED = "hard_bounce", "merged"


@pytest.fixture
def desk(operator: User) -> Actor:
    return access.operator(operator)


@pytest.fixture
def paid(workspace: Workspace, now: datetime) -> Grant:
    """Five people, bought now."""
    grant = acts.grant(workspace, 10, now)
    acts.charge(workspace, acts.people(5), now)
    return grant


def apply(
    workspace: Workspace, now: datetime, profile_id: int = 1, cause: str = BOUNCE, **more: str
) -> Outcome:
    return refund_policies.apply(
        workspace=workspace, cause=cause, profile_id=profile_id, company_id=1, actor=acts.ACTOR, now=now,
        observed="hard bounce 5.1.1", context={"status": "5.1.1"}, **more,
    )  # fmt: skip


def set_rule(
    desk: Actor, now: datetime, workspace: Workspace | None = None, cause: str = BOUNCE, *, is_on: bool = True,
    window_days: int | None = 30, cap_credits: int | None = None,
) -> None:  # fmt: skip
    refund_rules.set_(
        workspace=workspace, cause=cause, is_on=is_on, window_days=window_days, cap_credits=cap_credits,
        actor=desk, now=now,
    )  # fmt: skip


def test_c8_it_works(workspace: Workspace, paid: Grant, now: datetime) -> None:
    """C8, C9: by itself, within 30 days unless somebody says otherwise; the entry says why, what, when and by whom."""
    outcome = apply(workspace, now + 3 * DAY)
    assert outcome.code == "given_back" and outcome.entry is not None
    entry = ledger.entry(workspace=workspace, entry_id=outcome.entry.pk)
    assert (entry.kind, entry.key, entry.amount) == ("refund", "policy:hard_bounce:pro_1:com_1", 1)
    assert entry.context["why"] == "Hard bounce reported"
    assert entry.context["observed"] == "hard bounce 5.1.1"
    assert entry.context["observed_at"] == (now + 3 * DAY).isoformat()
    assert (entry.context["reported_by"], entry.context["status"]) == (acts.ACTOR.label, "5.1.1")
    assert entry.context["policy"] == {"window_days": 30, "cap_credits": None, "of": "installation"}
    assert ledger.grant_split(entry=entry) == [(paid, 1)]
    assert balances.quick(workspace=workspace) == (6, 0)
    acts.prove()


def test_c10_who_was_refunded_stays_owned(workspace: Workspace, paid: Grant, now: datetime) -> None:
    apply(workspace, now)
    assert acts.charge(workspace, acts.people(5), now).fresh == []
    assert balances.quick(workspace=workspace) == (6, 0)


@pytest.mark.parametrize(("days", "code"), [(0, "given_back"), (30, "given_back"), (31, "past_window")])
def test_c8_the_window(workspace: Workspace, paid: Grant, now: datetime, days: int, code: str) -> None:
    outcome = apply(workspace, now + days * DAY)
    assert outcome.code == code
    if code == "past_window":
        assert outcome.why == "Past the window of 30 days: charged on 2026-09-01, so until 2026-10-01."
        assert outcome.entry is None and balances.quick(workspace=workspace) == (5, 0)


def test_c8_days_are_those_of_the_workspace(workspace: Workspace, now: datetime, desk: Actor) -> None:
    """Charged at 23:30 in Auckland: there the next day begins half an hour later, in London twelve hours later."""
    workspace.time_zone = "Pacific/Auckland"
    workspace.save()
    late = now.replace(hour=11, minute=30)
    acts.grant(workspace, 10, late)
    acts.charge(workspace, acts.people(2), late)
    set_rule(desk, now, window_days=0)
    assert apply(workspace, late + timedelta(minutes=29)).code == "given_back"
    assert apply(workspace, late + timedelta(minutes=31), profile_id=2).code == "past_window"


def test_c8_what_counts_is_when_it_was_found_out(workspace: Workspace, paid: Grant, now: datetime) -> None:
    """A worker that was down for months does not cost anybody a credit."""
    outcome = refund_policies.apply(
        workspace=workspace, cause="left_before", profile_id=1, company_id=1, actor=acts.ACTOR,
        observed_at=now + 20 * DAY, now=now + 200 * DAY,
    )  # fmt: skip
    assert outcome.code == "given_back"


def test_c6_merged_has_no_window_unless_the_operator_sets_one(
    workspace: Workspace, paid: Grant, desk: Actor, now: datetime
) -> None:
    later = now + 4000 * DAY
    assert apply(workspace, later, cause=MERGED, key="merge:a:b").code == "given_back"
    set_rule(desk, now, cause=MERGED, window_days=10)
    assert apply(workspace, later, 2, cause=MERGED, key="merge:c:d").code == "past_window"


def test_c8_off_is_off(workspace: Workspace, paid: Grant, desk: Actor, now: datetime) -> None:
    before = acts.state()
    set_rule(desk, now, is_on=False)
    outcome = apply(workspace, now)
    assert (outcome.code, outcome.entry) == ("off", None)
    assert outcome.why == "Refunds for this cause are off: hard bounce reported."
    assert acts.state() == before
    assert apply(workspace, now, cause="left_before").code == "given_back"


def test_c8_the_cap_is_for_a_calendar_month(
    workspace: Workspace, paid: Grant, desk: Actor, now: datetime
) -> None:
    set_rule(desk, now, window_days=None, cap_credits=2)
    assert [apply(workspace, now, n).code for n in (1, 2, 3)] == ["given_back", "given_back", "over_cap"]
    assert apply(workspace, now, 3).why == "The cap of 2 refunds a month for this cause is reached."
    assert apply(workspace, now, 3, cause="erased_soon").code == "given_back", "each cause has its own"
    assert apply(workspace, now.replace(day=30, hour=23), 4).code == "over_cap"
    assert apply(workspace, now.replace(month=10), 4).code == "given_back"
    set_rule(desk, now, cap_credits=0)
    assert apply(workspace, now.replace(month=10), 5).code == "over_cap", "0 means 0"
    acts.prove()


def test_c8_many_at_once_stop_at_the_cap(
    workspace: Workspace, paid: Grant, desk: Actor, now: datetime
) -> None:
    """In the order given; doubles and strangers use up none of it."""
    set_rule(desk, now, cap_credits=3)
    cases = [Case(n, 1) for n in (1, 1, 99, 2, 3, 4)]
    outcomes = refund_policies.apply_all(
        workspace=workspace, cause=BOUNCE, cases=cases, actor=acts.ACTOR, now=now
    )
    assert [outcome.code for outcome in outcomes] == [
        "given_back", "refunded_before", "never_charged", "given_back", "given_back", "over_cap",
    ]  # fmt: skip
    entries = [outcome.entry for outcome in outcomes if outcome.entry]
    assert [entry.context["profile"] for entry in entries] == ["pro_1", "pro_2", "pro_3"]
    behind = [ledger.claims(workspace=workspace, entry_id=entry.pk).items for entry in entries]
    assert [[claim.profile_id for claim in claims] for claims in behind] == [[1], [2], [3]]
    assert balances.quick(workspace=workspace) == (8, 0)
    acts.prove()


def test_c8_a_workspace_may_have_a_rule_of_its_own(
    workspace: Workspace, other_workspace: Workspace, paid: Grant, desk: Actor, now: datetime
) -> None:
    set_rule(desk, now, is_on=False)
    set_rule(desk, now, workspace, window_days=90)
    mine, theirs = (refund_rules.of(workspace=one, cause=BOUNCE) for one in (workspace, other_workspace))
    assert (mine.is_on, mine.window_days, mine.is_own, mine.changed_by) == (True, 90, True, desk.label)
    assert (theirs.is_on, theirs.is_own) == (False, False)
    entry = apply(workspace, now + 80 * DAY).entry
    assert entry is not None and entry.context["policy"]["of"] == "workspace"
    assert not refund_rules.clear(workspace=workspace, cause=BOUNCE, actor=desk, now=now).is_on
    assert apply(workspace, now, 2).code == "off"
    found = AuditEntry.objects.filter(action__startswith="refund_policy").order_by("id")
    assert [(row.action, row.target) for row in found] == [
        ("refund_policy.set", "installation"), ("refund_policy.set", f"ws_{workspace.pk}"),
        ("refund_policy.clear", f"ws_{workspace.pk}"),
    ]  # fmt: skip
    assert audit.entries(workspace=workspace).items[0].action == "refund_policy.clear"


def test_rules_in_words(workspace: Workspace, desk: Actor, now: datetime) -> None:
    words = {rule.cause: rule.words for rule in refund_rules.all_(workspace=workspace)}
    assert words[BOUNCE] == "The credit comes back by itself, within 30 days of the charge."
    assert words[MERGED] == "The credit comes back by itself, however long ago it was charged."
    set_rule(desk, now, window_days=1, cap_credits=1000)
    rule = refund_rules.of(workspace=workspace, cause=BOUNCE)
    assert rule.words == "The credit comes back by itself, within 1 day of the charge, at most 1,000 a month."


@pytest.mark.parametrize("bad", [{"window_days": -1}, {"window_days": 3651}, {"cap_credits": -1}, {"window_days": 1.5},
                                 {"cap_credits": True}, {"cap_credits": 10**16}])  # fmt: skip
def test_bad_rules_are_refused(desk: Actor, now: datetime, bad: dict[str, int]) -> None:
    with pytest.raises(refund_rules.BadRule):
        set_rule(desk, now, **bad)  # type: ignore[arg-type]


def test_only_the_operator_sets_rules(workspace: Workspace, actor: Actor, desk: Actor, now: datetime) -> None:
    with pytest.raises(access.NotAnOperator):
        set_rule(actor, now, workspace)
    with pytest.raises(access.NotAnOperator):
        refund_rules.clear(workspace=workspace, cause=BOUNCE, actor=actor, now=now)
    with pytest.raises(refund_rules.UnknownCause):
        set_rule(desk, now, cause="boredom")


def test_refunded_once_whatever_the_cause(workspace: Workspace, paid: Grant, now: datetime) -> None:
    """C8: the same person bounces, is erased and was refunded by hand: one credit in all."""
    first = apply(workspace, now).entry
    assert first is not None
    before = acts.state()
    for cause in (BOUNCE, "erased_soon", "left_before", MERGED):
        outcome = apply(workspace, now, cause=cause)
        assert outcome.code == "refunded_before" and f"ent_{first.pk}" in outcome.why
    with pytest.raises(refunds.AlreadyRefunded):
        acts.refund(workspace, now, profile_id=1, company_id=1, key="by hand", why="")
    assert acts.state() == before


def test_who_was_never_bought(
    workspace: Workspace, other_workspace: Workspace, paid: Grant, now: datetime
) -> None:
    before = acts.state()
    assert apply(workspace, now, 77).code == "never_charged"
    assert apply(other_workspace, now, 1).code == "never_charged"
    assert acts.state()[1:] == before[1:], "at most a wallet was made"


def test_g2_after_the_grant_expired_a_new_one_takes_it(workspace: Workspace, now: datetime) -> None:
    """Many credits of one grant that is over come in one new grant, which lasts as long as that one did."""
    old = acts.grant(workspace, 10, now, name="Trial", expires_at=now + 10 * DAY, priority=5)
    acts.charge(workspace, acts.people(3), now)
    later = now + 20 * DAY
    outcomes = refund_policies.apply_all(
        workspace=workspace, cause=BOUNCE, cases=[Case(n, 1) for n in (1, 2, 3)], actor=acts.ACTOR, now=later
    )
    new = Grant.objects.get(kind="refund")
    assert (new.granted, new.remaining, new.expires_at, new.priority) == (3, 3, later + 10 * DAY, 5)
    for outcome in outcomes:
        assert outcome.entry and ledger.grant_split(entry=outcome.entry) == [(old, 1), (new, 1)]
        assert outcome.entry.context["new_grant"]["grant"] == f"gra_{new.pk}"
    grants.expire_due(workspace=workspace, now=later)
    acts.prove()
    assert len(acts.charge(workspace, acts.people(3, first=50), later).fresh) == 3


@pytest.mark.parametrize("point", ["credits.refund.marked", "credits.refund.posted"])
def test_a_crash_half_way_leaves_nothing(
    workspace: Workspace, paid: Grant, now: datetime, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    before = acts.state()
    monkeypatch.setenv("ROLLCALL_FAULTS", f"{point}=raise")
    with pytest.raises(FaultInjected):
        apply(workspace, now)
    monkeypatch.delenv("ROLLCALL_FAULTS")
    assert acts.state() == before
    assert apply(workspace, now).code == "given_back"
    acts.prove()


def test_what_it_gave_back_so_far(workspace: Workspace, paid: Grant, now: datetime) -> None:
    apply(workspace, now)
    apply(workspace, now, 2)
    apply(workspace, now, 3, cause="left_before")
    acts.refund(workspace, now.replace(month=10), profile_id=4, company_id=1, key="r", why="")
    found = refund_effects.by_month(workspace=None, since=now - DAY)
    assert [(e.month.month, e.cause, e.refunds, e.credits) for e in found] == [
        (10, "by_hand", 1, 1), (9, "hard_bounce", 2, 2), (9, "left_before", 1, 1),
    ]  # fmt: skip
    assert refund_effects.by_month(workspace=workspace, since=now + 60 * DAY) == []
    assert Entry.objects.filter(kind="refund").count() == 4
