"""The segments domain as a Django app."""

from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "rollcall.segments"
    label = "segments"
