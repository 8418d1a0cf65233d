"""The proof: every balance is computed again from the entries alone, and every rule of the ledger is checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection

from rollcall.core import transactions
from rollcall.credits.checks import RULES, shapes
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
        checks += [check for of_room in extra_checks for check in _of_room(of_room, workspace)]
    return Proof(ok=all(check.ok for check in checks), checks=checks)


def _asked(rule: Rule, workspace: Workspace | None) -> Check:
    try:
        with transactions.apart():
            bad, note = rule.bad(workspace), rule.noter(workspace)
    except Exception as error:
        bad, note = _unread(error), ""
    return Check(code=rule.code, title=rule.title, ok=not bad, bad=bad, note=note)


def _of_room(extra: ExtraChecks, workspace: Workspace | None) -> Sequence[Check]:
    try:
        with transactions.apart():
            return extra(workspace)
    except Exception as error:
        return [Check("–", f"What {extra.__module__} proves", False, _unread(error))]


def _unread(error: Exception) -> list[str]:
    """What somebody wrote into a row by hand may be nothing that can be read: that is what the proof has to say."""
    if not connection.is_usable():
        raise error
    return shapes.broken() or [f"a row that it reads cannot be read: {type(error).__name__}: {error}"]
