"""Repo: securities sold on a near date and bought back on a far one, both against payment. Pure.

    value      quantity x price, of bonds in percent and with what has accrued by the near date
    near       value x (1 - haircut), half up to the minor unit
    interest   near x rate x share of a year by the day count from near to far, half up
    far        near + interest

A sale is a repo: we take the money. A purchase is a reverse repo. The securities come back, so neither
is a disposal: position, lots and cost stay (domain-decisions 28, decision 0101).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from backoffice.kernel.day_counts import fraction
from backoffice.kernel.decimals import plain
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rounding import half_up_minor
from deals.capturing.checking import Check, amount_of, number
from deals.products import bond, equity
from deals.products.far import Tenor, date_or_tenor
from deals.products.money_market import DayCount
from deals.products.securities import exchanged, market_dates, security_of
from deals.terms import OTHER_SIDE, Agreed, Day, Due, Number, Priced, SettlementTerms, Text, Traded

KINDS = equity.KINDS | bond.KINDS
dates_of = market_dates


class RepoSettlement(SettlementTerms, forbid_unknown_fields=True, kw_only=True):
    """Both ways on each date; no date means: it begins by the market's cycle."""

    method: Literal["DVP"] = "DVP"


class Repo(Priced, forbid_unknown_fields=True, kw_only=True):
    """A repo (sell) or reverse repo (buy): `price` values the securities, `rate` is a fraction a year."""

    product: Literal["repo"]
    instrument: Text
    price_kind: Literal["clean", "dirty"] = "clean"
    rate: Number
    day_count: DayCount
    haircut: Number = "0"
    far_date: Day | None = None
    tenor: Tenor | None = None
    settlement: RepoSettlement = msgspec.field(default_factory=RepoSettlement)


def traded_of(check: Check[Repo]) -> Traded | None:
    return security_of(check, KINDS)


def due_of(check: Check[Repo], agreed: Agreed) -> Due | None:
    """The securities and the money, one way on the near date and back on the far one with interest."""
    terms, currency = check.terms, agreed.currency
    rate = number(check, "rate", terms.rate, scale=12, above_zero=False)
    kept = _kept(check)
    value = _value(check, agreed)
    far_date = date_or_tenor(
        check, "far_date", terms.far_date, start=agreed.due_date,
        calendars=[
            check.reference.settlement_calendar(
                agreed.traded.market,
                check.reference.instruments[agreed.traded.code].kind, agreed.trade_date,
            )
        ],
    )  # fmt: skip
    if rate is None or kept is None or value is None or far_date is None:
        return None
    near = amount_of(check, value * kept, currency, above_zero=bool(agreed.quantity))
    if near is None:
        return None
    share = fraction(terms.day_count, agreed.due_date, far_date)
    interest = half_up_minor(near * rate * share, currency.minor_unit)
    securities, money = agreed.traded.asset_id, currency.asset_id
    flows = [
        *exchanged(
            terms.side, securities, agreed.quantity, money, {"PRINCIPAL": near}, agreed.due_date
        ),
        *exchanged(
            OTHER_SIDE[terms.side], securities, agreed.quantity, money,
            {"PRINCIPAL": near, "INTEREST": interest}, far_date,
        ),
    ]  # fmt: skip
    figures = {
        "far_date": far_date.isoformat(), "value": plain(value), "interest_amount": plain(interest),
        "far_amount": plain(near + interest),
    }  # fmt: skip
    return Due(near, value * kept, flows, figures=figures)


def _value(check: Check[Repo], agreed: Agreed) -> Decimal | None:
    """What the securities are worth on the near date; of bonds what has accrued is worth something too."""
    terms = check.terms
    exact = agreed.quantity * agreed.price
    if check.reference.instruments[agreed.traded.code].kind in bond.KINDS:
        found = bond.accruing(check, agreed)
        if found is None:
            return None
        coupon, accrued = found
        exact = exact * coupon.outstanding / bond.PERCENT
        exact += accrued if terms.price_kind == "clean" else 0
    return amount_of(check, exact, agreed.currency)


def _kept(check: Check[Repo]) -> Decimal | None:
    """The share of the value that is paid: what the haircut leaves of it."""
    haircut = number(check, "haircut", check.terms.haircut, scale=12, above_zero=False)
    if haircut is not None and haircut >= 1:
        check.add(
            "/haircut", "haircut-too-large", gettext_noop("A haircut of %(haircut)s leaves nothing."),
            gettext_noop("Write it as a fraction: 0.15 is fifteen percent."),
            haircut=plain(haircut),
        )  # fmt: skip
        return None
    return None if haircut is None else 1 - haircut
