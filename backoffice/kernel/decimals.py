"""Numbers as people and programs send them, and as we send them back. No float ever."""

from __future__ import annotations

import re
from decimal import Decimal

# ASCII digits only: Decimal() itself takes NaN, Infinity, 1e400, 1_0 and Arabic digits.
PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?\Z", re.ASCII)


def parse(text: str, *, scale: int = 12, precision: int = 28) -> Decimal:
    """A decimal from plain notation. Raises ValueError for anything else, or too many digits."""
    if not PLAIN.match(text):
        raise ValueError("not a plain decimal number")
    _, _, fraction = text.partition(".")
    if len(fraction) > scale or len(text.lstrip("-").replace(".", "")) > precision:
        raise ValueError("too many digits")
    return Decimal(text)


def plain(value: Decimal) -> str:
    """Plain notation without an exponent and without zeros that say nothing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
