"""FX forward: two payments on a date beyond spot, agreed as a date or as a tenor from spot. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from backoffice.kernel.i18n import gettext_noop
from deals.capturing.checking import Check, agreed_due_date
from deals.products.far import Tenor, date_or_tenor
from deals.products.fx_spot import FxSettlement, Pair, payments_of, spot_of, traded_in_pair
from deals.terms import Agreed, Due, Priced, Traded


class FxForward(Priced, forbid_unknown_fields=True, kw_only=True):
    """A purchase or sale of the base currency of a pair, paid after its spot date."""

    product: Literal["fx_forward"]
    pair: Pair
    tenor: Tenor | None = None
    settlement: FxSettlement = msgspec.field(default_factory=FxSettlement)


def traded_of(check: Check[FxForward]) -> Traded | None:
    return traded_in_pair(check)


def dates_of(
    check: Check[FxForward], traded: Traded, traded_at: datetime
) -> tuple[date, date | None]:
    """The trading day in New York, and the value date: months from spot end-end, else following."""
    trade_date, found = spot_of(check, traded_at)
    if found is None:
        return trade_date, None
    spot, calendars = found
    text = check.terms.settlement.date
    if text is not None and agreed_due_date(check, text, trade_date) is None:
        return trade_date, None
    if text is not None and date.fromisoformat(text) <= spot:
        check.add(
            "/settlement/date", "within-spot",
            gettext_noop("Spot of %(pair)s dealt on %(trade_date)s is paid on %(spot)s."),
            gettext_noop("Until then it is a spot deal; a forward is paid later."),
            pair=check.terms.pair, trade_date=trade_date.isoformat(), spot=spot.isoformat(),
        )  # fmt: skip
        return trade_date, date.fromisoformat(text)
    due = date_or_tenor(check, "settlement/date", text, start=spot, calendars=calendars)
    return trade_date, due


def due_of(check: Check[FxForward], agreed: Agreed) -> Due | None:
    """The base currency one way, the quote currency the other, on the value date."""
    return payments_of(check, agreed)
