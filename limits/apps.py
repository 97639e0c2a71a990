"""The limits app: caps on numbers, reserved before a deal and given back after it."""

from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "limits"
