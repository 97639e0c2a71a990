"""The kinds of dated rules of this app, found here when the applications are loaded."""

from __future__ import annotations

from reporting.productivity.kinds import PRODUCTIVITY

__all__ = ["PRODUCTIVITY"]
