"""What the checks measure of a deal that was worked out. Pure: the deal, prices and calendars in.

None means that there is nothing to measure by, and the check says nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from backoffice.kernel.decimals import plain
from deals.rules import ResolvedDeal
from refdata.last_prices import LastPrices
from refdata.rules import CycleRow, NoCycle, cycle_of
from refdata.selectors import ReferenceData

HUNDRED, MINUTE = Decimal(100), timedelta(minutes=1)


class Look(NamedTuple):
    """What a deal is held against, and when."""

    reference: ReferenceData
    market: LastPrices
    now: datetime


class Measure(NamedTuple):
    """A number of a deal, and what it was taken against, as it is told."""

    value: Decimal
    against: str = ""


def off_price(deal: ResolvedDeal, look: Look) -> Measure | None:
    """By how many percent a deal is away from the last price, whichever way."""
    dealt, last = unit_price(deal), last_price(deal, look.market)
    if dealt is None or not last:
        return None
    return Measure(abs(dealt / last - 1) * HUNDRED, plain(last))


def unit_price(deal: ResolvedDeal) -> Decimal | None:
    """What one unit was dealt at in money, without coupon and fees; None where money moves twice."""
    paid = [
        flow.quantity
        for flow in deal.flows
        if flow.kind == "PRINCIPAL" and flow.asset_id == deal.currency.asset_id
    ]
    return paid[0] / deal.quantity if len(paid) == 1 and deal.quantity else None


def last_price(deal: ResolvedDeal, market: LastPrices) -> Decimal | None:
    """The last known price of what is dealt, in the currency of the deal."""
    traded, day = deal.traded, deal.trade_date
    if traded.instrument_id is None:
        return market.rate(traded.code, deal.currency.code, day)
    quote = market.price(traded.instrument_id, day)
    return quote.value if quote is not None and quote.currency == deal.currency.code else None


def amount(deal: ResolvedDeal, look: Look, currency: str) -> Measure | None:
    """The gross amount in the currency of the check, unrounded."""
    if deal.currency.code == currency:
        return Measure(deal.amounts.gross, currency)
    rate = look.market.rate(deal.currency.code, currency, deal.trade_date)
    return None if rate is None else Measure(deal.amounts.gross * rate, currency)


def share_of_issue(deal: ResolvedDeal, look: Look) -> Measure | None:
    """How many percent of all that was issued the deal is of."""
    if deal.traded.instrument_id is None:
        return None
    issue_size = look.reference.instruments[deal.traded.code].issue_size
    return Measure(deal.quantity / issue_size * HUNDRED) if issue_size else None


def days_off_cycle(deal: ResolvedDeal, look: Look) -> Measure | None:
    """Calendar days between the agreed settlement date and that of the market's cycle."""
    cycle = _agreed_beside(deal, look.reference)
    if cycle is None:
        return None
    usual = look.reference.calendars[cycle.calendar].add(deal.trade_date, cycle.days)
    return Measure(Decimal(abs((deal.due_date - usual).days)))


def closed_day(deal: ResolvedDeal, look: Look) -> Measure | None:
    """1 where the market settles nothing on the agreed day, 0 where it does."""
    cycle = _agreed_beside(deal, look.reference)
    if cycle is None:
        return None
    calendar = look.reference.calendars[cycle.calendar]
    return Measure(Decimal(not calendar.is_business_day(deal.due_date)))


def _agreed_beside(deal: ResolvedDeal, reference: ReferenceData) -> CycleRow | None:
    """The market's cycle that a date was agreed beside; None where none was, or the market has none."""
    if deal.traded.instrument_id is None or deal.terms.settlement.date is None:
        return None
    kind = reference.instruments[deal.traded.code].kind
    try:
        return cycle_of(
            reference.cycles, market=deal.traded.market, kind=kind, trade_date=deal.trade_date
        )
    except NoCycle:
        return None


def minutes_late(deal: ResolvedDeal, look: Look) -> Measure:
    """How long after it was dealt the deal comes in, in whole minutes."""
    return Measure(Decimal((look.now - deal.traded_at) // MINUTE))
