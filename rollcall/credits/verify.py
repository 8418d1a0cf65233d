"""The proof: every balance is computed again from the entries alone, and every rule of the ledger is checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rollcall.core import transactions
from rollcall.credits.checks import RULES
from rollcall.credits.checks.asking import Rule
from rollcall.workspaces.models import Workspace


@dataclass(frozen=True)
class Check:
    """One rule: whether it holds, the first rows that break it, and what the rule cannot say."""

    code: str
    title: str
    ok: bool
    bad: list[str]
    note: str = ""


@dataclass(frozen=True)
class Proof:
    """All checks; `ok` if each of them is."""

    ok: bool
    checks: list[Check]


ExtraChecks = Callable[[Workspace | None], Sequence[Check]]


def verify(*, workspace: Workspace | None = None, extra_checks: Sequence[ExtraChecks] = ()) -> Proof:
    """Prove the ledger of one workspace, or of all.

    All checks see one moment, even while runs are under way, and hold up nobody. Rooms above hand in checks of their
    own rows (`extra_checks`), such as that contacts and claims are the same set.
    """
    with transactions.snapshot():
        checks = [_asked(rule, workspace) for rule in RULES]
        checks += [check for of_room in extra_checks for check in of_room(workspace)]
    return Proof(ok=all(check.ok for check in checks), checks=checks)


def _asked(rule: Rule, workspace: Workspace | None) -> Check:
    bad = rule.bad(workspace)
    return Check(code=rule.code, title=rule.title, ok=not bad, bad=bad, note=rule.noter(workspace))
