"""L16: budgets, alerts, adjustments and refund rules are as the audit log, which nobody may change, has them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from rollcall.core import ids
from rollcall.credits.checks.asking import Rule
from rollcall.credits.models import Adjustment, AlertRule, Budget, RefundPolicy
from rollcall.workspaces.models import AuditEntry, Workspace

_BUDGET = ("scope", "subject", "period", "limit", "is_hard")
_ALERT = ("kind", "threshold", "by_email", "by_webhook", "after_entry", "until_entry")
_ADJUSTED = {
    "adjustments.ask": Adjustment.State.WAITING,
    "adjustments.do": Adjustment.State.DONE,
    "adjustments.refuse": Adjustment.State.REFUSED,
}
_POLICY = ("is_on", "window_days", "cap_credits")


def _unlike(workspace: Workspace | None) -> Iterator[str]:
    yield from _budgets(workspace)
    yield from _alerts(workspace)
    yield from _adjustments(workspace)
    yield from _policies(workspace)


def _budgets(workspace: Workspace | None) -> Iterator[str]:
    """What the last act on each said of it, who made it, and whether it was ended."""
    first: dict[tuple[int | None, str], AuditEntry] = {}
    last: dict[tuple[int | None, str], AuditEntry] = {}
    for said in _acts(workspace, "budget.created", "budget.changed", "budget.ended"):
        first.setdefault((said.workspace_id, said.target), said)
        last[said.workspace_id, said.target] = said
    rows = Budget.objects.all() if workspace is None else Budget.objects.filter(workspace=workspace)
    for budget in rows.order_by("pk"):
        name = ids.public("bud", budget.pk)
        made, said_last = first.pop((budget.workspace_id, name), None), last.get((budget.workspace_id, name))
        if made is None or said_last is None:
            yield f"{name}: the audit log knows nobody who made it"
            continue
        wrong = _differing(budget, _BUDGET, said_last.detail)
        by = (budget.actor, budget.actor_label, budget.created_at)
        wrong += [] if by == (made.actor, made.actor_label, made.at) else ["maker"]
        ended_at = said_last.at if said_last.action == "budget.ended" else None
        wrong += [] if budget.ended_at == ended_at else ["end"]
        if wrong:
            yield f"{name}: its {', '.join(wrong)} is not what the audit log says"
    for _, name in sorted(first, key=lambda of: first[of].pk):
        yield f"{name}: it is not there, or of another workspace, and the audit log says that it was made"


def _alerts(workspace: Workspace | None) -> Iterator[str]:
    """What all acts on each say of it together; who made one before acts said so much is taken at its word."""
    first: dict[tuple[int | None, str], AuditEntry] = {}
    last: dict[tuple[int | None, str], dict[str, Any]] = {}
    for said in _acts(workspace, "alert.created", "alert.changed", "alert.ended"):
        of = (said.workspace_id, said.target)
        first.setdefault(of, said)
        last[of] = {
            **last.get(of, {}),
            **said.detail,
            **({"at": said.at} if said.action == "alert.ended" else {}),
        }
    rows = AlertRule.objects.all() if workspace is None else AlertRule.objects.filter(workspace=workspace)
    for rule in rows.order_by("pk"):
        name = ids.public("alr", rule.pk)
        made, told = first.pop((rule.workspace_id, name), None), last.get((rule.workspace_id, name), {})
        if made is None:
            yield f"{name}: the audit log knows nobody who made it"
            continue
        is_whole = "after_entry" in told
        wrong = [
            field
            for field in _ALERT
            if (is_whole or field in told) and getattr(rule, field) != told.get(field)
        ]
        by = (rule.actor, rule.actor_label, rule.created_at)
        wrong += [] if by == (made.actor, made.actor_label, made.at) else ["maker"]
        wrong += [] if rule.ended_at == told.get("at") else ["end"]
        if wrong:
            yield f"{name}: its {', '.join(wrong)} is not what the audit log says"
    for _, name in sorted(first, key=lambda of: first[of].pk):
        yield f"{name}: it is not there, or of another workspace, and the audit log says that it was made"


def _adjustments(workspace: Workspace | None) -> Iterator[str]:
    """Who asked for which, when and why, and who decided: of those that wait nothing else says so."""
    told: dict[tuple[int | None, str], list[AuditEntry]] = defaultdict(list)
    for said in _acts(workspace, *_ADJUSTED):
        told[said.workspace_id, said.target].append(said)
    rows = Adjustment.objects.all() if workspace is None else Adjustment.objects.filter(workspace=workspace)
    for made in rows.order_by("pk"):
        name = ids.public("adj", made.pk)
        acts = told.pop((made.workspace_id, name), [])
        if not acts:
            yield f"{name}: the audit log knows nobody who asked for it"
            continue
        first, last = acts[0], acts[-1]
        asked = {"credits": made.amount, "why": made.reason, "key": made.key}
        wrong = [field for field, value in asked.items() if first.detail.get(field, value) != value]
        by = (made.actor, made.actor_label, made.created_at)
        wrong += [] if by == (first.actor, first.actor_label, first.at) else ["maker"]
        second = (
            (last.actor if last.actor != first.actor else "", last.actor_label) if len(acts) > 1 else ("", "")
        )
        decided = (made.state, made.decided_by, made.decided_by_label)
        wrong += [] if decided == (_ADJUSTED[last.action], *second) else ["decision"]
        if wrong:
            yield f"{name}: its {', '.join(wrong)} is not what the audit log says"
    for _, name in sorted(told, key=lambda of: told[of][0].pk):
        yield f"{name}: it is not there, or of another workspace, and the audit log says that it was asked for"


def _policies(workspace: Workspace | None) -> Iterator[str]:
    """The rule for a cause as it was last set; none where it was last cleared."""
    last: dict[tuple[int | None, str], AuditEntry] = {}
    for said in _acts(workspace, "refund_policy.set", "refund_policy.clear"):
        last[said.workspace_id, said.detail["cause"]] = said
    rows = (
        RefundPolicy.objects.all() if workspace is None else RefundPolicy.objects.filter(workspace=workspace)
    )
    for policy in rows.order_by("pk"):
        name = _policy(policy.workspace_id, policy.cause)
        said_last = last.pop((policy.workspace_id, policy.cause), None)
        if said_last is None or said_last.action == "refund_policy.clear":
            yield f"{name}: the audit log knows nobody who set it"
            continue
        wrong = _differing(policy, _POLICY, said_last.detail)
        by = (policy.actor_label, policy.changed_at)
        wrong += [] if by == (said_last.actor_label, said_last.at) else ["maker"]
        if wrong:
            yield f"{name}: its {', '.join(wrong)} is not what the audit log says"
    for (of, cause), said in sorted(last.items(), key=lambda one: one[1].pk):
        if said.action == "refund_policy.set":
            yield f"{_policy(of, cause)}: it is not there, and the audit log says that it was set"


def _acts(workspace: Workspace | None, *actions: str) -> Iterator[AuditEntry]:
    said = AuditEntry.objects.filter(action__in=actions).order_by("pk")
    yield from said if workspace is None else said.filter(workspace=workspace)


def _differing(row: Any, names: tuple[str, ...], detail: Mapping[str, Any]) -> list[str]:
    return [name for name in names if name not in detail or getattr(row, name) != detail[name]]


def _policy(workspace_id: int | None, cause: str) -> str:
    of = "the installation" if workspace_id is None else ids.public("ws", workspace_id)
    return f"refund rule {cause} of {of}"


RULES = (
    Rule(
        "L16", "Each budget, alert, adjustment and refund rule is as the audit log says it was set", _unlike
    ),
)
