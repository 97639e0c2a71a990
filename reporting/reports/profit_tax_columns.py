"""The columns and sections of the register of profit tax, and the words for its codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ledger.profit_tax.bases import LABELS as BASES
from ledger.profit_tax.market_price import LABELS as VERDICTS
from reporting.reports.base import Column, Section
from reporting.reports.ratios import HOLDS
from reporting.reports.realised_result import STATES
from settlements.profit_tax.disposals import NO_BASE, NO_METHOD, WAYS

COUNTED = {
    **STATES, NO_BASE: _("No rule says its base"), NO_METHOD: _("FIFO is not among the methods allowed"),
}  # fmt: skip
TRADED = {"true": _("Traded"), "false": _("Not traded")}
APART = {"true": _("Apart from the result"), "false": _("In the result")}
RATIOS = {
    "RESULT": _("Result for tax = realised result + adjustments + coupons + rates"),
    "BASES": _("Bases of the years = disposals of the years"),
    "LOSSES": _("Losses left = new - used - ended"),
}


COLUMNS = (
    Column("section", _("Section")),
    Column("entity", _("Entity"), names="entity"),
    Column("year", _("Year")),
    Column("base", _("Tax base"), labels=BASES),
    Column("way", _("How it left"), labels=WAYS),
    Column("asset", _("Security"), printed=False),
    Column("isin", _("ISIN"), names="asset"),
    Column("traded", _("Organised market"), labels=TRADED),
    Column("opening", _("Opened by"), printed=False),
    Column("opening_date", _("Opened on"), "date", printed=False),
    Column("closing", _("Closed by")),
    Column("closing_date", _("Closed on"), "date"),
    Column("realised_date", _("Realised on"), "date"),
    Column("quantity", _("Quantity"), "quantity"),
    Column("sale_currency", _("Sale currency"), printed=False),
    Column("sale_rate", _("Income rate"), "price", printed=False),
    Column("proceeds", _("Proceeds"), "money", currency="currency", sums=True),
    Column("sale_fee", _("Sale fee"), "money", currency="currency", sums=True),
    Column("sale_test", _("Price of the sale"), labels=VERDICTS),
    Column("sale_low", _("Lowest for the sale"), "price", printed=False),
    Column("sale_high", _("Highest for the sale"), "price", printed=False),
    Column("sale_source", _("Source for the sale"), printed=False),
    Column("sale_adjustment", _("More of income"), "money", currency="currency", sums=True),
    Column("cost_currency", _("Cost currency"), printed=False),
    Column("cost_rate", _("Cost rate"), "price", printed=False),
    Column("cost", _("Cost"), "money", currency="currency", sums=True),
    Column("purchase_fee", _("Purchase fee"), "money", currency="currency", sums=True),
    Column("cost_test", _("Price of the purchase"), labels=VERDICTS, printed=False),
    Column("cost_low", _("Lowest for the purchase"), "price", printed=False),
    Column("cost_high", _("Highest for the purchase"), "price", printed=False),
    Column("cost_source", _("Source for the purchase"), printed=False),
    Column("cost_adjustment", _("Less of cost"), "money", currency="currency", sums=True),
    Column("received", _("Coupon received with sales"), "money", currency="currency", sums=True),
    Column("paid", _("Coupon paid with purchases"), "money", currency="currency", sums=True),
    Column("apart", _("Coupon"), labels=APART, printed=False),
    Column("by_issuer", _("Coupons paid by the issuer"), "money", currency="currency", sums=True),
    Column("income", _("Income"), "money", currency="currency", sums=True),
    Column("costs", _("Costs"), "money", currency="currency", sums=True),
    Column("result", _("Result"), "money", currency="currency", sums=True),
    Column("loss_opening", _("Losses at the beginning"), "money", currency="currency"),
    Column("loss_expired", _("Losses ended unused"), "money", currency="currency"),
    Column("lowered", _("Lowered by former losses"), "money", currency="currency"),
    Column("loss_new", _("New loss"), "money", currency="currency"),
    Column("loss_closing", _("Losses at the end"), "money", currency="currency"),
    Column("taxable", _("Taxable"), "money", currency="currency"),
    Column("rate", _("Rate"), "price"),
    Column("tax", _("Tax"), "money", currency="currency"),
    Column("missing", _("Not reckoned"), "count"),
    Column("untested", _("Price not tested"), "count"),
    Column("counted", _("Counted"), labels=COUNTED),
    Column("ratio", _("Control ratio"), labels=RATIOS),
    Column("one", _("One side"), "money", currency="currency"),
    Column("realised", _("Realised result"), "money", currency="currency"),
    Column("adjusted", _("Adjustments"), "money", currency="currency"),
    Column("coupons", _("Coupons"), "money", currency="currency"),
    Column("by_rates", _("By the rate of another day"), "money", currency="currency"),
    Column("other", _("Other side"), "money", currency="currency"),
    Column("holds", _("Result"), labels=HOLDS),
    Column("currency", _("Currency")),
)

SECTIONS = (
    Section("disposals", _("Disposals"), (
        "entity", "base", "way", "asset", "isin", "traded", "opening", "opening_date", "closing", "closing_date",
        "realised_date", "quantity", "sale_currency", "sale_rate", "proceeds", "sale_fee", "sale_test", "sale_low",
        "sale_high", "sale_source", "sale_adjustment", "cost_currency", "cost_rate", "cost", "purchase_fee",
        "cost_test", "cost_low", "cost_high", "cost_source", "cost_adjustment", "received", "paid", "apart",
        "result", "counted", "currency")),
    Section("coupons", _("Coupons"), (
        "entity", "asset", "isin", "received", "paid", "by_issuer", "missing", "currency")),
    Section("bases", _("Bases"), (
        "entity", "year", "base", "income", "costs", "result", "lowered", "taxable", "rate", "tax", "missing",
        "untested", "currency")),
    Section("losses", _("Losses carried forward"), (
        "entity", "year", "base", "loss_opening", "loss_expired", "lowered", "loss_new", "loss_closing", "counted",
        "currency")),
    Section("ratios", _("Control ratios"), (
        "entity", "ratio", "one", "realised", "adjusted", "coupons", "by_rates", "other", "holds", "currency")),
)  # fmt: skip
