"""Realised result by lot, FIFO: what each sale consumed, what it brought, and what of it is taxed.

What is realised when, and at which rate it counts, is said where it is reckoned (`settlements/realised`). What is
missing is said, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from django.utils.translation import gettext_lazy as _

from ledger.lots.models import PoolAccount
from ledger.ndfl.bases import LABELS as BASES
from reporting.reports.base import Cell, Column, Known, Parameter, Report, Row, units_shown
from settlements.realised.closings import closings_between
from settlements.realised.results import COUNTED, Closing, Part


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    start, until = parameters["realised_from"], parameters["realised_until"]
    found = closings_between(start, until, horizon=known.horizon, entity_ids=known.entity_ids)
    return map(_row, found)


def _row(c: Closing) -> Row:
    pool = c.pool
    return [
        pool.entity, pool.owner, pool.account, pool.isin, c.tax_base,
        c.opening, c.opening_day.isoformat(), c.closing, c.closing_day.isoformat(), c.realised.isoformat(),
        units_shown(c.quantity, c.places, trimmed=True), *(map(str, c.held) if c.held else (None, None)),
        *_part(c.sale), *_part(c.purchase), c.state, pool.base_currency,
        *(units_shown(amount, pool.base_unit) if c.state in COUNTED else None
          for amount in (*c.in_base, c.in_base.result)),
    ]  # fmt: skip


def _part(side: Part) -> tuple[Cell, ...]:
    rate = side.rate
    shown = (None, None) if rate is None else (
        f"{rate.value.normalize():f}", rate.day.isoformat() if rate.day else None,
    )  # fmt: skip
    return (
        side.currency, units_shown(side.gross, side.unit), units_shown(side.fee, side.unit), *shown,
    )  # fmt: skip


STATES = {
    "OK": _("In full"), "OLD_RATE": _("At a rate set long before"), "NO_RATE": _("No rate"),
    "NOT_PAID": _("Not paid yet"), "NO_RULE": _("No rule in force"),
}  # fmt: skip

REPORT = Report(
    name="realised-result",
    title=_("Realised result by lot, FIFO"),
    purpose=_(
        "What each sale consumed by FIFO, its proceeds, cost and fees in currency and in base currency"
        " at the official rates of the days money moved, and the tax base it belongs to."
    ),
    parameters=(
        Parameter("realised_from", _("Realised from")),
        Parameter("realised_until", _("Realised until")),
    ),
    columns=(
        Column("entity", _("Entity"), names="entity"),
        Column("owner", _("Owner"), names="party"),
        Column("account", _("Account"), labels=dict(PoolAccount.choices)),
        Column("isin", _("ISIN"), names="asset"),
        Column("tax_base", _("Tax base"), labels=BASES),
        Column("opening", _("Opened by")),
        Column("opening_date", _("Opened on"), "date"),
        Column("closing", _("Closed by")),
        Column("closing_date", _("Closed on"), "date", printed=False),
        Column("realised_date", _("Realised on"), "date"),
        Column("quantity", _("Quantity"), "quantity"),
        Column("held_days", _("Days held"), "count", printed=False),
        Column("full_years", _("Full years held"), "count"),
        Column("sale_currency", _("Sale currency"), printed=False),
        Column("proceeds", _("Proceeds"), "money", currency="sale_currency", printed=False),
        Column("sale_fee", _("Sale fee"), "money", currency="sale_currency", printed=False),
        Column("income_rate", _("Income rate"), "price", printed=False),
        Column("income_rate_date", _("Income rate of"), "date", printed=False),
        Column("cost_currency", _("Cost currency"), printed=False),
        Column("cost", _("Cost"), "money", currency="cost_currency", printed=False),
        Column("purchase_fee", _("Purchase fee"), "money", currency="cost_currency", printed=False),
        Column("cost_rate", _("Cost rate"), "price", printed=False),
        Column("cost_rate_date", _("Cost rate of"), "date", printed=False),
        Column("counted", _("Counted"), labels=STATES),
        Column("base_currency", _("Base currency")),
        Column("proceeds_base", _("Proceeds, base"), "money", currency="base_currency", sums=True),
        Column("sale_fee_base", _("Sale fee, base"), "money", currency="base_currency", sums=True),
        Column("cost_base", _("Cost, base"), "money", currency="base_currency", sums=True),
        Column("purchase_fee_base", _("Purchase fee, base"), "money", currency="base_currency", sums=True),
        Column("result", _("Result, base"), "money", currency="base_currency", sums=True),
    ),
    rows=rows,
)  # fmt: skip
