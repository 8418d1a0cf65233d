"""Refund policies: when a credit comes back by itself, as the operator has set it for this workspace."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import Count, Day, Instant, Shown
from rollcall.core import clock
from rollcall.credits import refund_effects, refund_rules
from rollcall.credits.refund_effects import Effect
from rollcall.credits.refund_rules import Rule

noun = Noun("credits")
Cause = Literal["hard_bounce", "left_before", "erased_soon", "merged"]
_SINCE = timedelta(days=366)


class RefundPolicyShown(Shown):
    """The rule for one cause."""

    cause: Cause
    label: str = Field(examples=["Hard bounce reported"])
    is_on: bool
    window_days: Count | None = Field(
        description="Days after the charge; null: however long ago.", examples=[30]
    )
    cap_credits: Count | None = Field(description="Credits a calendar month; null: no cap.", examples=[None])
    is_own: bool = Field(description="Set for this workspace; else it is the installation's.")
    words: str = Field(examples=["The credit comes back by itself, within 30 days of the charge."])
    changed_at: Instant | None


class RefundEffectShown(Shown):
    """What came back in one month for one cause (`by_hand`: without a policy)."""

    month: Day = Field(description="The first day of the month, in the workspace's time zone.")
    cause: str = Field(examples=["hard_bounce"])
    refunds: Count
    credits: Count


class RefundPoliciesShown(Shown):
    """The rule for each cause, and what came back in the last twelve months."""

    items: list[RefundPolicyShown]
    effects: list[RefundEffectShown]


@noun.operation("GET", "/credits/refund-policies", permission="credits.see", answer=RefundPoliciesShown)
def refund_policies_list(request: Request) -> RefundPoliciesShown:
    """When a credit comes back by itself, and what came back so far."""
    workspace = request.auth.workspace
    effects = refund_effects.by_month(workspace=workspace, since=clock.now() - _SINCE)
    return RefundPoliciesShown(
        items=[_rule(rule) for rule in refund_rules.all_(workspace=workspace)],
        effects=[_effect(effect) for effect in effects],
    )


def _rule(rule: Rule) -> RefundPolicyShown:
    return RefundPolicyShown(**{name: getattr(rule, name) for name in RefundPolicyShown.model_fields})


def _effect(effect: Effect) -> RefundEffectShown:
    return RefundEffectShown(**{name: getattr(effect, name) for name in RefundEffectShown.model_fields})
