"""Budgets: caps on spending with what is used and left of each, and the dialog that makes or changes one (G5)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.core import clock, ids
from rollcall.credits import budgets, posting
from rollcall.credits.models import Budget
from rollcall.personas import budgeting
from rollcall.web import converters, dialogs, form_errors, formats, pages
from rollcall.web.pages import PageRequest

assert converters  # the addresses below use its `id`
USES_SHOWN = 8
HARD = [("hard", "Refuse what goes past it"), ("soft", "Only count, and alert")]
SCOPES = {
    "member": ("Members", "Each member by themselves"),
    "key": ("API keys", "Each API key by itself"),
    "segment": ("Segments", "Each segment by itself"),
    "persona": ("Personas", "Each persona by itself"),
}


class LimitForm(forms.Form):
    """How much; 0 is allowed, and means 0."""

    limit = forms.IntegerField(
        label="Limit",
        min_value=0,
        max_value=posting.AMOUNT_MAX,
        help_text="0 means 0: nothing is spent.",
    )


class BudgetForm(LimitForm):
    """For whom or what, how much, in which period."""

    target = forms.ChoiceField(label="For")
    period = forms.ChoiceField(label="Counted", initial=Budget.Period.MONTH)
    kind = forms.ChoiceField(
        label="When it is used up", choices=HARD, initial="hard", widget=forms.RadioSelect
    )

    def __init__(self, *given: Any, targets: list[Any], **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["target"].choices = targets  # type: ignore[attr-defined]
        self.fields["period"].choices = [  # type: ignore[attr-defined]
            ("day", "A day"),
            ("week", "A week, from Monday"),
            ("month", "A calendar month"),
            ("total", "For all time"),
            ("run", "Each search by itself"),
        ]


@pages.page("credits.see")
def list_(request: PageRequest) -> HttpResponse:
    """Every budget with its meter; what it means if there is none."""
    request.nav = "credits"
    found = budgeting.list_(workspace=request.workspace, now=clock.now())
    context = {
        "title": "Budgets",
        "rows": [_row(named) for named in found],
        "may_edit": request.actor.may("budgets.edit"),
        "new_url": pages.url(request, "budget_new"),
    }
    return render(request, "credits/budgets.html", context)


@pages.page("budgets.edit", methods=("GET", "POST"))
def new(request: PageRequest) -> HttpResponse:
    """The dialog that makes one."""
    form = BudgetForm(request.POST or None, targets=_targets(request))
    if request.method == "POST" and form.is_valid():
        made = form_errors.attempt(form, lambda: _make(request, form))
        if made is not None:
            return dialogs.go(request, pages.url(request, "credits_budgets"))
    return _dialog(request, form, "New budget", pages.url(request, "budget_new"))


@pages.page("budgets.edit", methods=("GET", "POST"))
def change(request: PageRequest, budget_id: str) -> HttpResponse:
    """The dialog that changes the limit."""
    number = ids.parse("bud", budget_id)
    budget = budgets.get(workspace=request.workspace, budget_id=number)
    (name,) = budgeting.names(workspace=request.workspace, wanted=[(budget, "")])
    form = LimitForm(request.POST or None, initial={"limit": budget.limit})

    def work() -> Budget:
        return budgeting.change(
            workspace=request.workspace,
            budget_id=number,
            limit=form.cleaned_data["limit"],
            actor=request.actor,
            now=clock.now(),
        )

    if request.method == "POST" and form.is_valid() and (changed := form_errors.attempt(form, work)):
        messages.success(request, f"{name}: {formats.count(changed.limit, 'credit')} from now on.")
        return dialogs.go(request, pages.url(request, "credits_budgets"))
    return _dialog(request, form, name, pages.url(request, "budget", budget_id=budget_id))


@pages.page("budgets.edit", methods=("POST",))
def end(request: PageRequest, budget_id: str) -> HttpResponse:
    """It limits nothing any more."""
    ended = budgeting.end(
        workspace=request.workspace,
        budget_id=ids.parse("bud", budget_id),
        actor=request.actor,
        now=clock.now(),
    )
    (name,) = budgeting.names(workspace=request.workspace, wanted=[(ended, "")])
    messages.success(request, f"{name} has ended. It limits nothing any more.")
    return redirect(pages.url(request, "credits_budgets"))


def _make(request: PageRequest, form: BudgetForm) -> Budget:
    given = form.cleaned_data
    scope, _, subject = given["target"].partition(":")
    made = budgeting.create(
        workspace=request.workspace,
        scope=scope,
        subject=subject,
        period=given["period"],
        limit=given["limit"],
        is_hard=given["kind"] == "hard",
        actor=request.actor,
        now=clock.now(),
    )
    (name,) = budgeting.names(workspace=request.workspace, wanted=[(made, "")])
    messages.success(
        request, f"{name}: {formats.count(made.limit, 'credit')}. It counts from the start of the period."
    )
    return made


def _targets(request: PageRequest) -> list[Any]:
    """What a budget can be for, by name: `scope:subject`, grouped."""
    found: list[Any] = [("workspace:", "The whole workspace"), ("run:", "Each search")]
    here = budgeting.choices(workspace=request.workspace)
    for scope, (title, each) in SCOPES.items():
        named = [(f"{scope}:{subject}", name) for subject, name in here[scope]]
        found.append((title, [(f"{scope}:", each), *named]))
    return found


def _dialog(request: PageRequest, form: forms.Form, title: str, action: str) -> HttpResponse:
    context = {
        "title": title,
        "form": form,
        "layout": dialogs.layout(request),
        "action": action,
        "back": pages.url(request, "credits_budgets"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "credits/budget.html", context, status=status)


def _row(named: budgeting.Named) -> dict[str, Any]:
    standing = named.standing
    uses = [
        {"name": name, "use": use, "taken": use.used + use.reserved}
        for name, use in zip(named.use_names, standing.uses, strict=True)
    ]
    by_itself = not standing.budget.subject and standing.budget.scope != Budget.Scope.WORKSPACE
    return {
        "budget": standing.budget,
        "standing": standing,
        "name": named.name,
        "taken": standing.used + standing.reserved,
        "uses": uses[:USES_SHOWN] if by_itself else [],
        "is_allowance": standing.budget.scope == Budget.Scope.AUTOMATION,
        "more": max(0, len(uses) - USES_SHOWN),
    }


urls: list[URLPattern] = [
    path("credits/budgets", list_, name="credits_budgets"),
    path("credits/budgets/new", new, name="budget_new"),
    path("credits/budgets/<id:budget_id>", change, name="budget"),
    path("credits/budgets/<id:budget_id>/end", end, name="budget_end"),
]
