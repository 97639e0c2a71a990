"""The settlements app: fulfilling what deals promised, in securities and in cash."""

from django.apps import AppConfig


class SettlementsConfig(AppConfig):
    name = "settlements"
