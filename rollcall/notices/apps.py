"""The Django app of this room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "rollcall.notices"
    label = "notices"
