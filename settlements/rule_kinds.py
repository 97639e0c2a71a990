"""The kinds of dated rules of this app; each package declares its own."""

from __future__ import annotations

from settlements.clearing.kinds import CUT_OFFS
from settlements.fails.kinds import CASH_RATE, COLLECTION, PENALTY_RATE, SCHEME, TERMS

__all__ = ["CASH_RATE", "COLLECTION", "CUT_OFFS", "PENALTY_RATE", "SCHEME", "TERMS"]
