"""`manage.py load_add_ons`: the add-ons of pre-settlement limits that are missing. Repeatable."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand

from limits.models import AddOn

ADD_ONS = (
    ("equity", "DVP", "0.06", "BIPRU 13.4.5: equities up to one year"),
    ("equity", "FOP", "1", "A free delivery risks all of it"),
    ("fx_spot", "PFOD", "0.01", "BIPRU 13.4.5: FX and gold up to one year"),
)


class Command(BaseCommand):
    help = "Loads the add-ons by product and settlement method."

    def handle(self, *args: Any, **options: Any) -> None:
        for product, method, rate, source in ADD_ONS:
            AddOn.objects.get_or_create(
                product=product, method=method, valid_from=date(2000, 1, 1),
                defaults={"rate": Decimal(rate), "source": source},
            )  # fmt: skip
