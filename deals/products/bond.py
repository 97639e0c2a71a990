"""Bonds: a price in percent of what is outstanding, and the interest that has accrued. Pure.

    principal  quantity x outstanding nominal x price / 100, half up to the minor unit
    accrued    by the bond's day count from the coupon before to the settlement date; per bond first
               where its terms say so (Russian НКД, rules A13)
    dirty      a price that includes what has accrued: principal is what is left of it

Accrued interest is paid with the principal and is no part of the cost of the bond (decision 0100).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec

from backoffice.kernel.decimals import plain
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.checking import Check, amount_of
from deals.products.securities import SecuritySettlement, exchanged, market_dates, security_of
from deals.terms import Agreed, Due, Priced, Text, Traded
from refdata.bond_rows import Coupon

KINDS = frozenset({"BOND"})
PERCENT = Decimal(100)
dates_of = market_dates


class Bond(Priced, forbid_unknown_fields=True, kw_only=True):
    """A purchase or sale of bonds; `price` is in percent of the nominal still outstanding."""

    product: Literal["bond"]
    instrument: Text
    price_kind: Literal["clean", "dirty"] = "clean"
    settlement: SecuritySettlement = msgspec.field(default_factory=SecuritySettlement)

    def worth(self) -> Decimal | None:
        return None  # a percentage says nothing while the nominal is not known


def traded_of(check: Check[Bond]) -> Traded | None:
    return security_of(check, KINDS)


def due_of(check: Check[Bond], agreed: Agreed) -> Due | None:
    """Securities against principal and accrued interest, on the settlement date."""
    found = accruing(check, agreed)
    if found is None:
        return None
    coupon, accrued = found
    exact = agreed.quantity * coupon.outstanding * agreed.price / PERCENT
    whole = amount_of(check, exact, agreed.currency)
    if whole is None:
        return None
    if not agreed.price:  # a free delivery without a value: nothing is paid, interest neither
        accrued = Decimal(0)
    dirty = check.terms.price_kind == "dirty"
    gross = whole - accrued if dirty else whole
    if gross < 0:
        check.add(
            "/price", "below-accrued",
            gettext_noop("The price comes to less than the accrued interest of %(accrued)s."),
            gettext_noop("Check the price; without interest it is clean."), accrued=plain(accrued),
        )  # fmt: skip
        return None
    flows = exchanged(
        check.terms.side, agreed.traded.asset_id, agreed.quantity, agreed.currency.asset_id,
        {"PRINCIPAL": gross, "ACCRUED": accrued}, agreed.due_date,
    )  # fmt: skip
    figures = {"accrued": plain(accrued), "outstanding": plain(coupon.outstanding)}
    return Due(gross, exact - accrued if dirty else exact, flows, accrued, figures)


def accruing(check: Check[Any], agreed: Agreed) -> tuple[Coupon, Decimal] | None:
    """The coupon period of the settlement date, and what the quantity has accrued by then."""
    bond = check.reference.bonds.get(agreed.traded.asset_id)
    name = check.reference.instruments[agreed.traded.code].name
    if bond is None:
        check.add(
            "/instrument", "bond-terms-missing",
            gettext_noop("The coupons of %(name)s are not laid out."),
            gettext_noop("Have its terms completed in the reference data."), name=name,
        )  # fmt: skip
        return None
    if bond.currency != agreed.currency.code:
        check.add(
            "/currency", "nominal-currency",
            gettext_noop("%(name)s has its nominal in %(nominal)s."),
            gettext_noop("Deal it in the currency of its nominal."),
            name=name, nominal=bond.currency,
        )  # fmt: skip
        return None
    coupon = bond.coupon_on(agreed.due_date)
    if coupon is None:
        check.add(
            "/settlement/date", "outside-bonds-life",
            gettext_noop("%(name)s does not run on %(day)s."),
            gettext_noop("Check the date: it is before the first coupon period or after the last."),
            name=name, day=agreed.due_date.isoformat(),
        )  # fmt: skip
        return None
    unit = agreed.currency.minor_unit
    return coupon, bond.accrued(agreed.quantity, agreed.due_date, unit)
