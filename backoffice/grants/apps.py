"""The grants app: who holds which role, since when, by whose proposal and whose approval."""

from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "backoffice.grants"
    label = "grants"
