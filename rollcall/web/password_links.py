"""Links with which somebody chooses a password: after an invitation, or when they forgot theirs."""

from datetime import datetime

from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from rollcall.core import ids
from rollcall.core.errors import NotAllowed
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace


class LinkUsed(NotAllowed):
    """This link was used already, ran out, or was not copied whole. Ask whoever sent it to you for a new one."""


def make(
    request: HttpRequest, *, user: User, workspace: Workspace | None, actor: Actor, now: datetime
) -> str:
    """The address to send them. It stops working once used, after a sign-in, and after three days."""
    kwargs = {
        "user": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
    }
    target = ids.public("usr", user.pk)
    audit.write(workspace=workspace, actor=actor, action="member.password_link", target=target, now=now)
    return request.build_absolute_uri(reverse("first_password", kwargs=kwargs))


def owner(*, number: str, token: str) -> User:
    """Whose link this is.

    Raises:
        LinkUsed
    """
    try:
        user = User.objects.filter(pk=int(urlsafe_base64_decode(number)), is_active=True).first()
    except (ValueError, OverflowError):
        user = None
    if user is None or not default_token_generator.check_token(user, token):
        raise LinkUsed()
    return user
