"""What shares and currencies are worth in the demonstration, and until when payments can be stopped.

Invented; running again changes nothing.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

from refdata.models import FxRate, Instrument, Place, Price
from settlements.models import PaymentDeadline

SOURCE = "DEMONSTRATION"
# base, quote, what one unit of base is worth
RATES = (
    ("EUR", "RUB", "92.40"), ("USD", "RUB", "79.85"), ("CNY", "RUB", "11.21"),
    ("EUR", "USD", "1.1570"), ("USD", "JPY", "156.40"),
)  # fmt: skip
# By ISIN, in the instrument's currency. Rosneft has none: what is shown then can be looked at.
PRICES = {
    "RU0009029540": "312.45", "RU0007661625": "128.10", "RU0009024277": "7015.50",
    "RU0007288411": "118.34", "RU000A0JR4A1": "198.77", "RU0009033591": "702.60",
    "RU000A1038V6": "612.30",  # a bond, at 61.23 % of its nominal
    "DE0007164600": "231.40", "DE0007236101": "189.92",
}  # fmt: skip
# place, currency (none: all), until when a payment can be stopped there, business days before
DEADLINES = (
    ("CSDX", "EUR", time(15, 0), 0), ("CORR", "", time(16, 0), 0), ("CORR", "CNY", time(9, 0), 1),
)  # fmt: skip
OLDEST_DEAL_DAYS = 10  # the demonstration's deals are at most that old


def load_quotes(day: date) -> None:
    """Prices and rates of a day, and of one before the oldest deal that is shown on it."""
    for each in (day - timedelta(days=OLDEST_DEAL_DAYS), day):
        _load_prices(each)
        _load_rates(each)


def _load_prices(day: date) -> None:
    priced = set(
        Price.objects.filter(source=SOURCE, price_date=day).values_list("instrument_id", flat=True)
    )
    for instrument in Instrument.objects.filter(isin__in=PRICES).exclude(pk__in=priced):
        Price.objects.create(
            instrument=instrument, price_date=day, source=SOURCE,
            value=Decimal(PRICES[str(instrument.isin)]), currency=instrument.currency,
        )  # fmt: skip


def _load_rates(day: date) -> None:
    for base, quote, value in RATES:
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
