"""Lots of a folder: how they are written, and how they are read. Those of its deals come with the deals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.events.selectors import NO_HORIZON
from backoffice.going_live.books import told
from backoffice.going_live.folder import Folder, Problems, Row
from backoffice.going_live.names import Names, told_twice, unknown
from backoffice.kernel.i18n import gettext_noop
from deals.booking.lots import SOURCE
from ledger.lots.keeping import NewChange, PoolKey
from ledger.lots.models import PoolAccount
from ledger.lots.of_use import changes_of_use
from ledger.taking_on import OPENING
from refdata.models import Entity
from refdata.selectors import reference_data
from settlements.realised.facts import Facts

POOLS = """
SELECT p.id, e.code, o.code, s.code, p.account
  FROM ledger_lotpool p
  JOIN refdata_entity e ON e.id = p.entity_id
  JOIN refdata_party o ON o.id = p.owner_id
  JOIN refdata_asset s ON s.id = p.asset_id
 WHERE p.entity_id = ANY(%(entities)s) ORDER BY p.id
"""
# What stands and is of use, and is not of a deal that the folder tells.
_LOTS = """
SELECT e.code, o.code, p.account, s.code, b.code, c.incoming, c.quantity, c.gross, c.fee, c.currency, c.trade_date,
       c.executed_at, c.sequence,
       CASE WHEN c.source_type NOT IN ('opening', 'deal') THEN c.source_type || ':' || c.source_id END,
       c.part, c.at_cost, e.jurisdiction, e.base_currency
  FROM ledger_lotchange c
  JOIN ledger_lotpool p ON p.id = c.pool_id
  JOIN refdata_entity e ON e.id = p.entity_id
  JOIN refdata_party o ON o.id = p.owner_id
  JOIN refdata_asset s ON s.id = p.asset_id
  LEFT JOIN refdata_book b ON b.id = c.book_id
 WHERE c.id = ANY(%(changes)s) ORDER BY c.id
"""


@dataclass(frozen=True, slots=True)
class _Books:
    """Where the official rates of an entity come from."""

    jurisdiction: str
    base_currency: str


def told_lots(
    entity_ids: Sequence[int], year: int, *, deal_ids: Sequence[int]
) -> Iterator[Sequence[Any]]:
    """Lots that no deal of these tells, with what they cost in the books' currency at the rate of their day."""
    facts = Facts(horizon=NO_HORIZON, entity_ids=list(entity_ids))
    deals = set(deal_ids)
    changes = [
        each.id
        for each in changes_of_use(entity_ids, year)
        if each.source_type != SOURCE or each.source_id not in deals
    ]
    for *row, jurisdiction, base in told(_LOTS, changes=changes):
        in_base = [
            _in_base(facts, amount, row[9], row[10], _Books(jurisdiction, base))
            for amount in row[7:9]
        ]
        yield [*row, *in_base]


def _in_base(
    facts: Facts, amount: Decimal, currency: str, day: date, books: _Books
) -> Decimal | None:
    rate = facts.rate(currency, books, day)
    if rate is None:
        return None
    unit = reference_data().currencies[books.base_currency].minor_unit
    return rate.worth(amount, unit)


@dataclass(slots=True)
class Lots:
    """Pools under their numbers, purchases and sales in them, and what is held that nobody knows the cost of."""

    pools: list[tuple[int, PoolKey]] = field(default_factory=list)
    changes: list[NewChange] = field(default_factory=list)
    without_cost: list[tuple[PoolKey, Decimal]] = field(default_factory=list)


def lots_in(folder: Folder, names: Names, problems: Problems) -> Lots:
    lots = Lots()
    known = set[Any]()
    for row in folder.tables["pools.csv"]:
        key = _pool(row, names, problems)
        if key is not None and not told_twice(problems, row.where, (row["pool"], key), known):
            lots.pools.append((row["pool"], key))
    facts = Facts(horizon=NO_HORIZON, entity_ids=None)
    entities = {row.pk: row for row in Entity.objects.all()}
    for row in folder.tables["lots.csv"]:
        pool = _pool(row, names, problems)
        book = names.find(names.books, row["book"], row.where, problems)
        if pool is None or not _is_sound(row, problems):
            continue
        if row["gross"] is None:
            signed = row["quantity"] if row["incoming"] else -row["quantity"]
            lots.without_cost.append((pool, signed))
            continue
        _compare_cost(facts, entities[pool.entity_id], row, problems)
        change = _change(row, pool, book)
        source = pool.entity_id, change.source_type, change.source_id, change.part
        if not told_twice(problems, row.where, (source,), known):
            lots.changes.append(change)
    return lots


def _change(row: Row, pool: PoolKey, book: int | None) -> NewChange:
    kind, _, number = (row["source"] or f"{OPENING}:{row.line}").partition(":")
    return NewChange(
        pool, book, row["incoming"], row["quantity"], row["gross"], row["fee"] or Decimal(0),
        row["currency"], row["trade_date"], row["executed_at"], row["sequence"], kind, int(number),
        row["part"] or 0, bool(row["at_cost"]),
    )  # fmt: skip


def _pool(row: Row, names: Names, problems: Problems) -> PoolKey | None:
    entity = names.find(names.entities, row["entity"], row.where, problems)
    owner = names.find(names.parties, row["owner"], row.where, problems)
    asset = names.find(names.assets, row["asset"], row.where, problems)
    if row["account"] not in PoolAccount.values:
        unknown(problems, row.where, row["account"])
        return None
    if entity is None or owner is None or asset is None:
        return None
    return PoolKey(entity, owner, asset, row["account"])


def _is_sound(row: Row, problems: Problems) -> bool:
    """Whether it is a purchase or a sale: of something, at a price in money that is known, or at none."""
    priced = row["gross"] is not None
    if row["quantity"] <= 0 or min(row["gross"] or 0, row["fee"] or 0) < 0:
        problems.add(
            *row.where, "below-nothing", gettext_noop("A quantity is above zero, a price and a fee are not below it."),
            gettext_noop("incoming says which way it went."),
        )  # fmt: skip
        return False
    if priced and row["currency"] not in reference_data().currencies:
        unknown(problems, row.where, row["currency"] or "currency")
        return False
    return True


def _compare_cost(facts: Facts, entity: Entity, row: Row, problems: Problems) -> None:
    """What it cost in the books' currency is what our rates make of it."""
    for told_as, amount in (("cost_base", row["gross"]), ("fee_base", row["fee"])):
        if row[told_as] is None:
            continue
        by = _Books(entity.jurisdiction, entity.base_currency)
        ours = _in_base(facts, amount or Decimal(0), row["currency"], row["trade_date"], by)
        if ours != row[told_as]:
            problems.add(
                *row.where, "other-cost",
                gettext_noop("%(column)s is told as %(told)s; at our rate of %(day)s it is %(ours)s."),
                gettext_noop("Load the official rates of that day, or mend the amount."),
                column=told_as, told=str(row[told_as]), day=row["trade_date"], ours=str(ours),
            )  # fmt: skip
