"""Who takes which format: one line for each, by the name that it is recognised under."""

from __future__ import annotations

from collections.abc import Mapping

from backoffice.connectors.answers import take_answers
from backoffice.connectors.places.taking import take_securities
from backoffice.connectors.places.trade_confirmations import take_treasury
from backoffice.connectors.receiving.cash import take_cash
from backoffice.connectors.receiving.taken import Taker

TAKERS: Mapping[str, Taker] = {
    "camt": take_cash,
    "MT9xx": take_cash,
    "1C": take_cash,
    "answers": take_answers,
    "securities": take_securities,
    "MT5xx": take_securities,
    "MT3xx": take_treasury,
}
