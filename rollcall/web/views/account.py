"""A person's own account: name, appearance; and a password chosen with a link."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from rollcall.web import form_errors, password_links
from rollcall.workspaces import members
from rollcall.workspaces.models import User

THEMES = [("", "As the device"), ("light", "Light"), ("dark", "Dark")]


class AccountForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    theme = forms.ChoiceField(
        label="Appearance",
        choices=THEMES,
        required=False,
        widget=forms.RadioSelect(attrs={"data-theme-choice": True}),
    )


class PasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """Django's form in the words of ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = "Password"
        self.error_messages = self.error_messages | {
            "password_mismatch": "The two passwords are not the same. Type it again."
        }


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Name and appearance; links to password and second factor."""
    assert isinstance(request.user, User)
    user = request.user
    form = AccountForm(request.POST or None, initial={"name": user.name, "theme": user.theme})
    if request.method == "POST" and form.is_valid():
        form_errors.attempt(form, lambda: members.update_user(user=user, **form.cleaned_data))
    if request.method == "POST" and not form.errors:
        messages.success(request, "Saved.")
        return redirect("account")
    status = 422 if form.errors else 200
    return render(request, "account/account.html", {"title": "Your account", "form": form}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_password(request: HttpRequest, user: str, token: str) -> HttpResponse:
    """Choose a password with a link; whoever has a second step still has to take it."""
    owner = password_links.owner(number=user, token=token)
    form = PasswordForm(owner, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        if is_mfa_enabled(owner):
            messages.success(request, "Your password was saved. Sign in with it now.")
            return redirect("account_login")
        login(request, owner, backend="allauth.account.auth_backends.AuthenticationBackend")
        return redirect("start")
    context = {"title": "Choose a password", "form": form, "owner": owner}
    return render(request, "account/first_password.html", context, status=422 if form.errors else 200)


urls: list[URLPattern] = [
    path("you", account, name="account"),
    path("welcome/<str:user>/<str:token>", first_password, name="first_password"),
]
