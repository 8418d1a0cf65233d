"""A ledger in which everything has happened, made through public functions: what the proof is tried on."""

from datetime import datetime, timedelta

from rollcall.credits import adjustments, alerts, budgets, chain, grants, packages, singles
from rollcall.credits.holds import Purpose
from rollcall.credits.models import Adjustment, AlertEvent, BudgetReservation, Entry, Hold
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.credits import acts

DAY = timedelta(days=1)
OLGA = Actor(ref="usr_901", label="Olga Brandt", is_operator=True)
OTTO = Actor(ref="usr_902", label="Otto Berg", is_operator=True)
ALICE = Actor(ref="usr_900", label="Alice Moreau", role="owner")


def everything(workspace: Workspace, now: datetime) -> None:
    """Each kind of grant, entry, hold, budget, alert and adjustment; some sealed, the last few not yet."""
    acts.grant(workspace, 20, now, expires_at=now + DAY, kind="promotional", name="Trial")
    acts.grant(
        workspace, 100, now, reference="PO-1", price_minor=4900, currency="EUR", priority=3,
        expires_at=now + 300 * DAY,
    )  # fmt: skip
    voided = acts.grant(workspace, 9, now, priority=9)
    singles.charge(workspace=workspace, profile_id=90, company_id=1, key="straight", actor=ALICE, now=now)
    _budgets(workspace, now)
    for kind, threshold in (("balance", 110), ("percent", 90)):
        alerts.create(workspace=workspace, kind=kind, threshold=threshold, actor=ALICE, now=now)
    acts.charge(workspace, acts.people(10), now)
    singles.charge(workspace=workspace, profile_id=80, company_id=1, key="one", actor=ALICE, now=now)
    held = acts.hold(workspace, 20, now, run_id=7, actor=ALICE, purpose=Purpose(4, 2, {5: 12, 6: 8}))
    found = acts.people(12, first=9)
    acts.capture(workspace, held, found, now, run_id=7, persona_ids=[5] * 8 + [6] * 4)
    used_up = acts.hold(workspace, 3, now, run_id=8, actor=ALICE, purpose=Purpose(4, None, {5: 3}))
    acts.capture(workspace, used_up, acts.people(3, first=70), now, run_id=8, persona_ids=[5, 5, 5])
    for profile_id, at in ((1, now), (12, now), (2, now + 2 * DAY)):
        acts.refund(workspace, at, profile_id=profile_id, company_id=1, key=acts.new_key(), why="Left before")
    acts.release(workspace, used_up, now + DAY)
    acts.release(workspace, held, now + 2 * DAY)
    grants.void(
        workspace=workspace, grant_id=voided.pk, key="void", actor=OLGA, now=now + 2 * DAY, why="Wrong"
    )
    _adjust(workspace, now + 2 * DAY)
    chain.sweep(now=now + 2 * DAY)
    still = acts.hold(workspace, 6, now + 2 * DAY, run_id=9, actor=ALICE, purpose=Purpose(4))
    acts.capture(workspace, still, acts.people(2, first=50), now + 2 * DAY, run_id=9)
    acts.hold(workspace, 5, now + 2 * DAY)
    _assert_whole(workspace)


def _budgets(workspace: Workspace, now: datetime) -> None:
    kinds = [
        ("workspace", "", "month", 500, True), ("workspace", "", "day", 10, False), ("member", "", "week", 300, True),
        ("segment", "", "total", 200, True), ("persona", "", "month", 100, True), ("run", "", "run", 50, True),
    ]  # fmt: skip
    for scope, subject, period, limit, is_hard in kinds:
        budgets.create(
            workspace=workspace, scope=scope, subject=subject, period=period, limit=limit, is_hard=is_hard,
            actor=ALICE, now=now,
        )  # fmt: skip


def agreements(workspace: Workspace, now: datetime) -> None:
    """A request for credits in each state, with what was said; and alerts that were changed and ended."""
    for state in ("sent", "quoted", "accepted", "granted", "declined"):
        asked = packages.request(
            workspace=workspace, credits_wanted=500, note=f"For {state}", reply_email="alice@example.com", actor=ALICE,
            now=now, key=f"asks-{state}", analysis={"months": 6, "per_month": 2.0} if state == "sent" else None,
        )  # fmt: skip
        request_id, ends = asked.pk, grants.end_of((now + 90 * DAY).date(), workspace=workspace)
        packages.answer(request_id=request_id, body="By when?", key="when", actor=OLGA, now=now)
        if state == "sent":
            continue
        if state == "declined":
            packages.decline(request_id=request_id, actor=OLGA, now=now + DAY, why="Too early")
            continue
        packages.quote(
            request_id=request_id, credits=400, price_minor=9900, currency="EUR", terms="Net 30", quote_number=0,
            expires_on=(now + 90 * DAY).date(), valid_until=now + 5 * DAY, actor=OLGA, now=now,
        )  # fmt: skip
        if state == "quoted":
            continue
        packages.accept(
            workspace=workspace, request_id=request_id, quote_number=1, actor=ALICE, now=now + DAY
        )
        if state == "granted":
            packages.grant(
                request_id=request_id, amount=400, kind="package", name="Spring", expires_at=ends, price_minor=9900,
                currency="EUR", actor=OLGA, now=now + 2 * DAY,
            )  # fmt: skip
    changed = alerts.create(workspace=workspace, kind="expiry", threshold=9, actor=ALICE, now=now)
    alerts.change(workspace=workspace, rule_id=changed.pk, by_webhook=True, actor=ALICE, now=now)
    ended = alerts.create(workspace=workspace, kind="spend", threshold=900, actor=ALICE, now=now)
    alerts.end(workspace=workspace, rule_id=ended.pk, actor=ALICE, now=now)


def _adjust(workspace: Workspace, now: datetime) -> None:
    for amount, key in ((7, "a1"), (-4, "a2"), (10**6, "a3"), (10**6 + 1, "a4")):
        made = adjustments.make(
            workspace=workspace, amount=amount, reason=f"Goodwill {key}", key=key, actor=OLGA, now=now
        )
        if key == "a3":
            adjustments.approve(adjustment_id=made.pk, actor=OTTO, now=now)


def _assert_whole(workspace: Workspace) -> None:
    """A kind that is missing here would go untried."""
    entries = Entry.objects.filter(workspace=workspace)
    assert {kind for kind, _ in Entry.Kind.choices} <= set(entries.values_list("kind", flat=True))
    assert entries.filter(kind="charge", hold=None).exists()
    assert set(Adjustment.objects.values_list("state", flat=True)) >= {"done", "waiting"}
    holds = Hold.objects.filter(workspace=workspace)
    assert holds.filter(is_open=True).count() == 2
    assert BudgetReservation.objects.filter(hold__in=holds).count() > 8
    assert set(AlertEvent.objects.values_list("rule__kind", flat=True)) == {"balance", "percent"}
