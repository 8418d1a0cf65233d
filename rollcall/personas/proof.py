"""The whole proof: the ledger, contacts beside its claims, and runs beside its holds (E2, E5, G3, invariants 3, 4)."""

from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from rollcall.contacts import verify as contacts
from rollcall.credits import verify
from rollcall.credits.models import Entry
from rollcall.credits.verify import Check, Proof
from rollcall.personas.models import Run, RunChunk
from rollcall.workspaces.models import Workspace

_BAD_SHOWN = 5


def prove(*, workspace: Workspace | None = None) -> Proof:
    """Every rule of credits, contacts and runs, for one workspace or for all."""
    return verify.verify(workspace=workspace, extra_checks=[contacts.checks, checks])


def checks(workspace: Workspace | None = None) -> list[Check]:
    """What the ledger alone cannot see: estimates, batches and ended searches. None: all workspaces."""
    runs = Run.objects.all() if workspace is None else Run.objects.filter(workspace=workspace)
    batches = RunChunk.objects.filter(run=OuterRef("pk")).order_by().values("run")
    charges = Entry.objects.filter(
        workspace=OuterRef("workspace"), run_id=OuterRef("pk"), kind=Entry.Kind.CHARGE
    )
    summed = runs.annotate(
        of_batches=_sum(batches, "fresh"),
        of_entries=_sum(charges.order_by().values("run_id"), "amount"),
    )
    parts = F("charged") + F("owned") + F("suppressed")
    ended = runs.exclude(state__in=Run.ACTIVE)
    return [
        _check(
            "R1", "Every search charged what its batches charged", summed.exclude(charged=F("of_batches"))
        ),
        _check("R2", "Every search charged what the ledger says", summed.exclude(charged=F("of_entries"))),
        _check(
            "R3", "No search charged more than its estimate", runs.filter(charged__gt=F("quote__credits_max"))
        ),
        _check("R4", "Everybody a search looked at is accounted for", runs.exclude(people_done=parts)),
        _check("R5", "No ended search holds credits", ended.filter(hold__is_open=True)),
        _check(
            "R6", "Every finished search is whole", runs.filter(state="done").exclude(people_done=F("people"))
        ),
        _check(
            "R7",
            "No approved search charged more than was shown",
            runs.filter(charged__gt=F("approval__credits")),
        ),
    ]


def _sum(grouped: "QuerySet[Any]", name: str) -> Any:
    return Coalesce(Subquery(grouped.annotate(total=Sum(name)).values("total")), 0)


def _check(code: str, title: str, bad: "QuerySet[Run]") -> Check:
    shown = [f"run_{number}" for number in bad.order_by("pk").values_list("pk", flat=True)[:_BAD_SHOWN]]
    return Check(code=code, title=title, ok=not shown, bad=shown)
