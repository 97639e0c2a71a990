"""Pages of reference data: one table a subject."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.desk.custody_tables import CUSTODY
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import TABLES, Table
from refdata.firm_days import firm_day
from refdata.proposable import PROPOSABLE
from refdata.quotes import prices_on, stale_check

ALL = {**TABLES, **CUSTODY}


class Reference(ListView):
    permission = "refdata.view_refdata"
    template_name = "refdata/table.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.table = str(kwargs.get("table", "parties"))
        if self.table not in ALL:
            raise Http404
        table = ALL[self.table]
        self.listing = Listing(
            name=f"reference-{self.table}", title=table.title, empty=EMPTY, columns=table.columns,
            rows=lambda user: seen_rows(table, user), prepare=PREPARES.get(self.table),
            opens=OPENS.get(self.table) or row_page(table),
        )  # fmt: skip
        return super().dispatch(request, *args, **kwargs)

    def more(self) -> dict[str, Any]:
        return {"tabs": [(key, each.title) for key, each in ALL.items()], "table": self.table}


def seen_rows(table: Table, user: User) -> QuerySet[Any]:
    rows = table.rows()
    return rows if table.seen is None else table.seen(rows, user)


def add_prices(rows: Sequence[Any], user: User) -> None:
    today = firm_day(timezone.now())
    prices, is_stale = prices_on(today, [row.pk for row in rows]), stale_check(today)
    for row in rows:
        price = prices.get(row.pk)
        row.last_price = price.value if price else None
        row.last_price_date = price.day if price else None
        row.last_price_source = price.source if price else None
        row.last_price_stale = is_stale(price.source, price.day) if price else None


def row_page(table: Table) -> Callable[[Any], str] | None:
    """The page of a row with its history, for rows that two people change."""
    kind = str(table.rows().model._meta.model_name)
    if kind not in PROPOSABLE:
        return None
    return lambda row: reverse("reference-row", args=[f"{kind}-{row.pk}"])


EMPTY = _("No rows yet. Loaders and administrators fill this table.")
PREPARES = {"instruments": add_prices}
# The page that a row opens, where it has one.
OPENS = {
    "instructions": lambda row: reverse("ssi", args=[row]),
    "profiles": lambda row: reverse("profile", args=[row]),
}
