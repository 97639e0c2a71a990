"""The kinds of dated rules of this app; each package declares its own."""

from __future__ import annotations

from settlements.actions.kinds import ACCRUAL, WITHHOLDING
from settlements.clearing.kinds import CUT_OFFS
from settlements.cycling.kinds import CYCLES
from settlements.deadlines.kinds import CUT_OFFS as PLACE_CUT_OFFS
from settlements.fails.kinds import CASH_RATE, COLLECTION, PENALTY_RATE, SCHEME, TERMS
from settlements.fails.processing.kinds import CHASE_FAIL
from settlements.ladder.kinds import LEAST_CASH
from settlements.netting import kinds as netting
from settlements.parting.kinds import PARTIALS
from settlements.purchases.processing.kinds import BUY_FROM_INDIVIDUAL
from settlements.running.objectives import OBJECTIVE

__all__ = [
    "ACCRUAL",
    "BUY_FROM_INDIVIDUAL",
    "CASH_RATE",
    "CHASE_FAIL",
    "COLLECTION",
    "CUT_OFFS",
    "CYCLES",
    "LEAST_CASH",
    "OBJECTIVE",
    "PARTIALS",
    "PENALTY_RATE",
    "PLACE_CUT_OFFS",
    "SCHEME",
    "TERMS",
    "WITHHOLDING",
    "netting",
]
