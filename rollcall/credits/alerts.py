"""Alerts: the rules of a workspace, what they told of, and the sweeps for what time alone brings about (G6)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max

from rollcall.core import ids, jobs, paging, transactions
from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.core.paging import Page
from rollcall.credits import balances, crossings, wallets
from rollcall.credits.crossings import Raised
from rollcall.credits.models import AlertEvent, AlertRule, Entry, Grant, Wallet
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

Kind = AlertRule.Kind
THRESHOLDS: dict[str, tuple[int, int]] = {
    Kind.BALANCE: (0, 10**15),
    Kind.PERCENT: (0, 99),
    Kind.RUNWAY: (1, 365),
    Kind.EXPIRY: (1, 365),
    Kind.SPEND: (110, 10_000),
    Kind.BUDGET: (1, 100),
}
USUAL = ((Kind.PERCENT, 20), (Kind.EXPIRY, 14), (Kind.SPEND, 300))
RULES_MAX = 50
UNSEEN_MAX = 99


class UnknownAlertKind(Invalid):
    """There is no alert kind {kind}. Use {allowed}."""


class ThresholdOutOfRange(Invalid):
    """An alert of kind {kind} takes a whole number from {least} to {most}."""


class AlertExists(Conflict):
    """There is such a rule already: {rule}. Change it instead."""


class TooManyRules(Conflict):
    """A workspace has at most {rules_max} alert rules. End one that nobody needs."""


def create(
    *,
    workspace: Workspace,
    kind: str,
    threshold: int,
    actor: Actor,
    now: datetime,
    by_email: bool = True,
    by_webhook: bool = True,
) -> AlertRule:
    """A rule that looks at everything from now on; what was crossed before is not told.

    Raises:
        UnknownAlertKind, ThresholdOutOfRange, AlertExists, TooManyRules
    """
    _check(kind, threshold)
    made = AlertRule(
        workspace=workspace,
        kind=kind,
        threshold=threshold,
        by_email=by_email,
        by_webhook=by_webhook,
        actor=actor.ref,
        actor_label=actor.label,
        created_at=now,
    )
    return transactions.run(lambda: _begin(made, wallets.lock(workspace), actor, now))


def change(
    *,
    workspace: Workspace,
    rule_id: int,
    actor: Actor,
    now: datetime,
    threshold: int | None = None,
    by_email: bool | None = None,
    by_webhook: bool | None = None,
) -> AlertRule:
    """The rule as it is from now on. With another threshold it is a new rule, and the old one ends: what was told
    keeps its meaning.

    Raises:
        NotFound, ThresholdOutOfRange, AlertExists
    """

    def work() -> AlertRule:
        wallet = wallets.lock(workspace)
        rule = get(workspace=workspace, rule_id=rule_id)
        rule.by_email = rule.by_email if by_email is None else by_email
        rule.by_webhook = rule.by_webhook if by_webhook is None else by_webhook
        if threshold in (None, rule.threshold):
            rule.save(update_fields=["by_email", "by_webhook"])
            detail = {"by_email": rule.by_email, "by_webhook": rule.by_webhook}
            _log(rule, "alert.changed", actor, now, **detail)
            return rule
        _check(rule.kind, threshold)
        _end(rule, actor, now)
        new = AlertRule(
            workspace=workspace,
            kind=rule.kind,
            threshold=threshold,
            by_email=rule.by_email,
            by_webhook=rule.by_webhook,
            actor=actor.ref,
            actor_label=actor.label,
            created_at=now,
        )
        return _begin(new, wallet, actor, now)

    return transactions.run(work)


def end(*, workspace: Workspace, rule_id: int, actor: Actor, now: datetime) -> None:
    """No more of it; what it told stays.

    Raises:
        NotFound
    """

    def work() -> None:
        wallet = wallets.lock(workspace)
        _end(get(workspace=workspace, rule_id=rule_id), actor, now)
        is_watched = AlertRule.objects.filter(workspace=workspace, ended_at__isnull=True).exists()
        Wallet.objects.filter(pk=wallet.pk).update(is_watched=is_watched)

    transactions.run(work)


def add_usual(*, workspace: Workspace, actor: Actor, now: datetime) -> list[AlertRule]:
    """The rules that suit most workspaces; those that are there already are left as they are."""

    def work() -> list[AlertRule]:
        wallets.lock(workspace)
        kinds = {rule.kind for rule in list_(workspace=workspace)}
        return [
            create(workspace=workspace, kind=kind, threshold=threshold, actor=actor, now=now)
            for kind, threshold in USUAL
            if kind not in kinds
        ]

    return transactions.run(work)


def list_(*, workspace: Workspace) -> list[AlertRule]:
    """The rules of now, by kind and threshold."""
    live = AlertRule.objects.filter(workspace=workspace, ended_at__isnull=True)
    return sorted(live, key=lambda rule: (list(Kind.values).index(rule.kind), rule.threshold))


def get(*, workspace: Workspace, rule_id: int) -> AlertRule:
    """A rule of now.

    Raises:
        NotFound
    """
    found = AlertRule.objects.filter(workspace=workspace, pk=rule_id, ended_at__isnull=True).first()
    if found is None:
        raise NotFound(what="alert rule", id=ids.public("alr", rule_id))
    return found


def events(
    *, workspace: Workspace, unseen: bool = False, cursor: str | None = None, limit: int = 50
) -> Page[AlertEvent]:
    """What was told, newest first."""
    found = AlertEvent.objects.filter(workspace=workspace).select_related("rule")
    if unseen:
        found = found.filter(seen_at__isnull=True)
    return paging.page(found, order=["-id"], cursor=cursor, limit=limit)


def unseen(*, workspace: Workspace) -> tuple[int, AlertEvent | None]:
    """How many alerts nobody has put away yet (UNSEEN_MAX stands for more), and the newest of them."""
    found = AlertEvent.objects.filter(workspace=workspace, seen_at__isnull=True)
    newest = list(found.select_related("rule").order_by("-id")[:UNSEEN_MAX])
    return len(newest), newest[0] if newest else None


def see(*, workspace: Workspace, event_id: int | None, now: datetime) -> int:
    """Put one alert away, or all of them, for everybody in the workspace; how many that were.

    Raises:
        NotFound
    """
    found = AlertEvent.objects.filter(workspace=workspace)
    if event_id is not None:
        found = found.filter(pk=event_id)
        if not found.exists():
            raise NotFound(what="alert event", id=ids.public("ale", event_id))
    return found.filter(seen_at__isnull=True).update(seen_at=now)


@jobs.sweep("credits.unusual_spend", rest_seconds=60)
def sweep_spend(*, now: datetime) -> int:
    """A search that is still running spends too: its hold is not closed yet, so nothing looked at it."""
    return sum(
        transactions.run(lambda rule=rule: crossings.spent_unusually(rule, now=now))  # type: ignore[misc]
        for rule in _live(Kind.SPEND)
    )


@jobs.sweep("credits.alerts_of_time", rest_seconds=3600)
def sweep_time(*, now: datetime) -> int:
    """Runways shorten and grants come near their end although nobody does anything."""
    done = 0
    for rule in _live(Kind.RUNWAY, Kind.EXPIRY):
        for raised in _runway(rule, now) if rule.kind == Kind.RUNWAY else _expiries(rule, now):
            done += transactions.run(lambda rule=rule, raised=raised: crossings.raise_(rule, raised, now=now))  # type: ignore[misc]
    return done


def _begin(made: AlertRule, wallet: Wallet, actor: Actor, now: datetime) -> AlertRule:
    """The wallet is locked: every entry that moves it from here on has a greater id."""
    live = AlertRule.objects.filter(workspace=made.workspace, ended_at__isnull=True)
    if live.filter(kind=made.kind, threshold=made.threshold).exists():
        raise AlertExists(rule=f"{made.get_kind_display()} {made.threshold:,}")
    if live.count() >= RULES_MAX:
        raise TooManyRules(rules_max=RULES_MAX)
    made.after_entry = _last_entry(made.workspace)
    made.save(force_insert=True)
    Wallet.objects.filter(pk=wallet.pk).update(is_watched=True)
    kept = ("kind", "threshold", "by_email", "by_webhook", "after_entry")
    _log(made, "alert.created", actor, now, **{name: getattr(made, name) for name in kept})
    return made


def _end(rule: AlertRule, actor: Actor, now: datetime) -> None:
    rule.ended_at, rule.until_entry = now, _last_entry(rule.workspace)
    rule.save(update_fields=["ended_at", "until_entry"])
    _log(rule, "alert.ended", actor, now, until_entry=rule.until_entry)


def _last_entry(workspace: Workspace) -> int:
    last: int = Entry.objects.filter(workspace=workspace).aggregate(last=Max("id", default=0))["last"]
    return last


def _check(kind: str, threshold: int) -> None:
    if kind not in THRESHOLDS:
        raise UnknownAlertKind(kind=kind[:20], allowed=", ".join(THRESHOLDS))
    least, most = THRESHOLDS[kind]
    if not least <= threshold <= most:
        raise ThresholdOutOfRange(kind=kind, least=least, most=most)


def _live(*kinds: str) -> list[AlertRule]:
    live = AlertRule.objects.filter(kind__in=kinds, ended_at__isnull=True)
    return list(live.select_related("workspace").order_by("pk"))


def _runway(rule: AlertRule, now: datetime) -> list[Raised]:
    balance = balances.read(workspace=rule.workspace, now=now)
    if balance.runs_out_on is None:
        return []
    days = (balance.runs_out_on - _today(rule, now)).days
    if days > rule.threshold:
        return []
    epoch = Wallet.objects.get(workspace=rule.workspace).epoch
    detail = {"runs_out_on": _day(balance.runs_out_on), "why": balance.runs_out_why}
    return [Raised(f"epoch:{epoch}", max(0, days), detail=detail)]


def _expiries(rule: AlertRule, now: datetime) -> list[Raised]:
    near = Grant.objects.filter(
        workspace=rule.workspace,
        remaining__gt=0,
        effective_at__lte=now,
        expires_at__gt=now,
        expires_at__lte=now + timedelta(days=rule.threshold),
    )
    zone = ZoneInfo(rule.workspace.time_zone)
    return [
        Raised(
            ids.public("gra", grant.pk),
            grant.remaining,
            detail={
                "grant": ids.public("gra", grant.pk),
                "grant_name": grant.name,
                "expires_on": _day(grant.expires_at.astimezone(zone).date()),
            },
        )
        for grant in near.order_by("expires_at", "pk")
        if grant.expires_at is not None
    ]


def _today(rule: AlertRule, now: datetime) -> date:
    return now.astimezone(ZoneInfo(rule.workspace.time_zone)).date()


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _log(rule: AlertRule, action: str, actor: Actor, now: datetime, **detail: object) -> None:
    target = ids.public("alr", rule.pk)
    audit.write(workspace=rule.workspace, actor=actor, action=action, target=target, now=now, detail=detail)
