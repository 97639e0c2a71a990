"""Every rounding has a name and stands here. Half up unless a rule says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

_UNITS = {digits: Decimal(1).scaleb(-digits) for digits in range(13)}


def half_up_minor(amount: Decimal, minor_unit: int) -> Decimal:
    """To the currency's minor unit (0, 2 or 3 decimals), half away from zero."""
    return amount.quantize(_UNITS[minor_unit], ROUND_HALF_UP)


def half_up_whole(amount: Decimal) -> Decimal:
    """To whole units, half away from zero; Russian tax is so rounded (NK Art. 52 p. 6)."""
    return amount.quantize(_UNITS[0], ROUND_HALF_UP)


def allocate(total: Decimal, weights: Sequence[Decimal], minor_unit: int) -> list[Decimal]:
    """Split a total by weights so that the parts sum to it: largest remainders get the residue.

    Raises ValueError for negative weights or when all are zero.
    """
    whole = sum(weights, Decimal(0))
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be positive")
    unit = _UNITS[minor_unit]
    exact = [total * weight / whole for weight in weights]
    parts = [share.quantize(unit, ROUND_DOWN) for share in exact]
    residue = total - sum(parts, Decimal(0))
    step = unit if residue >= 0 else -unit
    order = sorted(range(len(parts)), key=lambda i: (-abs(exact[i] - parts[i]), i))
    for number in range(int(abs(residue) / unit)):
        parts[order[number % len(parts)]] += step
    return parts
