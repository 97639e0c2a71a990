"""The reporting app: queries over everything, and runs that can be proved."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"

    def ready(self) -> None:
        """Models can be named from here on."""
        from reporting.handover import models  # noqa: F401 - the tables of the packages
        from reporting.schedules import models as scheduled  # noqa: F401
