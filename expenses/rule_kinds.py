"""The kinds of dated rules of this app; each package declares its own."""

from __future__ import annotations

from expenses.fees.kinds import APPEAL, DUE, RECOVERY, VAT

__all__ = ["APPEAL", "DUE", "RECOVERY", "VAT"]
