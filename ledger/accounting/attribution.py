"""Why the result changed between two evenings: deals, prices, rates, carry, fees, and what was put right since.

Of what stood on the first evening the change of what one unit is worth is taken apart, and adds up: the rate at the old
price, the price at the new rate, the coupon that accrued. What came or went since is worth what it is on the last
evening, its money included: that is what the deals of these days brought.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.events.selectors import KnownAt
from backoffice.kernel.rounding import half_up_minor
from ledger.accounting.books import EXACT, Figure, books_of
from ledger.accounting.chart import SECTION_OF, Line, Section
from ledger.accounting.worths import Worths
from refdata.models import Entity

ZERO = Decimal(0)


class Driver(TextChoices):
    """What moved the result. The order is that of the report."""

    DEALS = "DEALS", _("New deals")
    PRICE = "PRICE", _("Prices")
    FX = "FX", _("Exchange rates")
    CARRY = "CARRY", _("Interest and coupons")
    FEES = "FEES", _("Fees and commissions")
    COSTS = "COSTS", _("Expenses of running the firm")
    OTHER = "OTHER", _("Penalties, differences written off and rounding")
    CORRECTIONS = "CORRECTIONS", _("Corrections of days before")


_OF_LINE = {
    Line.INTEREST: Driver.CARRY, Line.FEES: Driver.FEES, Line.GAINS: Driver.DEALS,
    Line.STAFF_COSTS: Driver.COSTS, Line.RUNNING_COSTS: Driver.COSTS, Line.DEPRECIATION: Driver.COSTS,
    Line.DISPOSALS: Driver.COSTS,
}  # fmt: skip
# What of these lines is worth something else than before is taken apart.
_TAKEN_APART = frozenset({Line.GAINS, Line.REVALUATION})


class Part(NamedTuple):
    """What one driver brought on one account in one asset; below zero it took."""

    driver: Driver
    account_id: int | None
    asset_id: int | None
    amount: Decimal


def by_driver(parts: Iterable[Part]) -> dict[Driver, Decimal]:
    """What each driver brought in all, in the order of the report; those that brought nothing are left out."""
    sums = dict.fromkeys(Driver, ZERO)
    for part in parts:
        sums[part.driver] += part.amount
    return {driver: amount for driver, amount in sums.items() if amount}


Key = tuple[Line, int | None, int | None]


def attributed(
    entity: Entity, eve: date, last: date, *, known: KnownAt, then: KnownAt | None
) -> list[Part]:
    """The change of an entity's result from one evening to another, taken apart; all parts together are the change.

    Both evenings as known now; `then` is what was known on the first of them: what the result of that evening is
    otherwise by now is a correction. In the base currency. Raises NoRateToValue.
    """
    with localcontext(prec=EXACT):
        worths = Worths(entity.base_currency, last, known)
        before = _results(books_of(entity, eve, worths).figures)
        after = _results(books_of(entity, last, worths).figures)
        found = [
            part
            for key in sorted({*before, *after}, key=_order)
            for part in _parts(key, before.get(key), after.get(key), eve, last, worths)
        ]
        if then is not None:
            found += _corrections(entity, eve, before, then, last)
    return found


def _order(key: Key) -> tuple[str, int, int]:
    line, account, asset = key
    return line.value, account or 0, asset or 0


def _results(figures: Sequence[Figure]) -> dict[Key, Figure]:
    return {
        (each.line, each.account_id, each.asset_id): each
        for each in figures
        if SECTION_OF[each.line] == Section.RESULT
    }


def _parts(
    key: Key, before: Figure | None, after: Figure | None, eve: date, last: date, worths: Worths
) -> Iterator[Part]:
    """Each driver rounded by itself; what is left is that of the line."""
    line, account, asset = key
    change = (before.amount if before else ZERO) - (after.amount if after else ZERO)
    left = change
    if line in _TAKEN_APART and before is not None and asset is not None and before.quantity:
        for driver, of_one in worths.apart(asset, eve, last).items():
            amount = half_up_minor(-before.quantity * of_one, worths.minor_unit)
            left -= amount
            if amount:
                yield Part(Driver(driver), account, asset, amount)
    if left:
        yield Part(_rest(line, asset, worths), account, asset, left)


def _rest(line: Line, asset: int | None, worths: Worths) -> Driver:
    """Of what was earned or paid in money of another currency the rate has moved since its own day."""
    if line == Line.REVALUATION and asset in worths.money:
        return Driver.FX
    return _OF_LINE.get(line, Driver.OTHER)


def _corrections(
    entity: Entity, eve: date, now: dict[Key, Figure], then: KnownAt, last: date
) -> Iterator[Part]:
    """What the first evening's result is more by now than it was said to be."""
    known = _results(books_of(entity, eve, Worths(entity.base_currency, last, then)).figures)
    sums: defaultdict[tuple[int | None, int | None], Decimal] = defaultdict(Decimal)
    for figures, sign in ((now, -1), (known, 1)):
        for each in figures.values():
            sums[each.account_id, each.asset_id] += sign * each.amount
    for (account, asset), amount in sums.items():
        if amount:
            yield Part(Driver.CORRECTIONS, account, asset, amount)
