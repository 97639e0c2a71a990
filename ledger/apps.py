"""The ledger app: the only place where balances live."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self) -> None:
        """Models can be named from here on."""
        from ledger.models import DaySchedule
        from refdata.proposable import check_zone, register

        register(DaySchedule, check=check_zone)
