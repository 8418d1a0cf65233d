"""The universe as a Django app."""

from django.apps import AppConfig


class UniverseConfig(AppConfig):
    name = "rollcall.universe"
    label = "universe"
