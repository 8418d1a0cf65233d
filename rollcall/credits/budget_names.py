"""What a budget is called: `Daily budget of API key Zapier`, `Budget of each search in segment seg_4`."""

from collections.abc import Mapping

from rollcall.core import ids
from rollcall.core.errors import NotFound
from rollcall.credits.models import Budget
from rollcall.workspaces.models import ApiKey, User

PREFIXES = {"member": "usr", "key": "key", "segment": "seg", "persona": "per", "automation": "aut"}
_WORDS = {
    "workspace": "the workspace",
    "member": "member",
    "key": "API key",
    "segment": "segment",
    "persona": "persona",
    "automation": "automation",
    "run": "each search",
}
_PERIODS = {
    "day": "Daily budget",
    "week": "Weekly budget",
    "month": "Monthly budget",
    "total": "Total budget",
}


def name(budget: Budget, *, subject: str = "", labels: Mapping[str, str] | None = None) -> str:
    """
    Args:
        subject: whose counter it is, where the budget is of each one by itself.
        labels: names by public id, of things that this room does not know; members and keys are looked up.
    """
    what = _what(budget, subject or budget.subject, labels or {})
    if budget.scope == Budget.Scope.RUN:
        return "Budget of each search"
    if budget.period == Budget.Period.RUN:
        return f"Budget of each search: {what}"
    return f"{_PERIODS[budget.period]} of {what}"


def _what(budget: Budget, subject: str, labels: Mapping[str, str]) -> str:
    word = _WORDS[budget.scope]
    if budget.scope not in PREFIXES:
        return word
    if not subject:
        return f"each {word}"
    return f"{word} {labels.get(subject) or _label(budget.scope, subject)}"


def _label(scope: str, subject: str) -> str:
    try:
        number = ids.parse(PREFIXES[scope], subject)
    except NotFound:
        return subject
    found: str | None = None
    if scope == Budget.Scope.MEMBER:
        found = User.objects.filter(pk=number).values_list("name", flat=True).first()
    elif scope == Budget.Scope.KEY:
        found = ApiKey.objects.filter(pk=number).values_list("name", flat=True).first()
    return found or subject
