"""The kinds of dated rules of what stands right of every app."""

from __future__ import annotations

from backoffice.work.terms import TERMS

__all__ = ["TERMS"]
