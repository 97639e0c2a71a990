"""The kinds of dated rules of the project itself, found here when the applications are loaded."""

from __future__ import annotations

from backoffice.work.kinds import COSTS, HANDLING, ORDER
from backoffice.work.terms import TERMS

__all__ = ["COSTS", "HANDLING", "ORDER", "TERMS"]
