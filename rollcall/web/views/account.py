"""A person's own account: name, appearance; and the first password of someone who was invited."""

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.cache import never_cache

from rollcall.core.errors import NotAllowed
from rollcall.workspaces import members
from rollcall.workspaces.models import User

THEMES = [("", "As the device"), ("light", "Light"), ("dark", "Dark")]


class LinkUsed(NotAllowed):
    """This link was used already, ran out, or was not copied whole. Ask whoever invited you for a new one."""


class AccountForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    theme = forms.ChoiceField(
        label="Appearance",
        choices=THEMES,
        required=False,
        widget=forms.RadioSelect(attrs={"data-theme-choice": True}),
    )


@login_required
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Name and appearance; links to password and second factor."""
    assert isinstance(request.user, User)
    user = request.user
    form = AccountForm(request.POST or None, initial={"name": user.name, "theme": user.theme})
    if request.method == "POST" and form.is_valid():
        members.update_user(user=user, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("account")
    status = 422 if form.errors else 200
    return render(request, "account/account.html", {"title": "Your account", "form": form}, status=status)


@never_cache
def first_password(request: HttpRequest, user: str, token: str) -> HttpResponse:
    """Choose a password after an invitation; works only while the account has none."""
    invited = _invited(user, token)
    form: SetPasswordForm[User] = SetPasswordForm(invited, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        login(request, invited, backend="allauth.account.auth_backends.AuthenticationBackend")
        return redirect("start")
    context = {"title": "Choose a password", "form": form, "invited": invited}
    return render(request, "account/first_password.html", context, status=422 if form.errors else 200)


def _invited(number: str, token: str) -> User:
    try:
        user = User.objects.filter(pk=int(urlsafe_base64_decode(number)), is_active=True).first()
    except (ValueError, OverflowError):
        user = None
    if user is None or user.has_usable_password() or not default_token_generator.check_token(user, token):
        raise LinkUsed()
    return user


urls: list[URLPattern] = [
    path("you", account, name="account"),
    path("welcome/<str:user>/<str:token>", first_password, name="first_password"),
]
