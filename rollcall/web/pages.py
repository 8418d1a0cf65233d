"""What every page of a workspace does first: who asks, for which workspace, and may they."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

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


def page(
    permission: str, *, methods: tuple[str, ...] = ("GET",)
) -> Callable[[Callable[Concatenate[PageRequest, P], HttpResponseBase]], _View]:
    """Make a view a page of a workspace, at `/w/<slug>/…`.

    A stranger is sent to sign in; someone who is no member gets the same answer as for a workspace that does not
    exist; a member whose role is too low is told so.
    """

    def wrap(view: Callable[Concatenate[PageRequest, P], HttpResponseBase]) -> _View:
        @wraps(view)
        def run(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            known = cast(PageRequest, request)
            known.workspace = members.find_workspace(slug)
            known.actor = access.member(workspace=known.workspace, user=known.user)
            access.require(known.actor, permission)
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
                return redirect_to_login(request.get_full_path())
            known = cast(PageRequest, request)
            known.actor = access.operator(known.user)
            return view(known, *args, **kwargs)

        return never_cache(require_http_methods([*methods, "HEAD"])(run))

    return wrap


def url(where: PageRequest | Workspace, name: str, **kwargs: Any) -> str:
    """The address of a page of this request's workspace (`pages.url(request, "segment", segment_id="seg_3")`)."""
    workspace = where if isinstance(where, Workspace) else where.workspace
    return reverse(name, kwargs={"slug": workspace.slug, **kwargs})
