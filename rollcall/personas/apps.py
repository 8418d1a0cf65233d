"""The personas domain as a Django app."""

from django.apps import AppConfig


class PersonasConfig(AppConfig):
    name = "rollcall.personas"
    label = "personas"
