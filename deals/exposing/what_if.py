"""What would become of limits: by a deal not yet made, by a price that moves, by another cap.

Everything is looked at in a transaction that cannot write.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.exposing.asking import CAPTURE, ask
from deals.exposing.holdings import holding_differences
from deals.exposing.live import live_deals
from deals.exposing.losses import loss_differences
from deals.exposing.netting import netted_differences, netting_agreements
from deals.exposing.recomputing import CHUNK, differences_of
from deals.exposing.totals import total_differences
from deals.exposing.valuing import Market
from deals.terms import Terms
from limits.selectors import available, limit_of, limits_at
from limits.state import POSITIONS
from refdata.quotes import StoredRate
from refdata.selectors import ReferenceData, reference_data

MOST_DEALS = 20_000  # that a price shock is worked out over
LARGEST_SHOCK = Decimal(1_000)
_NOTHING, _HUNDRED = Decimal(0), Decimal(100)


class ShockNotPossible(Invalid):
    code = "shock-not-possible"
    title = gettext_noop("Such a move of prices cannot be tried")
    detail = gettext_noop("%(percent)s %% of %(what)s.")
    hint = gettext_noop(
        "Name an instrument or a currency that is known, or neither for all prices, and a percentage"
        " above -100."
    )


class Effect(NamedTuple):
    """A limit before and after: what is used of it, and its cap."""

    limit: Any  # of `with_overrides`
    used: Decimal
    cap: Decimal

    @property
    def available_before(self) -> Decimal:
        return available(self.limit)

    @property
    def available_after(self) -> Decimal:
        left: Decimal = self.cap + self.limit.in_force - self.used - self.limit.reserved
        return max(left, _NOTHING)

    @property
    def excess_after(self) -> Decimal:
        over: Decimal = self.used + self.limit.reserved - self.cap - self.limit.in_force
        return max(over, _NOTHING)


class Found(NamedTuple):
    """The limits that would change; `whole` unless there were more deals than are looked at."""

    effects: list[Effect]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Shock:
    """So many per cent on an instrument's price, on a currency against all others, or on all prices."""

    percent: Decimal
    instrument: str = ""
    currency: str = ""

    @property
    def factor(self) -> Decimal:
        return 1 + self.percent / _HUNDRED


class ShockedMarket(Market):
    """The market of a day after a shock."""

    def __init__(
        self, reference: ReferenceData, day: date, instrument_ids: Collection[int], *, shock: Shock
    ) -> None:
        super().__init__(reference, day, instrument_ids)
        self.shock = shock
        only = reference.instruments[shock.instrument].asset_id if shock.instrument else None
        if not shock.currency:
            self.prices = {
                id: price._replace(value=price.value * shock.factor)
                if only in (None, id)
                else price
                for id, price in self.prices.items()
            }

    def _latest(
        self, base: str, quote: str, day: date, known_at: datetime | None
    ) -> StoredRate | None:
        row = super()._latest(base, quote, day, known_at)
        if row is None or self.shock.currency not in (row.base, row.quote):
            return row
        factor = self.shock.factor if row.base == self.shock.currency else 1 / self.shock.factor
        return row._replace(value=row.value * factor)


@contextmanager
def nothing_written() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        yield


def if_dealt(terms: Terms, *, actor: User, at: datetime) -> Found:
    """After a deal that nobody has made yet. Raises InvalidDeal, NoRate, OutOfScope."""
    with nothing_written():
        uses = [use for use in ask(terms, actor=actor, at=at).uses if use.taken == CAPTURE]
    more: dict[int, Decimal] = {}
    for use in uses:
        added = use.need.amount if use.exact is None else use.exact.after - use.exact.before
        more[use.limit.pk] = more.get(use.limit.pk, _NOTHING) + added  # signed
    rows = {use.limit.pk: use.limit for use in uses}
    return Found([Effect(row, _used(row, more[id]), row.cap) for id, row in rows.items()])


def _used(row: Any, more: Decimal) -> Decimal:
    used: Decimal = abs(row.net + more) if row.kind in POSITIONS else row.used + more
    return used


def if_capped(reference: str, amount: Decimal, *, actor: User, at: datetime) -> Found:
    """With another cap. Raises NotFound."""
    with nothing_written():
        row = limit_of(reference, visible_to=actor, at=at)
    return Found([Effect(row, row.used, amount)])


def if_moved(shock: Shock, *, business_date: date, actor: User, at: datetime) -> Found:
    """After prices have moved, of the limits that the asker sees. Raises ShockNotPossible."""
    reference = reference_data()
    _require_known(shock, reference)
    with nothing_written():
        more, whole = _moved(partial(ShockedMarket, shock=shock), reference, business_date)
        rows = limits_at(at, visible_to=actor).filter(pk__in=more).order_by("pk")
        effects = [Effect(row, _used(row, more[row.pk]), row.cap) for row in rows]
    return Found(effects, whole)


def _moved(
    market_of: Callable[..., Market], reference: ReferenceData, day: date
) -> tuple[Mapping[int, Decimal], bool]:
    """By how much what is used of each limit would change."""
    more: dict[int, Decimal] = {}
    after, looked = 0, 0
    chosen = {
        "all": True, "instruments": [], "rates": False, "most": CHUNK, "day": day, "after": 0,
    }  # fmt: skip
    while looked < MOST_DEALS and (deals := live_deals(chosen | {"after": after})):
        after, looked = deals[-1].id, looked + len(deals)
        priced = {deal.instrument_id for deal in deals if deal.instrument_id is not None}
        found = differences_of(deals, market_of(reference, day, priced))[1]
        for each in found:
            delta = (each.after or _NOTHING) - (each.before or _NOTHING)
            more[each.limit_id] = more.get(each.limit_id, _NOTHING) + delta
    losses, holdings = loss_differences(day, market_of), holding_differences(day, market_of)
    for each in [*losses[1], *holdings[1], *total_differences(day, market_of)]:
        delta = (each.after or _NOTHING) - (each.before or _NOTHING)
        more[each.limit_id] = more.get(each.limit_id, _NOTHING) + delta
    whole = looked < MOST_DEALS or not live_deals(chosen | {"after": after, "most": 1})
    for agreement_id in netting_agreements(day):
        netted = netted_differences(agreement_id, day, market_of)
        for each in [*netted.alone, *netted.together]:
            delta = (each.after or _NOTHING) - (each.before or _NOTHING)
            more[each.limit_id] = more.get(each.limit_id, _NOTHING) + delta
    return {id: delta for id, delta in more.items() if delta}, whole


def _require_known(shock: Shock, reference: ReferenceData) -> None:
    known = (
        (not shock.instrument or shock.instrument in reference.instruments)
        and (not shock.currency or shock.currency in reference.currencies)
        and not (shock.instrument and shock.currency)
    )
    if not known or not -_HUNDRED < shock.percent <= LARGEST_SHOCK:
        what = shock.instrument or shock.currency or "all prices"
        raise ShockNotPossible(percent=f"{shock.percent.normalize():f}", what=what)
