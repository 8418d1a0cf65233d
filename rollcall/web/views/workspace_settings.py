"""Settings of the workspace itself: its name, and the clock by which its days, weeks and months end."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from rollcall.core import clock
from rollcall.web import form_errors, pages
from rollcall.web.pages import PageRequest
from rollcall.web.views import settings
from rollcall.workspaces import access, preferences


class WorkspaceForm(forms.Form):
    name = forms.CharField(label="Name", max_length=preferences.NAME_MAX)
    time_zone = forms.ChoiceField(label="Time zone")

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        choices = [(name, name.replace("_", " ")) for name in preferences.time_zones()]
        self.fields["time_zone"].choices = choices  # type: ignore[attr-defined]


@pages.page("members.see", methods=("GET", "POST"))
def workspace(request: PageRequest) -> HttpResponse:
    """See and change it; the address stays."""
    kept = {"name": request.workspace.name, "time_zone": request.workspace.time_zone}
    form = WorkspaceForm(request.POST or None, initial=kept)
    if request.method == "POST":
        access.require(request.actor, "workspace.edit")
    if request.method == "POST" and form.is_valid():
        changed = form_errors.attempt(
            form,
            lambda: preferences.update(
                workspace=request.workspace, actor=request.actor, now=clock.now(), **form.cleaned_data
            ),
        )
        if changed is not None:
            messages.success(request, "Saved. Days end by this clock from now on.")
            return redirect(pages.url(request, "workspace_settings"))
    context = {"form": form, "may_edit": request.actor.may("workspace.edit"), "now": clock.now()}
    return settings.answer(request, "workspace_settings", context, form)


urls: list[URLPattern] = [path("settings/workspace", workspace, name="workspace_settings")]
