"""The workspaces domain as a Django app."""

from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    name = "rollcall.workspaces"
    label = "workspaces"
