"""The books of an entity in its base currency: every account in every asset, at what it is worth, on its line.

By the trade date and at fair value: so our books are kept. What is earned, paid and contributed is worth what it was on
its own day (IAS 21.21, 21.23); what its asset is worth otherwise by now is the exchange and price difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple

from django.db import connection

from backoffice.kernel.errors import Broken
from backoffice.kernel.rounding import half_up_minor
from ledger.accounting.chart import Line
from ledger.accounting.lines import AS_OF_ITS_DAY, is_measured, line_of, line_of_another
from ledger.accounting.worths import Lacking, Worths
from ledger.selectors import Balance, balances, moved_by_day
from ledger.state import AccountKind
from refdata.models import Entity

ZERO = Decimal(0)
EXACT = 80  # digits: no product of a quantity and a worth is ever cut


class Figure(NamedTuple):
    """What an account has of an asset, on its line: how much, what one unit is worth, and all of it.

    `worth` is None where it came of many days, each with its own. Without an account it is of all who are not us
    together, without an asset what rounding left.
    """

    line: Line
    account_id: int | None
    asset_id: int | None
    quantity: Decimal
    worth: Decimal | None
    amount: Decimal


class Books(NamedTuple):
    """All figures, debits above zero: they come to nothing. `lacking` says of what a price or rate of its day lacks."""

    figures: Sequence[Figure]
    lacking: Sequence[Lacking]


def sums_of(figures: Iterable[Figure]) -> dict[Line, Decimal]:
    """What each line comes to, in the order of the statements; lines without anything are left out."""
    found: defaultdict[Line, Decimal] = defaultdict(Decimal)
    for each in figures:
        found[each.line] += each.amount
    return {line: found[line] for line in Line if found[line]}


_ACCOUNTS = """
SELECT a.id, a.kind, a.owner_id = e.own_party_id
  FROM ledger_ledgeraccount a JOIN refdata_entity e ON e.id = a.entity_id WHERE a.entity_id = %s
"""


def books_of(entity: Entity, day: date, worths: Worths) -> Books:
    """The books of an entity at the end of a day, as known by what its assets are worth. Raises NoRateToValue."""
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, [entity.pk])
        rows = cursor.fetchall()
    kinds = {id: AccountKind(kind) for id, kind, _is_ours in rows}
    ours = {id: kinds[id] for id, _kind, is_ours in rows if is_ours}
    with localcontext(prec=EXACT):
        found = balances(as_of=day, known=worths.known, account_ids=list(kinds))
        others = [row for row in found if row.account_id not in ours]
        measured = _of_others(others, kinds, day, worths)
        measured += _of_ours([row for row in found if row.account_id in ours], ours, day, worths)
        if sum((each.amount for each in measured), ZERO):
            raise Broken(f"the books of {entity.code} do not come to nothing on {day}")
        figures = [
            each._replace(amount=half_up_minor(each.amount, worths.minor_unit)) for each in measured
        ]
        left = -sum((each.amount for each in figures), ZERO)
        figures.append(Figure(Line.REVALUATION, None, None, ZERO, None, left))
    return Books([each for each in figures if each.amount], sorted(worths.lacking))


def _of_others(
    rows: Iterable[Balance], accounts: Mapping[int, AccountKind], day: date, worths: Worths
) -> list[Figure]:
    """What is not ours, of all of them together."""
    sums: defaultdict[tuple[Line, int], Decimal] = defaultdict(Decimal)
    for row in rows:
        line = line_of_another(accounts[row.account_id], is_money=row.asset_id in worths.money)
        sums[line, row.asset_id] += row.amount
    return [
        Figure(line, None, asset, amount, worth := worths.of(asset, day), amount * worth)
        for (line, asset), amount in sorted(sums.items()) if amount
    ]  # fmt: skip


def _of_ours(
    rows: Sequence[Balance], accounts: Mapping[int, AccountKind], day: date, worths: Worths
) -> list[Figure]:
    of_asset: defaultdict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        if is_measured(accounts[row.account_id]):
            of_asset[row.asset_id] += row.amount
    found, before = [], _as_of_their_days(accounts, day, worths)
    for account, asset, amount in rows:
        kind, worth = accounts[account], worths.of(asset, day)
        line = line_of(
            kind, is_money=asset in worths.money, amount=amount, of_asset=of_asset[asset]
        )
        was = before.pop((account, asset), None)
        if was is None:
            found.append(Figure(line, account, asset, amount, worth, amount * worth))
        else:
            found += _revalued(line, account, asset, amount, was, amount * worth)
    for (account, asset), was in before.items():  # what came and went, at another worth
        line = AS_OF_ITS_DAY[accounts[account]]
        found += _revalued(line, account, asset, ZERO, was, ZERO)
    return found


def _revalued(
    line: Line, account: int, asset: int, amount: Decimal, was: Decimal, now: Decimal
) -> tuple[Figure, Figure]:
    return (
        Figure(line, account, asset, amount, None, was),
        Figure(Line.REVALUATION, account, asset, amount, None, now - was),
    )


def _as_of_their_days(
    accounts: Mapping[int, AccountKind], day: date, worths: Worths
) -> dict[tuple[int, int], Decimal]:
    """What earnings, expenses and capital were worth on the days that they came of."""
    ids = [id for id, kind in accounts.items() if kind in AS_OF_ITS_DAY]
    found: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for row in moved_by_day(as_of=day, known=worths.known, account_ids=ids):
        found[row.account_id, row.asset_id] += row.amount * worths.of(row.asset_id, row.day)
    return found
