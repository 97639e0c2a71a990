"""The add-ons of the current exposure method: what a deal may come to cost before it is over. Pure.

By what is dealt and how long it still runs (CRR as adopted in 2013, Art. 274; `rules`, section 12).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from backoffice.kernel.day_counts import months_after
from limits.state import Tenor

WHOLE = Decimal(1)  # what counts of the notional where no add-on is in force
GOLD = "XAU"
METALS = frozenset({"XAG", "XPT", "XPD"})
BUCKETS = (
    (Tenor.UP_TO_1M.value, 1), (Tenor.UP_TO_1Y.value, 12), (Tenor.UP_TO_5Y.value, 60),
    (Tenor.UP_TO_10Y.value, 120),
)  # fmt: skip


class AssetClass(StrEnum):
    """What moves the worth of a deal."""

    RATES = "RATES"
    FX_AND_GOLD = "FX_AND_GOLD"
    EQUITY = "EQUITY"
    PRECIOUS_METALS = "PRECIOUS_METALS"
    COMMODITIES = "COMMODITIES"


class Step(NamedTuple):
    """A rate for what runs up to so many months; None: for whatever runs longer."""

    up_to_months: int | None
    rate: Decimal


def asset_class_of(*, instrument_kind: str | None, traded: str, currency: str) -> AssetClass:
    """By what is dealt against which currency; money against the same money is lent or borrowed."""
    if instrument_kind is not None:
        return AssetClass.RATES if instrument_kind == "BOND" else AssetClass.EQUITY
    if METALS & {traded, currency}:
        return AssetClass.PRECIOUS_METALS
    return AssetClass.RATES if traded == currency else AssetClass.FX_AND_GOLD


def ends_within(on: date, matures_on: date, months: int) -> bool:
    """Whether what runs on a day is over so many months later, that day included."""
    return matures_on <= months_after(on, months, on.day)


def rate_of(steps: Sequence[Step], *, on: date, matures_on: date) -> Decimal:
    """The add-on of the first step that reaches the end; `steps` ascend and the last may be open."""
    for step in steps:
        if step.up_to_months is None or ends_within(on, matures_on, step.up_to_months):
            return step.rate
    return WHOLE


def tenor_of(on: date, matures_on: date) -> str:
    """The bucket of how long something still runs."""
    for tenor, months in BUCKETS:
        if ends_within(on, matures_on, months):
            return tenor
    return Tenor.OVER_10Y.value
