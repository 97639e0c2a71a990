"""What deals in securities have in common: the instrument that is named, and their dates. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from backoffice.kernel.i18n import gettext_noop
from deals.capturing.checking import Check, agreed_due_date, look_up
from deals.terms import FlowTerms, SettlementTerms, Traded
from refdata.rows import InstrumentRow


class SecuritySettlement(SettlementTerms, forbid_unknown_fields=True, kw_only=True):
    """How and when it settles; no date means: by the market's cycle."""

    method: Literal["DVP", "FOP"] = "DVP"


def security_of(check: Check[Any], kinds: Collection[str]) -> Traded | None:
    """The instrument of one of these kinds, if it is known; a suspended one is a problem and still known."""
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
    if found.kind not in kinds:
        check.add(
            "/instrument", "wrong-product",
            gettext_noop("%(name)s is not dealt as this product."),
            gettext_noop("Shares, receipts and funds are equity; bonds are bond."), name=found.name,
        )  # fmt: skip
    return Traded(found.asset_id, found.asset_id, found.code, found.market)


def market_dates(
    check: Check[Any], traded: Traded, traded_at: datetime
) -> tuple[date, date | None]:
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


def exchanged(
    side: str,
    asset_id: int,
    quantity: Decimal,
    money_id: int,
    amounts: dict[str, Decimal],
    on: date,
) -> list[FlowTerms]:
    """Securities one way, money the other, by kind; nothing of what is zero."""
    securities, money = ("RECEIVE", "PAY") if side == "buy" else ("DELIVER", "RECEIVE")
    flows = [FlowTerms("PRINCIPAL", securities, asset_id, quantity, on)] if quantity else []
    flows += [FlowTerms(kind, money, money_id, due, on) for kind, due in amounts.items() if due]
    return flows
