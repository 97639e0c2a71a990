"""The access app: people, roles, keys and what each may do."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "backoffice.access"
    label = "access"
