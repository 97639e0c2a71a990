"""The reference data app: who and what we deal with, where, and by which rules."""

from django.apps import AppConfig


class RefdataConfig(AppConfig):
    name = "refdata"

    def ready(self) -> None:
        from refdata.dated_rules.kinds import discover

        discover()
