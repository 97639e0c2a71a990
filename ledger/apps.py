"""The ledger app: the only place where balances live."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
