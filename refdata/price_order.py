"""Whose price counts: sources in their order, and for how long what one said is fresh. Pure, a dated rule.

The first source of the order whose last price is fresh. Where none is, the last price of any of them, of one day that
of whoever comes first: it is told as stale. What the order does not name counts for nothing (IFRS 13.72-90 rank inputs
by what they are; which source gives which is the firm's to say).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, NamedTuple, Protocol, TypeVar

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from refdata.dated_rules.kinds import RuleKind, declare

MANUAL = "MANUAL"  # the source of a price that one person proposed and another approved


class PriceOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """`fresh_days`: for how many calendar days after its own a price is fresh."""

    sources: Annotated[tuple[str, ...], Meta(min_length=1, max_length=20)]
    fresh_days: Annotated[int, Meta(ge=0, le=400)] = 5

    def __post_init__(self) -> None:
        if len(set(self.sources)) < len(self.sources):
            raise ValueError("a source is named once")


class Quoted(Protocol):
    @property
    def source(self) -> str: ...
    @property
    def day(self) -> date: ...


Q = TypeVar("Q", bound=Quoted)


class Said(NamedTuple):
    source: str
    day: date


class Day(Struct, frozen=True, forbid_unknown_fields=True):
    """What was said by the evening of a day: by source the day of its last price."""

    on: date
    last: dict[str, date]


def choose(order: PriceOrder, said: Sequence[Q], on: date) -> Q | None:
    """The one that counts of the last that each source said; None where no source of the order said anything."""
    rank = {source: number for number, source in enumerate(order.sources)}
    known = sorted((q for q in said if q.source in rank), key=lambda q: rank[q.source])
    fresh = [q for q in known if (on - q.day).days <= order.fresh_days]
    if fresh:
        return fresh[0]
    return max(known, key=lambda q: (q.day, -rank[q.source]), default=None)


def _of_vector(order: PriceOrder, given: Day) -> str:
    found = choose(order, [Said(*each) for each in given.last.items()], given.on)
    return "" if found is None else found.source


PRICE_ORDER = RuleKind(
    name="price.order",
    title=_("Prices: whose price counts"),
    key_pattern="[A-Z_]{1,20}",  # a kind of instrument
    value=PriceOrder,
    given=Day,
    found=str,
    compute=_of_vector,
)
declare(PRICE_ORDER)
