"""The project's own app: what must be true of every process before it does anything."""

import decimal

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class AdministrationConfig(admin_apps.AdminConfig):
    """Django's administration, laid out as the business flows."""

    default = False

    default_site = "backoffice.administration.Administration"


class BackofficeConfig(AppConfig):
    name = "backoffice"
    default = True
    verbose_name = "Back office"

    def ready(self) -> None:
        from backoffice import (
            celery,  # noqa: F401 - shared tasks bind to this application
            checks,  # noqa: F401 - registers the system checks
        )

        trap_floats()


def trap_floats() -> None:
    """Mixing a float into a Decimal raises, in this thread and in every later one.

    A new thread copies the default context, so that one is changed as well as the present one.
    """
    decimal.DefaultContext.traps[decimal.FloatOperation] = True
    decimal.setcontext(decimal.DefaultContext.copy())
