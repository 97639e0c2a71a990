"""The reconciliation app: what banks and depositories say, held against our own books."""

from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "reconciliation"
