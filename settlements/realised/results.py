"""What is said of one closing of lots: each side in its currency, both in base currency, and what is missing."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from settlements.realised.facts import Pool, Rate

COUNTED = ("OK", "OLD_RATE")


class Part(NamedTuple):
    """One side of a closing, in minor units of a currency, and the rate of its day."""

    currency: str
    unit: int
    gross: int
    fee: int
    rate: Rate | None


class InBase(NamedTuple):
    """Both sides of a closing in minor units of the entity's base currency."""

    proceeds: int
    sale_fee: int
    cost: int
    purchase_fee: int

    @property
    def result(self) -> int:
        return self.proceeds - self.sale_fee - self.cost - self.purchase_fee


class Closing(NamedTuple):
    """So much of one change that closed so much of another.

    `quantity` counts units of 10^-`places`. `held` are the days and full years from the purchase's settlement to the
    sale's; none for a short sale. `state` says what is missing: only what is in COUNTED is of use `in_base`.
    """

    pool: Pool
    tax_base: str | None
    opening: str
    opening_day: date
    closing: str
    closing_day: date
    realised: date
    quantity: int
    places: int
    held: tuple[int, int] | None
    sale: Part
    purchase: Part
    state: str
    in_base: InBase


class Cut(NamedTuple):
    """Where a closing lies on the axis of one of its changes: from `start` to `end` of `whole`.

    `change` is the number of the change (0: what an issuer paid back, which is none); `gross` the amount, in minor
    units, that lies along the axis: after a corporate action what of the change was carried on.
    """

    change: int
    start: int
    end: int
    whole: int
    gross: int


class CutClosing(NamedTuple):
    closing: Closing
    bought: Cut
    sold: Cut
