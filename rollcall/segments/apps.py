"""The segments domain as a Django app."""

from importlib import import_module

from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "rollcall.segments"
    label = "segments"

    def ready(self) -> None:
        """Let filters name segments, workers keep dynamic ones fresh, and places follow merged contacts."""
        from rollcall.universe import fields

        fields.add_outside(fields.Field("segment", "Segment", "set", outside=True))
        import_module("rollcall.segments.schedule")
        import_module("rollcall.segments.moving")
