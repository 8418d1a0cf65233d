"""Every address of the installation: the API, and the pages."""

from django.urls import URLPattern, URLResolver, include, path

from rollcall.api.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("api/", include("rollcall.api.urls")),
    path("", include("rollcall.web.urls")),
]
