"""Realised result by lot, FIFO: what each sale consumed, what it brought, and what of it is taxed.

Lots are those of the tax pool, matched in order of trade. A result is realised on the day the money
of its closing deal moved; income is counted at the official rate of the day it was credited, cost and
fees at that of the day each was debited, as the dated rule in force on the day of income says, known
below the run's horizon (`ledger.rule_kinds`; Tax Code of Russia art. 210 p. 5, 214.1). What is missing
is said, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import chain

from django.utils.translation import gettext_lazy as _

from ledger.lots.carried_passes import pass_carried
from ledger.lots.conversions import converted_pools
from ledger.lots.models import PoolAccount
from ledger.lots.passing import pass_fifo
from ledger.lots.reading import read_changes
from reporting.reports.base import Column, Known, Parameter, Report, Row
from reporting.reports.realised_facts import Facts
from reporting.reports.realised_rows import Realised


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    facts = Facts(horizon=known.horizon, entity_ids=known.entity_ids)
    start, until = parameters["realised_from"], parameters["realised_until"]
    pools = facts.touched_pools(start, until)
    if not pools:
        return
    converted = converted_pools(list(pools), horizon=known.horizon)
    batches = read_changes(horizon=known.horizon, pool_ids=sorted(pools.keys() - converted))
    carried = pass_carried(sorted(converted), horizon=known.horizon)
    for passed in chain(pass_fifo(batches), carried):
        if len(passed.pieces):
            yield from Realised(passed, facts, pools).rows_between(start, until)


TAX_BASES = {
    "TRADED": _("Traded securities"), "UNTRADED": _("Untraded securities"),
    "IIS": _("Individual investment account"),
}  # fmt: skip
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
        Column("tax_base", _("Tax base"), labels=TAX_BASES),
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
