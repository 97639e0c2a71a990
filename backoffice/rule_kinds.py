"""The kinds of dated rules of what stands right of every app."""

from __future__ import annotations

from backoffice.work.terms import TERMS

__all__ = ["TERMS"]
"""The kinds of dated rules of the project itself, found here when the applications are loaded."""

from backoffice.work.kinds import COSTS, ORDER

__all__ = ["COSTS", "ORDER"]
