"""The expenses app: fees of venues, brokers and depositories, and those that we charge."""

from django.apps import AppConfig


class ExpensesConfig(AppConfig):
    name = "expenses"

    def ready(self) -> None:
        """What is accrued is money to come and to go: the cash ladder asks for it."""
        from expenses.fees import expected  # noqa: F401 - registers its source
