"""Settings of a workspace: members, API keys, suppression list, audit log."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from rollcall.contacts import suppression
from rollcall.contacts.models import Suppression
from rollcall.core import clock, ids
from rollcall.core.errors import Conflict
from rollcall.credits import capped_keys, posting
from rollcall.web import converters, form_errors, formats, listing, pages, password_links
from rollcall.web.pages import PageRequest
from rollcall.workspaces import access, api_keys, audit, members
from rollcall.workspaces.models import Member, Role

assert converters  # the addresses below use its `id`
KEY_LIVES = {"90": "90 days", "365": "1 year", "": "Until revoked"}
TABS = {
    "settings": ("Members", "members.see"),
    "workspace_settings": ("Workspace", "members.see"),
    "api_keys": ("API keys", "keys.see"),
    "webhooks": ("Webhooks", "webhooks.edit"),
    "suppressions": ("Suppression list", "contacts.see"),
    "titles": ("Job titles", "titles.see"),
    "audit": ("Audit log", "audit.see"),
}


class MemberForm(forms.Form):
    email = forms.EmailField(label="Email")
    name = forms.CharField(label="Name", max_length=120, required=False)
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.EDITOR)


class KeyForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120, help_text="Which program uses it.")
    role = forms.ChoiceField(
        label="May do", choices=[c for c in Role.choices if c[0] != Role.OWNER], initial=Role.EDITOR
    )
    days = forms.ChoiceField(label="Works for", choices=list(KEY_LIVES.items()), required=False)
    credits_per_month = forms.IntegerField(
        label="May spend",
        required=False,
        min_value=0,
        max_value=posting.AMOUNT_MAX,
        help_text="A program spends without anybody looking, so it needs a cap. Empty or 0: it spends nothing.",
    )


class SuppressionForm(forms.Form):
    kind = forms.ChoiceField(
        label="What", choices=[c for c in Suppression.Kind.choices if c[0] != Suppression.Kind.PROFILE]
    )
    value = forms.CharField(label="Value", max_length=500, help_text="An email, a domain or a profile URL.")
    reason = forms.CharField(label="Reason", max_length=300, required=False)


@pages.page("members.see", methods=("GET", "POST"))
def members_(request: PageRequest) -> HttpResponse:
    """Who belongs here, and adding someone."""
    form = MemberForm(request.POST or None)
    if request.method == "POST":
        access.require(request.actor, "members.edit")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        added = form_errors.attempt(
            form, lambda: members.invite(workspace=request.workspace, **_acting(request), **given)
        )
        if added is not None:
            member, is_new = added
            messages.success(request, f"{member.user.name} was added as {member.get_role_display().lower()}.")
            return _with_link(request, member) if is_new else redirect(pages.url(request, "settings"))
    return _members(request, form)


@pages.page("members.edit", methods=("POST",))
def member_change(request: PageRequest, member_id: int) -> HttpResponse:
    """Change a role, make a new link for a password, or end a membership."""
    acting = _acting(request)
    if "link" in request.POST:
        return _with_link(request, members.get(workspace=request.workspace, member_id=member_id))
    try:
        if "remove" in request.POST:
            members.remove(workspace=request.workspace, member_id=member_id, **acting)
            messages.success(request, "The member was removed.")
        else:
            role = request.POST.get("role", "")
            members.change_role(workspace=request.workspace, member_id=member_id, role=role, **acting)
            messages.success(request, "The role was changed.")
    except Conflict as refused:
        messages.error(request, refused.message)
    still_in = members.workspaces_of(request.user)
    return redirect(pages.url(request, "settings") if request.workspace in still_in else "start")


@pages.page("keys.see", methods=("GET", "POST"))
def keys(request: PageRequest) -> HttpResponse:
    """API keys, and making one; its secret is shown in the answer to that request and never again."""
    form = KeyForm(request.POST or None)
    secret = ""
    if request.method == "POST":
        access.require(request.actor, "keys.edit")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        acting = _acting(request)
        ends = acting["now"] + timedelta(days=int(given["days"])) if given["days"] else None
        make = {name: given[name] for name in ("name", "role", "credits_per_month")} | {"expires_at": ends}
        made = form_errors.attempt(
            form, lambda: capped_keys.create(workspace=request.workspace, **make, **acting)
        )
        if made is not None:
            secret, form = made[1], KeyForm()
    found = api_keys.of(workspace=request.workspace)
    caps = capped_keys.caps(workspace=request.workspace, key_ids=[key.pk for key in found])
    context = {
        "rows": [(key, caps.get(key.pk)) for key in found],
        "form": form,
        "secret": secret,
        "now": clock.now(),
    }
    return answer(request, "api_keys", context | {"may_edit": request.actor.may("keys.edit")}, form)


@pages.page("keys.edit", methods=("POST",))
def key_revoke(request: PageRequest, key_id: str) -> HttpResponse:
    """End a key at once."""
    key = api_keys.revoke(workspace=request.workspace, key_id=ids.parse("key", key_id), **_acting(request))
    messages.success(
        request, f"The key {key.name} was revoked. Programs that use it are refused from now on."
    )
    return redirect(pages.url(request, "api_keys"))


@pages.page("contacts.see", methods=("GET", "POST"))
def suppressions(request: PageRequest) -> HttpResponse:
    """Who is never added and never charged (C7), and adding to the list."""
    form = SuppressionForm(request.POST or None)
    if request.method == "POST":
        access.require(request.actor, "contacts.suppress")
    if request.method == "POST" and form.is_valid():
        added = form_errors.attempt(
            form,
            lambda: suppression.add(workspace=request.workspace, **_acting(request), **form.cleaned_data),
        )
        if added is not None:
            messages.success(
                request, f"{added.label} is suppressed: never added, never charged, never delivered."
            )
            return redirect(pages.url(request, "suppressions"))
    page = suppression.of(workspace=request.workspace, cursor=listing.cursor(request))
    context = {"rows": page.items, "form": form, "may_edit": request.actor.may("contacts.suppress")}
    return answer(request, "suppressions", context | listing.place(request, page, total=None), form)


@pages.page("contacts.suppress", methods=("POST",))
def suppression_remove(request: PageRequest, suppression_id: str) -> HttpResponse:
    """Take an entry off the list."""
    number = ids.parse("sup", suppression_id)
    suppression.remove(workspace=request.workspace, suppression_id=number, **_acting(request))
    messages.success(request, "The entry was removed. From now on they can be found and added again.")
    return redirect(pages.url(request, "suppressions"))


@pages.page("audit.see")
def audit_(request: PageRequest) -> HttpResponse:
    """Who did what, newest first."""
    page = audit.entries(workspace=request.workspace, cursor=listing.cursor(request))
    rows = [{"entry": entry, "detail": _said(entry.detail)} for entry in page.items]
    return answer(request, "audit", {"rows": rows} | listing.place(request, page, total=None))


def _said(detail: Any) -> str:
    """`credits_max: 32, personas: Finance leaders, Chief executives` instead of braces and quotes."""
    if isinstance(detail, dict):
        if "name" in detail and "id" in detail:
            return str(detail["name"])
        return " · ".join(
            f"SHA-256: {value[:12]}…" if name == "sha256" else f"{name.replace('_', ' ')}: {_said(value)}"
            for name, value in detail.items()
        )
    if isinstance(detail, list):
        return ", ".join(_said(value) for value in detail)
    if isinstance(detail, bool):
        return "yes" if detail else "no"
    return formats.num(detail)


def _members(request: PageRequest, form: MemberForm, **more: Any) -> HttpResponse:
    context = {
        "members": members.of(workspace=request.workspace),
        "form": form,
        "roles": Role.choices,
        "may_edit": request.actor.may("members.edit"),
    }
    return answer(request, "settings", context | more, form)


def _with_link(request: PageRequest, member: Member) -> HttpResponse:
    """The list, and once the link for somebody who has no password yet; others ask the operator."""
    if member.user.has_usable_password():
        messages.error(
            request, f"{member.user.name} has a password. If they forgot it, the operator makes a link."
        )
        return redirect(pages.url(request, "settings"))
    link = password_links.make(request, user=member.user, workspace=request.workspace, **_acting(request))
    return _members(request, MemberForm(), link=link, link_for=member.user.name)


def answer(
    request: PageRequest,
    name: str,
    context: dict[str, Any],
    form: forms.Form | None = None,
    *,
    tab: str = "",
) -> HttpResponse:
    """A tab of the settings, or a page below one (`tab`); 422 if its form was refused."""
    request.nav = "settings"
    context |= {
        "title": "Settings",
        "tabs": [
            {"text": text, "url": pages.url(request, key), "current": key == (tab or name)}
            for key, (text, permission) in TABS.items()
            if request.actor.may(permission)
        ],
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, f"settings/{name}.html", context, status=status)


def _acting(request: PageRequest) -> dict[str, Any]:
    return {"actor": request.actor, "now": clock.now()}


urls: list[URLPattern] = [
    path("settings", members_, name="settings"),
    path("settings/members/<int:member_id>", member_change, name="member_change"),
    path("settings/keys", keys, name="api_keys"),
    path("settings/keys/<id:key_id>/revoke", key_revoke, name="key_revoke"),
    path("settings/suppressions", suppressions, name="suppressions"),
    path("settings/suppressions/<id:suppression_id>/remove", suppression_remove, name="suppression_remove"),
    path("settings/audit", audit_, name="audit"),
]
