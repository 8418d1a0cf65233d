"""Endpoints: where a workspace wants to be called, the secret that signs the calls, and the log of deliveries."""

import base64
import secrets
from datetime import datetime

from django.db import transaction

from rollcall.core import http, ids, paging, sealing
from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.core.paging import Page
from rollcall.notices import calls
from rollcall.notices.models import Call, Endpoint, State
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

ENDPOINTS_MAX = 10
SECRET_BYTES = 32
KEY_MAX = 120
_PURPOSE = "webhook secret"


class TooManyEndpoints(Conflict):
    """A workspace has at most {endpoints_max} webhook endpoints. End one that nobody needs."""


class StillWaiting(Conflict):
    """The call {call} is still being tried. It can be sent again once it was delivered or has failed."""


class BadCallKey(Invalid):
    """A key of 1 to 120 characters is needed: it makes a retry harmless. Send one that is new for each new act."""


@transaction.atomic
def create(*, workspace: Workspace, url: str, actor: Actor, now: datetime) -> tuple[Endpoint, str]:
    """A new endpoint and its secret, which is shown this once and never again.

    Raises:
        http.BadUrl, http.AddressRefused, TooManyEndpoints
    """
    http.check_url(url)
    # Locked, so that two who add the last one do not both.
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    if len(list_(workspace=workspace)) >= ENDPOINTS_MAX:
        raise TooManyEndpoints(endpoints_max=ENDPOINTS_MAX)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    made = Endpoint.objects.create(
        workspace=workspace,
        url=url,
        secret_sealed=sealing.seal(secret, purpose=_PURPOSE),
        actor_label=actor.label,
        created_at=now,
    )
    _log(made, "webhook.created", actor, now)
    return made, secret


def list_(*, workspace: Workspace) -> list[Endpoint]:
    """The endpoints that are called, oldest first."""
    return list(Endpoint.objects.filter(workspace=workspace, ended_at__isnull=True).order_by("pk"))


def get(*, workspace: Workspace, endpoint_id: int) -> Endpoint:
    """
    Raises:
        NotFound
    """
    found = Endpoint.objects.filter(workspace=workspace, pk=endpoint_id, ended_at__isnull=True).first()
    if found is None:
        raise NotFound(what="webhook endpoint", id=ids.public("end", endpoint_id))
    return found


@transaction.atomic
def end(*, workspace: Workspace, endpoint_id: int, actor: Actor, now: datetime) -> None:
    """It is called no more, and its secret is forgotten; what waits for it is given up.

    Raises:
        NotFound
    """
    endpoint = get(workspace=workspace, endpoint_id=endpoint_id)
    endpoint.ended_at, endpoint.secret_sealed = now, ""
    endpoint.save(update_fields=["ended_at", "secret_sealed"])
    waiting = endpoint.calls.filter(state=State.WAITING)
    waiting.update(state=State.FAILED, problem="The endpoint was ended.")
    _log(endpoint, "webhook.ended", actor, now)


@transaction.atomic
def test(*, workspace: Workspace, endpoint_id: int, key: str, actor: Actor, now: datetime) -> Call:
    """Send a test event; the same key again sends nothing more.

    Raises:
        NotFound, BadCallKey
    """
    if not 0 < len(key) <= KEY_MAX or "\0" in key:
        raise BadCallKey()
    endpoint = get(workspace=workspace, endpoint_id=endpoint_id)
    body = {"workspace": ids.public("ws", workspace.pk), "says": f"A test event, asked for by {actor.label}."}
    calls.to(endpoint_ids=[endpoint.pk], kind="test", body=body, key=f"test:{key}", now=now)
    return endpoint.calls.get(key=f"test:{key}")


def deliveries(
    *, workspace: Workspace, endpoint_id: int, cursor: str | None = None, limit: int = 50
) -> Page[Call]:
    """What was sent to an endpoint, or is waiting to be, newest first.

    Raises:
        NotFound
    """
    endpoint = get(workspace=workspace, endpoint_id=endpoint_id)
    return paging.page(endpoint.calls.all(), order=["-id"], cursor=cursor, limit=limit)


@transaction.atomic
def replay(*, workspace: Workspace, call_id: int, actor: Actor, now: datetime) -> Call:
    """Send a call once more: the same message with the same id, so a receiver can tell that it is the same.

    Raises:
        NotFound, StillWaiting
    """
    mine = Call.objects.filter(endpoint__workspace=workspace, endpoint__ended_at__isnull=True, pk=call_id)
    call = mine.select_related("endpoint").first()
    if call is None:
        raise NotFound(what="webhook call", id=ids.public("cal", call_id))
    again = {"state": State.WAITING, "attempts": 0, "due_at": now, "problem": "", "status_code": None}
    if not Call.objects.filter(pk=call_id).exclude(state=State.WAITING).update(**again, sent_at=None):
        raise StillWaiting(call=ids.public("cal", call_id))
    _log(call.endpoint, "webhook.replayed", actor, now, call=ids.public("cal", call_id))
    call.refresh_from_db()
    return call


def secret_of(endpoint: Endpoint) -> str:
    """For signing.

    Raises:
        sealing.SealBroken
    """
    return sealing.unseal(endpoint.secret_sealed, purpose=_PURPOSE)


def _log(endpoint: Endpoint, action: str, actor: Actor, now: datetime, **detail: str) -> None:
    target = ids.public("end", endpoint.pk)
    audit.write(
        workspace=endpoint.workspace, actor=actor, action=action, target=target, now=now, detail=detail
    )
