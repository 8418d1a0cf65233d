"""Who calls: the API key of the request, its workspace, its rate, and whether its role allows the operation."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from rollcall.api import rates
from rollcall.core import clock
from rollcall.workspaces import access, api_keys
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import ApiKey, Workspace


@dataclass(frozen=True)
class Caller:
    """The holder of a key, in the key's workspace."""

    workspace: Workspace
    actor: Actor
    key: ApiKey


class Request(HttpRequest):
    """A request that has passed the check below."""

    auth: Caller
    rate: rates.Taken | None


class Bearer(HttpBearer):
    """`Authorization: Bearer rc_live_…`; refuses before anything of the request is read."""

    def __init__(self, permission: str | None) -> None:
        self.permission = permission
        super().__init__()

    def authenticate(self, request: Any, token: str) -> Caller:
        """The caller behind the token.

        Raises:
            BadKey, RateExceeded, RoleTooLow
        """
        key = api_keys.check(token, now=clock.now())
        request.rate, within = rates.take(key.pk)
        if not within:
            raise rates.RateExceeded(limit=request.rate.limit, retry_after_seconds=request.rate.reset_seconds)
        caller = Caller(workspace=key.workspace, actor=access.program(key), key=key)
        if self.permission is not None:
            access.require(caller.actor, self.permission)
        return caller
