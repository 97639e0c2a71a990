"""What currencies are worth in the demonstration, and until when their payments can be stopped.

Invented; running again changes nothing.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

from refdata.models import FxRate, Place
from settlements.models import PaymentDeadline

SOURCE = "DEMONSTRATION"
# base, quote, what one unit of base is worth
RATES = (
    ("EUR", "RUB", "92.40"), ("USD", "RUB", "79.85"), ("CNY", "RUB", "11.21"),
    ("EUR", "USD", "1.1570"), ("USD", "JPY", "156.40"),
)  # fmt: skip
# place, currency (none: all), until when a payment can be stopped there, business days before
DEADLINES = (
    ("CSDX", "EUR", time(15, 0), 0), ("CORR", "", time(16, 0), 0), ("CORR", "CNY", time(9, 0), 1),
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


def load_deadlines(since: date) -> None:
    for place, currency, stop_by, days_before in DEADLINES:
        PaymentDeadline.objects.get_or_create(
            place=Place.objects.get(code=place), currency=currency, valid_from=since,
            defaults={"stop_by": stop_by, "days_before": days_before, "source": SOURCE},
        )  # fmt: skip
