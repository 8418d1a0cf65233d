"""Addresses under /api: version 1, and a problem document for everything else."""

from django.urls import path, re_path

from rollcall.api import v1

urlpatterns = [
    path("v1/", v1.api.urls),
    re_path(r"^.*$", v1.not_found),
]
