"""Whether we withhold the income tax of an individual from whom we buy, and how much. Pure.

Who is a tax agent depends on the role (Tax Code of Russia art. 226.1): a broker or commissioner acting in
the individual's interest is one, a buyer on own account is not, and the seller declares. The rows are
to be reviewed by counsel, and say so (`legal_review`).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from refdata.dated_rules.kinds import Number


class TaxAgentMode(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether we are the agent, and the rates: up to a threshold, above it, and for non-residents."""

    agent: bool
    legal_review: bool = True
    rate: Number = "0.13"
    higher_rate: Number = "0.15"
    threshold: Number = "2400000"
    non_resident_rate: Number = "0.30"


class Sale(Struct, frozen=True, forbid_unknown_fields=True):
    """What the seller receives, what the seller can show to have paid, and whether a resident sells."""

    income: Number
    cost: Number = "0"
    resident: bool = True


def tax_withheld(mode: TaxAgentMode, income: Decimal, cost: Decimal, *, resident: bool) -> Decimal:
    """The tax on this income alone, in whole rubles, half up (art. 52 p. 6, art. 214.1); never below zero."""
    if not mode.agent:
        return Decimal(0)
    base = max(income - cost, Decimal(0))
    if not resident:
        tax = base * Decimal(mode.non_resident_rate)
    else:
        lower = min(base, Decimal(mode.threshold))
        tax = lower * Decimal(mode.rate) + (base - lower) * Decimal(mode.higher_rate)
    return tax.quantize(Decimal(1), ROUND_HALF_UP)
