"""Credits that come back by themselves when a rule allows it, and in words why one does not (C6, C8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rollcall.core import ids, transactions
from rollcall.credits import months, refund_rules, refunds, wallets
from rollcall.credits.claims import Pair
from rollcall.credits.models import Acquisition, Entry
from rollcall.credits.refund_rules import Cause, Rule
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

GIVEN_BACK, OFF, PAST_WINDOW, OVER_CAP, REFUNDED_BEFORE, NEVER_CHARGED = (
    "given_back", "off", "past_window", "over_cap", "refunded_before", "never_charged",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """Something found out about a person that was paid for.

    `observed`: what, in words, without a name or an address: ledger entries are kept for ever.
    `observed_at`: when; that instant must be within the window of the charge, whenever it is looked at.
    `key`: the entry's, where `policy:<cause>:<profile>:<company>` will not do.
    """

    profile_id: int
    company_id: int
    observed: str = ""
    observed_at: datetime | None = None
    key: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pair(self) -> Pair:
        return self.profile_id, self.company_id


@dataclass(frozen=True)
class Outcome:
    """What became of a case: the refund, or why there is none, in words for whoever reported it."""

    code: str
    why: str
    entry: Entry | None = None


def apply(
    *,
    workspace: Workspace,
    cause: str,
    profile_id: int,
    company_id: int,
    actor: Actor,
    now: datetime,
    observed: str = "",
    observed_at: datetime | None = None,
    key: str = "",
    context: Mapping[str, Any] | None = None,
) -> Outcome:
    """Give one credit back if the rule for the cause allows it.

    Raises:
        UnknownCause
    """
    case = Case(profile_id, company_id, observed, observed_at, key, context or {})
    return apply_all(workspace=workspace, cause=cause, cases=[case], actor=actor, now=now)[0]


def apply_all(
    *, workspace: Workspace, cause: str, cases: Sequence[Case], actor: Actor, now: datetime
) -> list[Outcome]:
    """Give back those credits that the rule for the cause allows, in the order given; an outcome for each case.

    All of it under the lock of the wallet, so that refunds at the same moment cannot pass the cap together.

    Raises:
        UnknownCause
    """

    def work() -> list[Outcome]:
        wallet = wallets.lock(workspace)
        rule = refund_rules.of(workspace=workspace, cause=cause)
        found = refunds.of_pairs(workspace=workspace, pairs=[case.pair for case in cases])
        judge = _Judge(workspace, rule, now, _room(workspace, rule, now))
        outcomes = [judge.look_at(case, found.get(case.pair)) for case in cases]
        wanted = [
            (found[case.pair], _asked(case, found[case.pair], rule, actor, now))
            for case, outcome in zip(cases, outcomes, strict=True)
            if outcome.code == GIVEN_BACK
        ]
        entries = {
            asked.pair: entry
            for (_, asked), entry in zip(
                wanted, refunds.give_back(wallet, wanted, actor=actor, now=now), strict=True
            )
        }
        return [
            Outcome(outcome.code, outcome.why, entries[case.pair]) if outcome.code == GIVEN_BACK else outcome
            for case, outcome in zip(cases, outcomes, strict=True)
        ]

    return transactions.run(work)


def prefix(cause: str) -> str:
    """How the keys of all refunds for a cause begin: by it they are counted."""
    return "merge:" if cause == Cause.MERGED else f"policy:{cause}:"


@dataclass
class _Judge:
    """Decides case by case; `room` is what the cap leaves for the rest of the month (None: no cap)."""

    workspace: Workspace
    rule: Rule
    now: datetime
    room: int | None
    seen: set[Pair] = field(default_factory=set)

    def look_at(self, case: Case, claim: Acquisition | None) -> Outcome:
        if claim is None:
            return Outcome(NEVER_CHARGED, "Nothing was ever charged for this person here.")
        if claim.refund_entry is not None:
            entry = ids.public("ent", claim.refund_entry.pk)
            return Outcome(REFUNDED_BEFORE, f"The credit was given back before ({entry}).")
        if case.pair in self.seen:
            return Outcome(REFUNDED_BEFORE, "The same person came before in this report.")
        if not self.rule.is_on:
            return Outcome(OFF, f"Refunds for this cause are off: {self.rule.label.lower()}.")
        charged, last = self._last_day(claim)
        if last is not None and self._day(case.observed_at or self.now) > last:
            days = f"the window of {self.rule.window_days} days"
            return Outcome(PAST_WINDOW, f"Past {days}: charged on {charged}, so until {last.isoformat()}.")
        if self.room is not None and self.room <= 0:
            cap = f"{self.rule.cap_credits:,}"
            return Outcome(OVER_CAP, f"The cap of {cap} refunds a month for this cause is reached.")
        self.room = None if self.room is None else self.room - 1
        self.seen.add(case.pair)
        return Outcome(GIVEN_BACK, f"{self.rule.label}: 1 credit came back.")

    def _last_day(self, claim: Acquisition) -> tuple[str, Any]:
        """The day of the charge, and the last day of its window, by the workspace's clock."""
        charged = self._day(claim.entry.created_at)
        window = self.rule.window_days
        return charged.isoformat(), None if window is None else charged + timedelta(days=window)

    def _day(self, at: datetime) -> Any:
        return at.astimezone(ZoneInfo(self.workspace.time_zone)).date()


def _room(workspace: Workspace, rule: Rule, now: datetime) -> int | None:
    """What the cap leaves of this calendar month, by the workspace's clock."""
    if rule.cap_credits is None:
        return None
    month = months.whole(workspace=workspace, month=months.of(workspace=workspace, at=now))
    given = Entry.objects.filter(
        workspace=workspace,
        kind=Entry.Kind.REFUND,
        created_at__gte=month.since,
        created_at__lt=month.until,
        key__startswith=prefix(rule.cause),
    )
    return rule.cap_credits - given.count()


def _asked(case: Case, claim: Acquisition, rule: Rule, actor: Actor, now: datetime) -> refunds.Asked:
    """The entry says what was found, when, by whom, and which rule gave the credit back (C9)."""
    profile, company = ids.public("pro", case.profile_id), ids.public("com", case.company_id)
    said = {
        "cause": rule.cause,
        "observed": case.observed,
        "observed_at": (case.observed_at or now).isoformat(),
        "reported_by": actor.label,
        "charged_at": claim.entry.created_at.isoformat(),
        "policy": {
            "window_days": rule.window_days,
            "cap_credits": rule.cap_credits,
            "of": "workspace" if rule.is_own else "installation",
        },
    }
    return refunds.Asked(
        profile_id=case.profile_id,
        company_id=case.company_id,
        key=case.key or f"{prefix(rule.cause)}{profile}:{company}",
        why=rule.label,
        context=said | dict(case.context),
    )
