"""The rules of refunds, set by the operator: for which cause, how long after the charge, how many a month (C6, C8)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from rollcall.core import ids
from rollcall.core.errors import Invalid
from rollcall.credits import posting
from rollcall.credits.models import RefundPolicy
from rollcall.workspaces import access, audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

WINDOW_DAYS, WINDOW_DAYS_MAX = 30, 3650
Cause = RefundPolicy.Cause
# C6 has no window: two contacts that turn out to be one are one, however late that is found out.
_WINDOWS: dict[str, int | None] = dict.fromkeys(Cause, WINDOW_DAYS) | {Cause.MERGED: None}


class UnknownCause(Invalid):
    """There is no refund policy for {cause!r}. Choose hard_bounce, left_before, erased_soon or merged."""


class BadRule(Invalid):
    """A window is 0 to {days_max} whole days, or empty for none; a cap is a whole number from 0, or empty."""


@dataclass(frozen=True)
class Rule:
    """What holds for one cause. `window_days` None: however long ago; `cap_credits` None: as many as there are.

    `is_own`: set for this workspace; else it is the installation's, and nobody changed that if `changed_at` is None.
    """

    cause: str
    is_on: bool
    window_days: int | None
    cap_credits: int | None
    is_own: bool = False
    changed_at: datetime | None = None
    changed_by: str = ""

    @property
    def label(self) -> str:
        return str(Cause(self.cause).label)

    @property
    def words(self) -> str:
        """The rule as customers read it."""
        if not self.is_on:
            return "The credit does not come back by itself."
        days = "1 day" if self.window_days == 1 else f"{self.window_days} days"
        when = (
            "however long ago it was charged" if self.window_days is None else f"within {days} of the charge"
        )
        if self.window_days == 0:
            when = "on the day of the charge"
        most = "" if self.cap_credits is None else f", at most {self.cap_credits:,} a month"
        return f"The credit comes back by itself, {when}{most}."


def all_(*, workspace: Workspace | None) -> list[Rule]:
    """The rule for each cause, as it holds for this workspace (None: for the installation)."""
    found = {row.cause: row for row in RefundPolicy.objects.filter(workspace__isnull=True)}
    own = RefundPolicy.objects.filter(workspace=workspace) if workspace is not None else ()
    found |= {row.cause: row for row in own}
    return [_rule(cause, found.get(cause)) for cause in Cause.values]


def of(*, workspace: Workspace | None, cause: str) -> Rule:
    """
    Raises:
        UnknownCause
    """
    return next(rule for rule in all_(workspace=workspace) if rule.cause == _known(cause))


@transaction.atomic
def set_(
    *,
    workspace: Workspace | None,
    cause: str,
    is_on: bool,
    window_days: int | None,
    cap_credits: int | None,
    actor: Actor,
    now: datetime,
) -> Rule:
    """Set the rule of a workspace, or (None) of the installation; from now on, for whatever is found from now on.

    Raises:
        NotAnOperator, UnknownCause, BadRule
    """
    _check(actor, cause)
    if not _fits(window_days, WINDOW_DAYS_MAX) or not _fits(cap_credits, posting.AMOUNT_MAX):
        raise BadRule(days_max=WINDOW_DAYS_MAX)
    values = {"is_on": is_on, "window_days": window_days, "cap_credits": cap_credits}
    row, _ = RefundPolicy.objects.update_or_create(
        workspace=workspace,
        cause=cause,
        defaults=values | {"actor_label": actor.label, "changed_at": now},
    )
    _audit("refund_policy.set", workspace, actor, now, {"cause": cause, **values})
    return _rule(cause, row)


@transaction.atomic
def clear(*, workspace: Workspace, cause: str, actor: Actor, now: datetime) -> Rule:
    """Let the installation's rule hold for the workspace again; clearing what was not set changes nothing.

    Raises:
        NotAnOperator, UnknownCause
    """
    _check(actor, cause)
    if RefundPolicy.objects.filter(workspace=workspace, cause=cause).delete()[0]:
        _audit("refund_policy.clear", workspace, actor, now, {"cause": cause})
    return of(workspace=workspace, cause=cause)


def _rule(cause: str, row: RefundPolicy | None) -> Rule:
    if row is None:
        return Rule(cause=cause, is_on=True, window_days=_WINDOWS[cause], cap_credits=None)
    return Rule(
        cause=cause,
        is_on=row.is_on,
        window_days=row.window_days,
        cap_credits=row.cap_credits,
        is_own=row.workspace_id is not None,
        changed_at=row.changed_at,
        changed_by=row.actor_label,
    )


def _check(actor: Actor, cause: str) -> None:
    if not actor.is_operator:
        raise access.NotAnOperator()
    _known(cause)


def _known(cause: str) -> str:
    if cause not in Cause.values:
        raise UnknownCause(cause=cause[:40])
    return cause


def _fits(number: int | None, most: int) -> bool:
    return number is None or (
        isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= most
    )


def _audit(
    action: str, workspace: Workspace | None, actor: Actor, now: datetime, detail: dict[str, object]
) -> None:
    target = "installation" if workspace is None else ids.public("ws", workspace.pk)
    audit.write(workspace=workspace, actor=actor, action=action, target=target, now=now, detail=detail)
