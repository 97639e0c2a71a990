"""FX spot: so much of one currency against another, and the two payments it promises. Pure.

Without payment against payment each of the two settles by itself (domain-decisions 14).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from backoffice.kernel.business_days import BusinessDays
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.spot_dates import PIVOT, spot_date, spot_trade_date
from backoffice.kernel.value_dates import is_open
from deals.capturing.checking import Check, agreed_due_date, amount_of
from deals.terms import Agreed, Due, FlowTerms, Priced, SettlementTerms, Traded
from refdata.selectors import ReferenceData

Pair = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Z]{3}/[A-Z]{3}$", examples=["EUR/USD"],
        description="Base and quote: quantity is of the base, price is so much quote for one of it",
    ),
]  # fmt: skip


class FxSettlement(SettlementTerms, forbid_unknown_fields=True, kw_only=True):
    """Two payments, each free of the other; no date means: the spot date of the pair."""

    method: Literal["PFOD"] = "PFOD"


class FxSpot(Priced, forbid_unknown_fields=True, kw_only=True):
    """A purchase or sale of the base currency of a pair against its quote currency."""

    product: Literal["fx_spot"]
    pair: Pair
    settlement: FxSettlement = msgspec.field(default_factory=FxSettlement)


def currencies_of(terms: Any) -> tuple[str, str]:
    base, _, quote = terms.pair.partition("/")
    return base, quote


def traded_of(check: Check[FxSpot]) -> Traded | None:
    return traded_in_pair(check)


def traded_in_pair(check: Check[Any]) -> Traded | None:
    """The base currency; the currency of the deal is the quote of its pair."""
    base, quote = currencies_of(check.terms)
    if quote != check.terms.currency or base == quote:
        check.add(
            "/currency", "pair-currency",
            gettext_noop("%(currency)s is not what %(pair)s is paid in."),
            gettext_noop("The currency of the deal is the second of the pair."),
            currency=check.terms.currency, pair=check.terms.pair,
        )  # fmt: skip
        return None
    found = check.reference.currencies.get(base)
    if found is None:
        _unknown(check)
        return None
    return Traded(found.asset_id, None, base, decimals=found.minor_unit)


def dates_of(check: Check[FxSpot], traded: Traded, traded_at: datetime) -> tuple[date, date | None]:
    """The trading day in New York, and the value date: as agreed, or the spot date of the pair."""
    trade_date, found = spot_of(check, traded_at)
    text = check.terms.settlement.date
    if found is None or text is None:
        return trade_date, found and found[0]
    spot, calendars = found
    agreed = agreed_due_date(check, text, trade_date)
    if agreed is not None and agreed > spot:
        check.add(
            "/settlement/date", "beyond-spot",
            gettext_noop("Spot of %(pair)s dealt on %(trade_date)s is paid on %(spot)s."),
            gettext_noop("Leave the date out for spot; a later date is a forward."),
            pair=check.terms.pair, trade_date=trade_date.isoformat(), spot=spot.isoformat(),
        )  # fmt: skip
    elif agreed is not None and not is_open(agreed, calendars):
        check.add(
            "/settlement/date", "settlement-day-closed",
            gettext_noop("%(pair)s cannot be paid on %(day)s."),
            gettext_noop("Leave the date out, or agree on a day good for both and for USD."),
            pair=check.terms.pair, day=agreed.isoformat(),
        )  # fmt: skip
    return trade_date, agreed


def spot_of(
    check: Check[Any], traded_at: datetime
) -> tuple[date, tuple[date, list[BusinessDays]] | None]:
    """The trading day, the spot date of the pair, and the calendars on which it is paid."""
    base, quote = currencies_of(check.terms)
    trade_date = spot_trade_date(traded_at, base, quote)
    days, calendars = market_of(check.reference, base, quote, trade_date)
    if len(calendars) < len({base, quote, PIVOT}) or len(days) < len({base, quote} - {PIVOT}):
        _unknown(check)
        return trade_date, None
    spot = spot_date(trade_date, base, quote, days=days, calendars=calendars)
    return trade_date, (spot, list(calendars.values()))


def value_calendars(check: Check[Any], on: date) -> list[BusinessDays]:
    """The calendars of both currencies and of USD between them."""
    return list(market_of(check.reference, *currencies_of(check.terms), on)[1].values())


def market_of(
    reference: ReferenceData, base: str, quote: str, on: date
) -> tuple[dict[str, int], dict[str, BusinessDays]]:
    """Of each currency: how many days it is paid after its deal against USD, and its calendar.

    What the reference data does not know is left out; of a pair that is not dealt, everything.
    """
    if reference.pair_of(base, quote, on) is None:
        return {}, {}
    legs = {code: reference.pair_of(code, PIVOT, on) for code in {base, quote} - {PIVOT}}
    calendars = {code: reference.calendar_of(code, on) for code in {base, quote, PIVOT}}
    return (
        {code: row.spot_days for code, row in legs.items() if row is not None},
        {code: calendar for code, calendar in calendars.items() if calendar is not None},
    )


def due_of(check: Check[FxSpot], agreed: Agreed) -> Due | None:
    """The base currency one way, the quote currency the other, on the value date."""
    return payments_of(check, agreed)


def payments_of(check: Check[Any], agreed: Agreed) -> Due | None:
    """Both payments of an exchange of two currencies on one date; neither is of nothing."""
    exact = agreed.quantity * agreed.price
    gross = amount_of(check, exact, agreed.currency, above_zero=bool(agreed.price))
    if gross is None:
        return None
    base, quote = agreed.traded.asset_id, agreed.currency.asset_id
    flows = exchange(check.terms.side, base, agreed.quantity, quote, gross, agreed.due_date)
    return Due(gross, exact, flows)


def exchange(
    side: str, base_id: int, quantity: Decimal, quote_id: int, amount: Decimal, on: date
) -> list[FlowTerms]:
    """So much of the base currency against so much of the quote currency."""
    into, out = ("RECEIVE", "PAY") if side == "buy" else ("PAY", "RECEIVE")
    flows = [("PRINCIPAL", into, base_id, quantity, on), ("PRINCIPAL", out, quote_id, amount, on)]
    return [FlowTerms(*flow) for flow in flows if flow[3]]


def _unknown(check: Check[FxSpot]) -> None:
    check.add(
        "/pair", "unknown-pair", gettext_noop("%(pair)s is not dealt."),
        gettext_noop("Check the spelling, or have the pair and its calendars added."),
        pair=check.terms.pair,
    )  # fmt: skip
