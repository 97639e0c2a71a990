"""The kinds of dated rules of this app."""

from __future__ import annotations

from reconciliation.matching.kinds import RECON_RULES

__all__ = ["RECON_RULES"]
