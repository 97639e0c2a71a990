"""Equity and depositary receipts: what is posted, and the flows it promises. Pure."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from backoffice.kernel.i18n import gettext_noop
from deals.checking import Check, agreed_due_date, look_up
from deals.terms import Amounts, FlowTerms, SettlementTerms, Terms, Text, Traded
from refdata.rows import InstrumentRow


class EquitySettlement(SettlementTerms, forbid_unknown_fields=True, kw_only=True):
    """How and when it settles; no date means: by the market's cycle."""

    method: Literal["DVP", "FOP"] = "DVP"


class Equity(Terms, forbid_unknown_fields=True, kw_only=True):
    """A purchase or sale of shares or depositary receipts."""

    product: Literal["equity"]
    instrument: Text
    settlement: EquitySettlement = msgspec.field(default_factory=EquitySettlement)


def traded_of(check: Check[Equity]) -> Traded | None:
    """The instrument, if it is known; a suspended one is a problem and still known."""
    found: InstrumentRow | None = look_up(
        check, check.reference.instruments, "instrument", check.terms.instrument
    )
    if found is None:
        return None
    if found.status != "ACTIVE":
        check.add(
            "/instrument", "instrument-suspended", gettext_noop("%(name)s is suspended."),
            gettext_noop("Wait until the suspension is lifted."), name=found.name,
        )  # fmt: skip
    return Traded(found.asset_id, found.asset_id, found.code, found.market)


def dates_of(check: Check[Equity], traded: Traded, traded_at: datetime) -> tuple[date, date | None]:
    """Trade date by the venue's sessions, due date as agreed or by the cycle of that trade date."""
    reference, market = check.reference, traded.market
    trade_date, is_open = reference.trade_date(market, traded_at)
    if not is_open:
        check.add(
            "/traded_at", "venue-closed", gettext_noop("%(market)s has no session on %(day)s."),
            gettext_noop("Check the date; sessions are in the reference data."),
            market=market, day=trade_date.isoformat(),
        )  # fmt: skip
    text = check.terms.settlement.date
    if text is None:
        kind = reference.instruments[traded.code].kind
        return trade_date, reference.due_date(market, kind, trade_date)
    return trade_date, agreed_due_date(check, text, trade_date)


def flows_of(
    *,
    side: str,
    traded_id: int,
    currency_id: int,
    quantity: Decimal,
    amounts: Amounts,
    due_date: date,
) -> list[FlowTerms]:
    """Securities one way, money the other, and each fee we pay; nothing of what is zero."""
    securities, money = ("RECEIVE", "PAY") if side == "buy" else ("DELIVER", "RECEIVE")
    flows = []
    if quantity:
        flows.append(FlowTerms("PRINCIPAL", securities, traded_id, quantity, due_date))
    if amounts.gross:
        flows.append(FlowTerms("PRINCIPAL", money, currency_id, amounts.gross, due_date))
    flows += [FlowTerms("FEE", "PAY", currency_id, fee, due_date) for fee in amounts.fees if fee]
    return flows
