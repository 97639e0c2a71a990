"""Amounts as files spell them: exact decimals, with a sign only where the format has one."""

from __future__ import annotations

import re
from decimal import Decimal

MOST_DIGITS = 18  # of an amount, as in ISO 20022; what is stored holds 20 before the sign
SWIFT = re.compile(r"[0-9]{1,24}(?:,[0-9]{0,6})?\Z", re.ASCII)
DOTTED = re.compile(r"[0-9]{1,24}(?:\.[0-9]{0,6})?\Z", re.ASCII)
XML = re.compile(r"\+?(?:[0-9]{1,24}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})\Z", re.ASCII)

# Currencies whose minor unit is not two decimals (ISO 4217).
MINOR_UNITS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
         "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}  # fmt: skip


def places_of(currency: str) -> int:
    """How many decimals an amount of a currency may have at most."""
    return MINOR_UNITS.get(currency, 2)


def swift_amount(text: str, *, comma: bool = True) -> Decimal:
    """`40000,00`, `0,`, with leading zeros as banks send them. Raises ValueError.

    The comma is part of an amount (ISO 15022): where it is missing, the rest was cut off with it.
    """
    if not SWIFT.match(text) or (comma and "," not in text):
        raise ValueError("not an amount with a comma")
    return _bounded(text.replace(",", "."))


def dotted_amount(text: str) -> Decimal:
    """`40000.00` or `14000`. Raises ValueError."""
    if not DOTTED.match(text):
        raise ValueError("not an amount with a dot")
    return _bounded(text)


def xml_amount(text: str) -> Decimal:
    """A decimal of XML that is not negative. Raises ValueError."""
    if not XML.match(text):
        raise ValueError("not a decimal")
    return _bounded(text)


def _bounded(text: str) -> Decimal:
    digits = text.lstrip("+0").replace(".", "")
    if len(digits) > MOST_DIGITS:
        raise ValueError("too many digits")
    return Decimal(text)


def swift(amount: Decimal) -> str:
    """An amount of a SWIFT message: no exponent, no zeros that say nothing, always a comma."""
    whole, _, fraction = f"{amount:f}".partition(".")
    return f"{whole},{fraction.rstrip('0')}"


def dotted(amount: Decimal) -> str:
    """An amount of a Russian bank file: two decimals and a dot."""
    return f"{amount:.2f}"
