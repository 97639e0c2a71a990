"""The expenses app: what the firm spends, by cost centre; pay; fees that others bill, and those that we charge."""

from django.apps import AppConfig


class ExpensesConfig(AppConfig):
    name = "expenses"

    def ready(self) -> None:
        """What is accrued is money to come and to go: the cash ladder asks for it. Two people change cost centres."""
        from expenses.centres import CostCentre, check_centre
        from expenses.fees import expected  # noqa: F401 - registers its source
        from refdata.proposable import register

        register(CostCentre, check=check_centre, split=False)
