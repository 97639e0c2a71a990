"""What to do where money lacks: transfers between our own accounts, else foreign exchange or borrowing. Pure.

Day by day, the largest lack first: what one other account can give whole is taken from the one that has the least
to spare for it, else from those that have the most until nothing lacks. An account gives what it can spare on
every day from then on, and never comes below its own least. A transfer has the last value date on or before the
day of the lack that is open at both places and in the currency, and whose cut-offs have not passed. What no
account of ours can give is a named amount with its deadline: bought with a currency that we have too much of where
that settles in time, else borrowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.business_days import ONE_DAY
from settlements.ladder.rules import ZERO, Key, Line


class Way(TextChoices):
    """How a lack is met."""

    TRANSFER = "TRANSFER", _("Transfer between our accounts")
    FX = "FX", _("Buy with another currency")
    BORROW = "BORROW", _("Borrow")


class Proposal(NamedTuple):
    """So much to an account on a value date, from where, until when; `lack_day` is the day on which it lacks."""

    way: Way
    to: Key
    amount: Decimal
    lack_day: date
    value_date: date
    deadline: datetime | None
    source: Key | None = None  # the account that gives it; of FX the one in the other currency
    spared: Decimal = ZERO  # what the source could spare on that day, in its own currency
    lacked: Decimal = ZERO  # what lacked before


@dataclass(frozen=True, slots=True)
class Possible:
    """What the world allows from a first day on: value dates, deals in currencies, deadlines, conversions."""

    first: date
    transfer_date: Callable[[Key, Key, date], date | None]
    deadline: Callable[[Key, Key | None, date], datetime | None]
    exchange: Callable[[Key, date], bool]  # whether the currency can be bought for that value date
    worth: Callable[
        [Decimal, Key, Key], Decimal | None
    ]  # an amount of one in the currency of another


@dataclass(slots=True)
class _Account:
    """What stands on an account over the days, as proposals change it."""

    line: Line
    changed: dict[date, Decimal] = field(default_factory=dict)

    def covered(self, on: date) -> Decimal:
        """What stands there at the end of a day beyond its least."""
        day = next(each for each in reversed(self.line.days) if each.date <= on)
        more = sum((amount for at, amount in self.changed.items() if at <= on), ZERO)
        return day.covered - day.standing.least + more

    def spares(self, on: date) -> Decimal:
        """What it can give from a day on: the least that it has to spare until the last day."""
        days = [each for each in self.line.days if each.date >= on] or self.line.days[-1:]
        if any(each.standing.restricted for each in days) or on < self.line.days[0].date:
            return ZERO
        return max(min(self.covered(max(each.date, on)) for each in days), ZERO)

    def change(self, on: date, amount: Decimal) -> None:
        self.changed[on] = self.changed.get(on, ZERO) + amount


def proposals_of(lines: Iterable[Line], possible: Possible) -> list[Proposal]:
    """What to do about every lack of some lines, in the order of the days. All of them are of our own money."""
    accounts = {line.key: _Account(line) for line in lines if line.days}
    days = {day.date for each in accounts.values() for day in each.line.days}
    found: list[Proposal] = []
    for on in sorted(day for day in days if day >= possible.first):
        lacking = [
            (each, -each.covered(on))
            for each in accounts.values()
            if each.covered(on) < 0 and each.line.days[0].date <= on
        ]
        for each, lack in sorted(lacking, key=lambda pair: (-pair[1], str(pair[0].line.key))):
            found += _meet(each, lack, on, accounts, possible)
    return found


class _Giver(NamedTuple):
    account: _Account
    value_date: date
    spares: Decimal


def _meet(
    lacking: _Account, lack: Decimal, on: date, accounts: Mapping[Key, _Account], possible: Possible
) -> list[Proposal]:
    """The transfers that meet a lack, and what is left for the market."""
    key, found, left = lacking.line.key, [], lack
    for giver in _chosen(list(_givers(lacking, on, accounts, possible)), lack):
        amount = min(left, giver.spares)
        source = giver.account.line.key
        found.append(Proposal(
            Way.TRANSFER, key, amount, on, giver.value_date,
            possible.deadline(key, source, giver.value_date), source, giver.spares, lack,
        ))  # fmt: skip
        giver.account.change(giver.value_date, -amount)
        lacking.change(giver.value_date, amount)
        left -= amount
    if left:
        found.append(_outside(lacking, left, on, accounts, possible))
        lacking.change(on, left)
    return found


def _givers(
    lacking: _Account, on: date, accounts: Mapping[Key, _Account], possible: Possible
) -> Iterable[_Giver]:
    key = lacking.line.key
    for other, account in accounts.items():
        if other == key or other[:2] != key[:2] or other.asset_id != key.asset_id:
            continue
        value_date = possible.transfer_date(other, key, on)
        if value_date is not None and (spares := account.spares(value_date)) > 0:
            yield _Giver(account, value_date, spares)


def _chosen(givers: Sequence[_Giver], lack: Decimal) -> list[_Giver]:
    """As few as meet it: the one with the least that is enough, else the largest until it is."""

    def name(giver: _Giver) -> str:
        return str(giver.account.line.key)

    enough = sorted(
        (g for g in givers if g.spares >= lack), key=lambda giver: (giver.spares, name(giver))
    )
    if enough:
        return enough[:1]
    found, left = [], lack
    for giver in sorted(givers, key=lambda giver: (-giver.spares, name(giver))):
        if left <= 0:
            break
        found.append(giver)
        left -= giver.spares
    return found


def _outside(
    lacking: _Account, left: Decimal, on: date, accounts: Mapping[Key, _Account], possible: Possible
) -> Proposal:
    """Bought with the currency of which we have the most to spare, where that settles in time; else borrowed."""
    key = lacking.line.key
    best: tuple[Decimal, str, Key, Decimal] | None = None
    for other, account in accounts.items() if possible.exchange(key, on) else ():
        if other[:2] != key[:2] or other.asset_id == key.asset_id:
            continue
        spares = account.spares(on)
        worth = possible.worth(spares, other, key) if spares else None
        if worth is not None and worth >= left and (best is None or worth > best[0]):
            best = (worth, str(other), other, spares)
    deadline = possible.deadline(key, None, on)
    if best is None:
        return Proposal(Way.BORROW, key, left, on, on, deadline, lacked=left)
    source, spares = best[2], best[3]
    price = possible.worth(left, key, source)
    accounts[source].change(on, -min(price or ZERO, spares))
    return Proposal(Way.FX, key, left, on, on, deadline, source, spares, left)


def last_value_date(on: date, *, first: date, allowed: Callable[[date], bool]) -> date | None:
    """The last allowed day on or before another, not before the first; None where there is none."""
    day = on
    while day >= first:
        if allowed(day):
            return day
        day -= ONE_DAY
    return None
