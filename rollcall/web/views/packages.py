"""Requesting a package of credits from the operator (G7)."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from rollcall.core import clock
from rollcall.credits import packages
from rollcall.web import dialogs, form_errors, formats, pages, shell
from rollcall.web.pages import PageRequest

CREDITS_MAX = 1_000_000_000


class PackageForm(forms.Form):
    """How many, what for, and where to answer."""

    credits_wanted = forms.IntegerField(
        label="Credits",
        min_value=1,
        max_value=CREDITS_MAX,
        help_text="A first idea is enough; you will get an offer.",
    )
    note = forms.CharField(
        label="What are they for?",
        required=False,
        max_length=packages.NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    reply_email = forms.EmailField(label="Answer to")


@pages.page("packages.request", methods=("GET", "POST"))
def request_(request: PageRequest) -> HttpResponse:
    """The form, and sending it."""
    request.nav = "credits"
    form = PackageForm(request.POST or None, initial={"reply_email": request.user.email})
    if request.method == "POST" and form.is_valid() and _send(request, form):
        return dialogs.go(request, pages.url(request, "credits"))
    status = 422 if request.method == "POST" else 200
    context = {
        "title": "Request a package",
        "form": form,
        "layout": dialogs.layout(request),
        "balance": shell.balance(request, request.workspace),
        "action": pages.url(request, "package_request"),
        "back": pages.url(request, "credits"),
    }
    return render(request, "credits/request.html", context, status=status)


def _send(request: PageRequest, form: PackageForm) -> bool:
    asked = form_errors.attempt(
        form,
        lambda: packages.request(
            workspace=request.workspace, actor=request.actor, now=clock.now(), **form.cleaned_data
        ),
    )
    if asked is not None:
        number = formats.count(asked.credits_wanted, "credit")
        messages.success(
            request, f"Your request for {number} was sent. The answer goes to {asked.reply_email}."
        )
    return asked is not None


urls: list[URLPattern] = [path("credits/request", request_, name="package_request")]
