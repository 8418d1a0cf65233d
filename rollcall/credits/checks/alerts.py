"""L12: every crossing of a threshold that the journal shows was told of, exactly once; nothing else was.

What was told stands in the audit log, which nobody may change.
"""

from collections.abc import Iterator
from typing import Any

from rollcall.core import ids
from rollcall.credits import crossings
from rollcall.credits.checks.asking import Rule
from rollcall.credits.models import AlertEvent, AlertRule
from rollcall.workspaces.models import AuditEntry, Workspace

_REPLAYED = (AlertRule.Kind.BALANCE, AlertRule.Kind.PERCENT)


def _alerts(workspace: Workspace | None) -> Iterator[str]:
    """Balance and percent follow from the journal alone; runway, expiry and spend from the day when they are told."""
    watched = AlertRule.objects.filter(kind__in=_REPLAYED).order_by().values("workspace_id")
    every = Workspace.objects.filter(pk__in=watched).order_by("pk")
    for mine in every if workspace is None else [workspace]:
        yield from _of(mine)
    yield from _unlike(workspace)


def _of(workspace: Workspace) -> Iterator[str]:
    wanted = {(one.rule_id, one.crossing): one.entry_id for one in crossings.replay(workspace=workspace)}
    told = {
        (event.rule_id, event.crossing): event
        for event in AlertEvent.objects.filter(rule__workspace=workspace, rule__kind__in=_REPLAYED)
    }
    for key in sorted(wanted.keys() - told.keys()):
        rule, entry = ids.public("alr", key[0]), ids.public("ent", wanted[key])
        yield f"{rule}: {entry} crossed it ({key[1]}), and nobody was told"
    for key, event in sorted(told.items()):
        name = f"{ids.public('ale', event.pk)} of {ids.public('alr', key[0])} ({key[1]})"
        if key not in wanted:
            yield f"{name}: nothing in the journal crossed it"
        elif (event.entry_id, event.workspace_id) != (wanted[key], workspace.pk):
            yield f"{name}: it names another entry or workspace than {ids.public('ent', wanted[key])}, which crossed it"
    lost = AlertEvent.objects.filter(workspace=workspace).exclude(
        rule__in=AlertRule.objects.filter(workspace=workspace)
    )
    for event in lost.order_by("pk"):
        yield f"{ids.public('ale', event.pk)}: its rule is not there, or of another workspace"


def _unlike(workspace: Workspace | None) -> Iterator[str]:
    """Each event beside what the audit log says was told."""
    mine: dict[str, Any] = {} if workspace is None else {"workspace": workspace}
    told = {said.target: said for said in AuditEntry.objects.filter(action="alert.told", **mine)}
    for event in AlertEvent.objects.filter(**mine).order_by("pk"):
        said = told.pop(ids.public("ale", event.pk), None)
        name = f"{ids.public('ale', event.pk)} of {ids.public('alr', event.rule_id)}"
        if said is None:
            yield f"{name}: the audit log knows nothing of it"
        elif (event.workspace_id, event.created_at, crossings.said(event)) != (
            said.workspace_id,
            said.at,
            said.detail,
        ):
            yield f"{name}: it is not what the audit log says was told"
    for name, said in sorted(told.items(), key=lambda one: one[1].pk):
        rule = said.detail.get("rule")
        yield f"{name} of {rule}: it is not there, or of another workspace, and the audit log says that it was told"


RULES = (Rule("L12", "Every crossing of an alert's threshold was told of, exactly once", _alerts),)
