"""The delivery domain as a Django app."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "rollcall.delivery"
    label = "delivery"
