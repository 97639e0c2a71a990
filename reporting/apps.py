"""The reporting app: queries over everything, and runs that can be proved."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
