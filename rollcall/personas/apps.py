"""The personas domain as a Django app."""

from importlib import import_module

from django.apps import AppConfig


class PersonasConfig(AppConfig):
    name = "rollcall.personas"
    label = "personas"

    def ready(self) -> None:
        """Let workers carry out runs and look after automations, and names of personas follow merged contacts."""
        import_module("rollcall.personas.sweeps")
        import_module("rollcall.personas.automatic")
        import_module("rollcall.personas.moving")
