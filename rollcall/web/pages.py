"""What every page of a workspace does first: who asks, for which workspace, and may they."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, cast
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from rollcall.core.errors import NotFound
from rollcall.workspaces import access, members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace

P = ParamSpec("P")


class PageRequest(HttpRequest):
    """A request of a signed-in member, for one workspace."""

    user: User
    workspace: Workspace
    actor: Actor
    htmx: HtmxDetails
    nav: str


class _View(Protocol):
    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


class NoSuchWorkspaceForYou(NotFound):
    """There is no workspace {slug} here that you belong to. Check the address, or ask its owner to add you."""


def page(
    permission: str, *, methods: tuple[str, ...] = ("GET",)
) -> Callable[[Callable[Concatenate[PageRequest, P], HttpResponseBase]], _View]:
    """Make a view a page of a workspace, at `/w/<slug>/…`.

    A stranger is sent to sign in; someone who is no member gets the same answer as for a workspace that does not
    exist; a member whose role is too low is told so. Dates and times on the page are those of the workspace.
    """

    def wrap(view: Callable[Concatenate[PageRequest, P], HttpResponseBase]) -> _View:
        @wraps(view)
        def run(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in(request)
            known = cast(PageRequest, request)
            workspace, known.actor = _entered(slug, known.user)
            known.workspace = workspace
            access.require(known.actor, permission)
            with timezone.override(ZoneInfo(workspace.time_zone)):
                return view(known, *args, **kwargs)

        return never_cache(require_http_methods([*methods, "HEAD"])(run))

    return wrap


def operator_page(
    *, methods: tuple[str, ...] = ("GET",)
) -> Callable[[Callable[Concatenate[PageRequest, P], HttpResponseBase]], _View]:
    """Make a view a page of the operator, apart from any workspace."""

    def wrap(view: Callable[Concatenate[PageRequest, P], HttpResponseBase]) -> _View:
        @wraps(view)
        def run(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in(request)
            known = cast(PageRequest, request)
            known.actor = access.operator(known.user)
            return view(known, *args, **kwargs)

        return never_cache(require_http_methods([*methods, "HEAD"])(run))

    return wrap


def url(where: PageRequest | Workspace, name: str, **kwargs: Any) -> str:
    """The address of a page of this request's workspace (`pages.url(request, "segment", segment_id="seg_3")`)."""
    workspace = where if isinstance(where, Workspace) else where.workspace
    return reverse(name, kwargs={"slug": workspace.slug, **kwargs})


def _entered(slug: str, user: User) -> tuple[Workspace, Actor]:
    """The workspace and the user's part in it; a stranger learns nothing, not even that it exists."""
    try:
        workspace = members.find_workspace(slug)
        return workspace, access.member(workspace=workspace, user=user)
    except NotFound:
        raise NoSuchWorkspaceForYou(slug=slug) from None


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    """To sign in and back; a fragment asked for by htmx must not end up with the sign-in page inside it."""
    asked: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    if not asked:
        return redirect_to_login(request.get_full_path())
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = redirect_to_login(asked.current_url_abs_path or reverse("start")).url
    return answer
