"""Tax withheld abroad and by other agents: dividends and coupons of which others kept tax back, and the sums.

Each is an entitlement that was paid, by the entry that booked it. In base currency at the official rate of the day of
payment, the Bank of Russia's for who is in Russia; what has no rate is counted and never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.utils.translation import gettext_lazy as _

from backoffice.kernel.decimals import plain
from reporting.reports.base import Cell, Column, Known, Parameter, Report, Row, Section
from settlements.ndfl.elsewhere import InBase, Kept, kept_elsewhere
from settlements.transforming.state import Action

ZERO = Decimal(0)
Paid = tuple[Kept, InBase | None]


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    paid = list(kept_elsewhere(
        parameters["paid_from"], parameters["paid_until"], horizon=known.horizon, entity_ids=known.entity_ids
    ))  # fmt: skip
    yield from (_payment(*each) for each in paid)
    for _key, group in groupby(sorted(paid, key=_sum_key), key=_sum_key):
        yield _sum(list(group))


def _payment(kept: Kept, base: InBase | None) -> Row:
    rate: dict[str, Cell] = {}
    if base is not None:
        rate = {
            "fx_rate": plain(base.rate.value),
            "fx_day": base.rate.day.isoformat() if base.rate.day else None,
        }  # fmt: skip
    return REPORT.row(
        section="payments", **_common(kept), owner=kept.owner, income=kept.action, asset=kept.asset,
        isin=kept.isin or None, record_date=kept.record_date.isoformat(), paid_on=kept.paid_on.isoformat(),
        quantity=plain(kept.quantity), tax_rate=plain(kept.tax_rate), came=f"{kept.came:.{kept.unit}f}", **rate,
        entitlement=f"EN-{kept.entitlement_id}", entry=f"E-{kept.entry_id}", **_money(kept, [(kept, base)]),
    )  # fmt: skip


def _sum_key(paid: Paid) -> tuple[str, str, str]:
    kept = paid[0]
    return kept.entity, kept.country or "", kept.currency


def _sum(paid: Sequence[Paid]) -> Row:
    kept, missing = paid[0][0], sum(base is None for _kept, base in paid)
    return REPORT.row(
        section="sums", **_common(kept), payments=str(len(paid)), missing=str(missing) if missing else None,
        **_money(kept, paid),
    )  # fmt: skip


def _common(kept: Kept) -> dict[str, Cell]:
    return {
        "entity": kept.entity, "country": kept.country, "currency": kept.currency, "base_currency": kept.base_currency,
    }  # fmt: skip


def _money(kept: Kept, paid: Sequence[Paid]) -> dict[str, Cell]:
    """Gross, tax and net of these together; in base currency of those that have a rate, and nothing where none has."""
    own = {name: sum((getattr(each, name) for each, _base in paid), ZERO) for name in _MONEY}
    found: dict[str, Cell] = {title: f"{own[name]:.{kept.unit}f}" for name, title in _MONEY.items()}
    known = [base for _kept, base in paid if base is not None]
    for name, title in _MONEY.items() if known else ():
        found[f"{title}_base"] = (
            f"{sum((getattr(b, name) for b in known), ZERO):.{kept.base_unit}f}"
        )
    return found


_MONEY = {"gross": "gross", "kept": "withheld", "net": "net"}
_BASE = ("gross_base", "withheld_base", "net_base", "base_currency")
INCOMES = {action.value: action.label for action in (Action.DIVIDEND, Action.COUPON)}

REPORT = Report(
    name="foreign-withholding",
    title=_("Tax withheld abroad and by other agents"),
    purpose=_(
        "Dividends and coupons paid in a period of which an issuer, a place or another agent had kept tax back: gross,"
        " rate, tax and net, in base currency too, and the sums by country and currency."
    ),
    parameters=(
        Parameter("paid_from", _("Paid from")),
        Parameter("paid_until", _("Paid until")),
    ),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity"), names="entity"),
        Column("owner", _("Owner"), names="party"),
        Column("income", _("Income"), labels=INCOMES),
        Column("asset", _("Security"), names="asset"),
        Column("isin", _("ISIN")),
        Column("country", _("Country of the issuer")),
        Column("record_date", _("Record date"), "date"),
        Column("paid_on", _("Paid on"), "date"),
        Column("quantity", _("Settled position"), "quantity"),
        Column("payments", _("Payments"), "count"),
        Column("gross", _("Gross"), "money", currency="currency", sums=True),
        Column("tax_rate", _("Rate of the tax"), "price"),
        Column("withheld", _("Tax withheld"), "money", currency="currency", sums=True),
        Column("net", _("Net"), "money", currency="currency", sums=True),
        Column("came", _("Money received"), "money", currency="currency", sums=True, printed=False),
        Column("currency", _("Currency")),
        Column("fx_rate", _("Official rate"), "price"),
        Column("fx_day", _("Rate of"), "date", printed=False),
        Column("gross_base", _("Gross in base currency"), "money", currency="base_currency", sums=True),
        Column("withheld_base", _("Tax in base currency"), "money", currency="base_currency", sums=True),
        Column("net_base", _("Net in base currency"), "money", currency="base_currency", sums=True),
        Column("base_currency", _("Base currency"), printed=False),
        Column("missing", _("Not reckoned"), "count"),
        Column("entitlement", _("Entitlement"), printed=False),
        Column("entry", _("Entry"), printed=False),
    ),
    sections=(
        Section("payments", _("Incomes paid"), (
            "entity", "owner", "income", "asset", "isin", "country", "record_date", "paid_on", "quantity", "gross",
            "tax_rate", "withheld", "net", "came", "currency", "fx_rate", "fx_day", *_BASE, "entitlement", "entry")),
        Section("sums", _("By country and currency"), (
            "entity", "country", "currency", "payments", "gross", "withheld", "net", *_BASE, "missing")),
    ),
    rows=rows,
)  # fmt: skip
