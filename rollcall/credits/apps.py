"""The credits domain as a Django app."""

from django.apps import AppConfig


class CreditsConfig(AppConfig):
    name = "rollcall.credits"
    label = "credits"
