"""Alerts: rules that tell when credits cross a threshold, and what they told."""

from typing import Annotated, Any, Literal

from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import (
    AlertEventId,
    AlertRuleId,
    Count,
    Cursor,
    EntryId,
    Given,
    Instant,
    Limit,
    PageOf,
    Shown,
    page_of,
)
from rollcall.core import clock, ids
from rollcall.credits import alert_words, alerts
from rollcall.credits.models import AlertEvent, AlertRule

noun = Noun("alerts")
Kind = Literal["balance", "percent", "runway", "expiry", "spend", "budget"]
Threshold = Annotated[
    int,
    Field(
        ge=0,
        le=10**15,
        examples=[500],
        description="Credits (balance), percent (percent, spend, budget) or days (runway, expiry).",
    ),
]


class RuleGiven(Given):
    """When to tell, and how: always in the product, and by letter and webhook unless they are switched off."""

    kind: Kind = Field(examples=["balance"])
    threshold: Threshold
    by_email: bool = True
    by_webhook: bool = True


class RuleEdit(Given):
    """What to change; what is left out stays. Another threshold ends the rule and begins a new one."""

    threshold: Threshold | None = None
    by_email: bool | None = None
    by_webhook: bool | None = None


class RuleShown(Shown):
    """A rule that looks at everything from when it was made."""

    id: AlertRuleId
    kind: Kind
    threshold: Count
    says: str = Field(examples=["Available credits fall to 500"])
    by_email: bool
    by_webhook: bool
    created_by: str = Field(examples=["Alice Moreau"])
    created_at: Instant


class RulesShown(Shown):
    """The rules of now."""

    items: list[RuleShown]


class AlertEventShown(Shown):
    """A threshold was crossed: one event for each occasion."""

    id: AlertEventId
    rule_id: AlertRuleId
    kind: Kind
    threshold: Count
    crossing: str = Field(
        examples=["epoch:3"],
        description="The occasion: `epoch:3` (until the next grant), a grant, a day, or a budget and its period.",
    )
    says: str = Field(examples=["Available credits fell from 520 to 480, past 500."])
    before: Count | None
    after: Count | None
    entry_id: EntryId | None
    detail: dict[str, Any] = Field(examples=[{"whole": 5000}])
    created_at: Instant
    seen_at: Instant | None


class Seen(Shown):
    """How many alerts were put away."""

    seen: Count


@noun.operation("GET", "/alerts", permission="credits.see", answer=RulesShown)
def alerts_list(request: Request) -> RulesShown:
    """List alert rules."""
    return _rules(alerts.list_(workspace=request.auth.workspace))


@noun.operation("POST", "/alerts", permission="alerts.edit", answer=RuleShown, status=201, errors=(409,))
def alerts_create(request: Request, body: RuleGiven) -> RuleShown:
    """Tell of a threshold from now on."""
    made = alerts.create(
        workspace=request.auth.workspace, actor=request.auth.actor, now=clock.now(), **body.model_dump()
    )
    return _rule(made)


@noun.operation("POST", "/alerts/usual", permission="alerts.edit", answer=RulesShown, status=201)
def alerts_usual(request: Request) -> RulesShown:
    """Make the rules that suit most workspaces; kinds that have a rule already are left alone."""
    made = alerts.add_usual(workspace=request.auth.workspace, actor=request.auth.actor, now=clock.now())
    return _rules(made)


@noun.operation("GET", "/alerts/events", permission="credits.see", answer=PageOf[AlertEventShown])
def alerts_events(
    request: Request, unseen: bool = False, cursor: Cursor | None = None, limit: Limit = 50
) -> PageOf[AlertEventShown]:
    """What was told, newest first; `unseen`: only what nobody has put away."""
    page = alerts.events(workspace=request.auth.workspace, unseen=unseen, cursor=cursor, limit=limit)
    return page_of(page, _event)


@noun.operation("POST", "/alerts/events/seen", permission="alerts.edit", answer=Seen)
def alerts_see_all(request: Request) -> Seen:
    """Put all alerts away, for everybody in the workspace."""
    return Seen(seen=alerts.see(workspace=request.auth.workspace, event_id=None, now=clock.now()))


@noun.operation("POST", "/alerts/events/{event_id}/seen", permission="alerts.edit", answer=Seen)
def alerts_see(request: Request, event_id: AlertEventId) -> Seen:
    """Put one alert away, for everybody in the workspace."""
    number = ids.parse("ale", event_id)
    return Seen(seen=alerts.see(workspace=request.auth.workspace, event_id=number, now=clock.now()))


@noun.operation("PATCH", "/alerts/{rule_id}", permission="alerts.edit", answer=RuleShown, errors=(409,))
def alerts_update(request: Request, rule_id: AlertRuleId, body: RuleEdit) -> RuleShown:
    """Change a rule."""
    changed = alerts.change(
        workspace=request.auth.workspace,
        rule_id=ids.parse("alr", rule_id),
        actor=request.auth.actor,
        now=clock.now(),
        **body.model_dump(),
    )
    return _rule(changed)


@noun.operation("DELETE", "/alerts/{rule_id}", permission="alerts.edit", answer=None, status=204)
def alerts_end(request: Request, rule_id: AlertRuleId) -> None:
    """End a rule; what it told stays."""
    alerts.end(
        workspace=request.auth.workspace,
        rule_id=ids.parse("alr", rule_id),
        actor=request.auth.actor,
        now=clock.now(),
    )


def _rules(rules: list[AlertRule]) -> RulesShown:
    return RulesShown(items=[_rule(rule) for rule in rules])


def _rule(rule: AlertRule) -> RuleShown:
    return RuleShown(
        id=ids.public("alr", rule.pk),
        kind=rule.kind,  # type: ignore[arg-type]
        threshold=rule.threshold,
        says=alert_words.rule(rule.kind, rule.threshold),
        by_email=rule.by_email,
        by_webhook=rule.by_webhook,
        created_by=rule.actor_label,
        created_at=rule.created_at,
    )


def _event(event: AlertEvent) -> AlertEventShown:
    rule = event.rule
    return AlertEventShown(
        id=ids.public("ale", event.pk),
        rule_id=ids.public("alr", rule.pk),
        kind=rule.kind,  # type: ignore[arg-type]
        threshold=rule.threshold,
        crossing=event.crossing,
        says=alert_words.event(rule.kind, rule.threshold, event.before, event.after, event.detail),
        before=event.before,
        after=event.after,
        entry_id=None if event.entry_id is None else ids.public("ent", event.entry_id),
        detail=event.detail,
        created_at=event.created_at,
        seen_at=event.seen_at,
    )
