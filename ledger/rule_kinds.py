"""The kinds of dated rules that statements, lots and the tax on them follow: each stands beside what it computes."""

from __future__ import annotations

from ledger.accounting.plan import PLAN
from ledger.accounting.regular_way import POLICY
from ledger.day_processing import CLOSE_DAY
from ledger.lots.methods import LOT_METHODS
from ledger.ndfl.bases import SET_OFFS, TAX_BASES
from ledger.ndfl.brackets import BRACKETS
from ledger.ndfl.budget import KBK, OKTMO
from ledger.ndfl.codes import CODES
from ledger.ndfl.fx_date import FX_DATE
from ledger.ndfl.long_term import LONG_TERM
from ledger.ndfl.pay import PAY_CODES
from ledger.ndfl.transfer import TRANSFER_DAYS
from ledger.profit_tax.bases import COUPON_APART, PROFIT_BASES
from ledger.profit_tax.losses import LOSS_CARRY
from ledger.profit_tax.market_price import MARKET_PRICE
from ledger.profit_tax.rates import PROFIT_RATE
from refdata.dated_rules.kinds import declare

__all__ = ["CLOSE_DAY"]

declare(
    POLICY,
    PLAN,
    LOT_METHODS,
    FX_DATE,
    TAX_BASES,
    SET_OFFS,
    BRACKETS,
    LONG_TERM,
    TRANSFER_DAYS,
    CODES,
    PAY_CODES,
    KBK,
    OKTMO,
    PROFIT_BASES,
    COUPON_APART,
    MARKET_PRICE,
    LOSS_CARRY,
    PROFIT_RATE,
)
