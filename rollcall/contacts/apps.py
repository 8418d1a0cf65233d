"""The contacts domain as a Django app."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "rollcall.contacts"
    label = "contacts"
