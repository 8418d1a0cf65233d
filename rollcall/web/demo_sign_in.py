"""Signing in without typing, for the demo only: a signed link for one of its people."""

from django.conf import settings
from django.contrib.auth import login
from django.core import signing
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from rollcall.core.errors import NotAllowed
from rollcall.workspaces.models import User

SALT = "rollcall.demo"
AGE_MAX_SECONDS = 7 * 24 * 3600


class LinkTooOld(NotAllowed):
    """This sign-in link ran out or was not copied whole. Start `make demo` again for a fresh one."""


def link(user: User) -> str:
    """The path that signs this person in; good for a week, and only while the demo runs."""
    token = signing.dumps(user.pk, salt=SALT)
    return f"{reverse('demo_enter')}?token={token}"


def people() -> list[tuple[str, str]]:
    """Name and sign-in link of each person of the demo; nobody on any other installation."""
    if not settings.DEMO:
        return []
    return [
        (_described(user), link(user)) for user in User.objects.filter(is_active=True).order_by("id")[:12]
    ]


def _described(user: User) -> str:
    roles = [
        f"{m.get_role_display().lower()} of {m.workspace.name}"
        for m in user.memberships.select_related("workspace")
    ]
    return f"{user.name}, {' and '.join(roles) or 'operator'}"


@require_GET
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in the person of the link, if this installation is a demo."""
    if not settings.DEMO:
        raise Http404
    try:
        number = signing.loads(request.GET.get("token", ""), salt=SALT, max_age=AGE_MAX_SECONDS)
    except BadSignature:
        raise LinkTooOld() from None
    user = User.objects.filter(pk=number, is_active=True).first()
    if user is None:
        raise LinkTooOld()
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return redirect("start")
