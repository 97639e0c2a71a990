"""What currencies are worth in the demonstration. Invented; running again changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from refdata.models import FxRate

SOURCE = "DEMONSTRATION"
# base, quote, what one unit of base is worth
RATES = (
    ("EUR", "RUB", "92.40"), ("USD", "RUB", "79.85"), ("CNY", "RUB", "11.21"),
    ("EUR", "USD", "1.1570"), ("USD", "JPY", "156.40"),
)  # fmt: skip
RATES_OF_DAYS = 10  # the demonstration's deals are at most that old


def load_rates(today: date) -> None:
    """Rates of today, and of a day before the oldest deal of the demonstration."""
    for base, quote, value in RATES:
        for day in (today - timedelta(days=RATES_OF_DAYS), today):
            if not FxRate.objects.filter(base=base, quote=quote, rate_date=day).exists():
                FxRate.objects.create(
                    base=base, quote=quote, rate_date=day, source=SOURCE, value=Decimal(value)
                )
