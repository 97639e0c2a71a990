"""The reference data app: who and what we deal with, where, and by which rules."""

from django.apps import AppConfig


class RefdataConfig(AppConfig):
    name = "refdata"
