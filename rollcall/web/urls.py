"""The addresses of the pages: signing in, the operator, and each workspace under /w/<slug>/."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from rollcall.web import demo_sign_in
from rollcall.web.views import home

NOUNS = ("segments", "segment_editor", "personas", "persona_search", "runs", "contacts", "companies",
         "credits", "packages", "settings")  # fmt: skip
_of_workspace: list[URLPattern | URLResolver] = [*home.urls]
for _noun in NOUNS:
    if find_spec(f"rollcall.web.views.{_noun}"):
        _of_workspace += import_module(f"rollcall.web.views.{_noun}").urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.start, name="start"),
    path("demo/enter", demo_sign_in.enter, name="demo_enter"),
    path("w/<slug:slug>/", include(_of_workspace)),
]
for _apart in ("account", "operator"):
    if find_spec(f"rollcall.web.views.{_apart}"):
        urlpatterns += import_module(f"rollcall.web.views.{_apart}").urls
urlpatterns += [path("account/", include("allauth.urls"))]
