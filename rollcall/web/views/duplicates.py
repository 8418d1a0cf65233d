"""What becomes of a contact: the same person as another, two persons after all, or forgotten on request (C6, X2)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.contacts import book, erasure, likeness, merging
from rollcall.contacts.book import ContactFilters
from rollcall.contacts.models import Contact, Merge
from rollcall.core import clock, ids
from rollcall.core.errors import RollcallError
from rollcall.credits import refund_rules
from rollcall.credits.models import RefundPolicy
from rollcall.web import converters, dialogs, form_errors, pages
from rollcall.web.pages import PageRequest

assert converters  # the addresses below use its `id`
CANDIDATES_MAX = 12


class SameForm(forms.Form):
    """Which other record it is: one of those that look like it, or any by its id."""

    duplicate = forms.ChoiceField(label="Looks like it", required=False, widget=forms.RadioSelect)
    contact_id = forms.CharField(
        label="Contact id",
        required=False,
        max_length=30,
        help_text="As it is at the foot of its page: con_12.",
    )
    reason = forms.CharField(label="Reason", required=False, max_length=merging.REASON_MAX)

    def __init__(self, *given: Any, candidates: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["duplicate"].choices = candidates  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not (given.get("duplicate") or given.get("contact_id", "").strip()):
            raise forms.ValidationError("Choose the other record, or write its contact id.")
        return given

    @property
    def chosen(self) -> str:
        return str(self.cleaned_data["contact_id"].strip() or self.cleaned_data["duplicate"])


@pages.page("contacts.merge", methods=("GET", "POST"))
def same(request: PageRequest, contact_id: str) -> HttpResponse:
    """Ask which other record is the same person; then make the two one."""
    request.nav = "contacts"
    contact = book.get(workspace=request.workspace, contact_id=ids.parse("con", contact_id))
    back = pages.url(request, "contact", contact_id=contact_id)
    sent = request.POST if request.method == "POST" else None
    form = SameForm(sent, candidates=_candidates(request, contact))
    if request.method == "POST" and form.is_valid():
        done = form_errors.attempt(form, lambda: _merge(request, contact, form))
        if done is not None:
            messages.success(request, f"The two are one contact now. {done.why}")
            return dialogs.go(request, back)
    context = {"title": "Same person as…", "contact": contact, "form": form, "back": back}
    context |= {"layout": dialogs.layout(request), "rule": _rule(request, RefundPolicy.Cause.MERGED)}
    return render(request, "contacts/same.html", context, status=422 if form.errors else 200)


@pages.page("contacts.merge", methods=("POST",))
def split(request: PageRequest, contact_id: str) -> HttpResponse:
    """Two persons after all: the alias is a contact of its own again."""
    number = ids.parse("con", contact_id)
    merging.split(workspace=request.workspace, contact_id=number, actor=request.actor, now=clock.now())
    messages.success(request, "They are two contacts again. That cost nothing.")
    return redirect(pages.url(request, "contact", contact_id=contact_id))


@pages.page("contacts.forget", methods=("GET", "POST"))
def forget(request: PageRequest, contact_id: str) -> HttpResponse:
    """Ask first; then nothing about the person is left here."""
    request.nav = "contacts"
    contact = book.get(workspace=request.workspace, contact_id=ids.parse("con", contact_id))
    if request.method == "POST":
        done = erasure.forget(
            workspace=request.workspace, contact_id=contact.pk, actor=request.actor, now=clock.now()
        )
        messages.success(
            request, f"The person is forgotten. {' '.join(dict.fromkeys(one.why for one in done))}"
        )
        return dialogs.go(request, pages.url(request, "contacts"))
    context = {
        "title": "Forget",
        "contact": contact,
        "back": pages.url(request, "contact", contact_id=contact_id),
    }
    context |= {"layout": dialogs.layout(request), "rule": _rule(request, RefundPolicy.Cause.ERASED_SOON)}
    return render(request, "contacts/forget.html", context)


def _merge(request: PageRequest, contact: Contact, form: SameForm) -> Merge:
    return merging.merge(
        workspace=request.workspace,
        winner_id=contact.pk,
        loser_id=ids.parse("con", form.chosen),
        reason=form.cleaned_data["reason"].strip(),
        actor=request.actor,
        now=clock.now(),
    )


def _candidates(request: PageRequest, contact: Contact) -> list[tuple[str, str]]:
    """Those with the same last name, the ones that look like this contact first."""
    last = contact.name_key.split()[-1:] or [""]
    try:
        found = book.page(workspace=request.workspace, filters=ContactFilters(text=last[0]), limit=50).items
    except RollcallError:
        found = []
    others = [other for other in found if other.pk != contact.pk]
    others.sort(
        key=lambda other: (bool(likeness.difference(contact, other)), other.company_id != contact.company_id)
    )
    return [(ids.public("con", other.pk), _named(other)) for other in others[:CANDIDATES_MAX]]


def _named(other: Contact) -> str:
    title = f"{other.title}, " if other.title else ""
    return f"{other.full_name}: {title}{other.company_name} ({ids.public('con', other.pk)})"


def _rule(request: PageRequest, cause: str) -> refund_rules.Rule:
    return refund_rules.of(workspace=request.workspace, cause=cause)


urls: list[URLPattern] = [
    path("contacts/<id:contact_id>/same", same, name="contact_same"),
    path("contacts/<id:contact_id>/split", split, name="contact_split"),
    path("contacts/<id:contact_id>/forget", forget, name="contact_forget"),
]
