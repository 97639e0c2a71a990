"""The tables of limits: they themselves with what is taken of them, and what is proposed about them."""

from limits.models.changes import CapChange, Closing, LimitChange, Opening, Override
from limits.models.limits import Breach, Hold, Limit, Reservation

__all__ = [
    "Breach",
    "CapChange",
    "Closing",
    "Hold",
    "Limit",
    "LimitChange",
    "Opening",
    "Override",
    "Reservation",
]
