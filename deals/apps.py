"""The deals app: what we agreed with a counterparty, from capture to confirmation."""

from django.apps import AppConfig


class DealsConfig(AppConfig):
    name = "deals"
