"""The tables of the credit ledger; only this package touches their rows."""

from rollcall.credits.models.alerts import AlertEvent, AlertRule
from rollcall.credits.models.budgets import Budget, BudgetCounter, BudgetReservation
from rollcall.credits.models.chain import Seal
from rollcall.credits.models.journal import Acquisition, Entry, Grant, Hold, HoldGrant, Leg, Wallet
from rollcall.credits.models.packages import PackageMessage, PackageRequest
from rollcall.credits.models.policies import Adjustment, RefundPolicy

__all__ = [
    "Acquisition", "Adjustment", "AlertEvent", "AlertRule", "Budget", "BudgetCounter", "BudgetReservation", "Entry",
    "Grant", "Hold", "HoldGrant", "Leg", "PackageMessage", "PackageRequest", "RefundPolicy", "Seal", "Wallet",
]  # fmt: skip
