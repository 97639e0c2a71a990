"""An amount with its currency: what may be added, compared and converted, and what may not. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backoffice.kernel.errors import Broken
from backoffice.kernel.rounding import allocate, half_up_minor


class CurrencyMismatch(Broken):
    """Two currencies were added or compared: a defect, never the user's fault."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, exact: rounding happens in the named steps below and nowhere else."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def rounded(self, minor_unit: int) -> Money:
        """To the currency's minor unit, half up."""
        return Money(half_up_minor(self.amount, minor_unit), self.currency)

    def converted(self, rate: Decimal, into: str, minor_unit: int) -> Money:
        """At `rate` units of `into` for one of ours, half up to the minor unit of `into`."""
        return Money(half_up_minor(self.amount * rate, minor_unit), into)

    def split(self, weights: Sequence[Decimal], minor_unit: int) -> list[Money]:
        """By weights, so that the parts sum to the whole. Raises ValueError for bad weights."""
        parts = allocate(self.amount, weights, minor_unit)
        return [Money(part, self.currency) for part in parts]

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix")
        return other.amount
