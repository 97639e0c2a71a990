"""What books must agree with before they are opened: lots, what depositories and banks say, what has accrued.

Everything is compared as it would stand in our books, after all was written and before anybody sees it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.going_live.books import told
from backoffice.going_live.folder import Folder, Problems, Row
from backoffice.going_live.lots import Lots
from backoffice.going_live.names import Names
from backoffice.kernel.i18n import gettext_noop
from refdata.selectors import reference_data

# What owners who trade through us have in securities, or will have when all is settled: by owner.
_POSITIONS = """
SELECT e.code, o.code, s.code, sum(l.amount)
  FROM ledger_line l
  JOIN ledger_ledgeraccount a ON a.id = l.account_id AND a.kind IN
       ('HOLDING', 'SETTLEMENT', 'NETTING', 'CONVERSION', 'USE')
  JOIN refdata_entity e ON e.id = a.entity_id
  JOIN refdata_party o ON o.id = a.owner_id AND (o.id = e.own_party_id OR 'CLIENT' = ANY(o.roles))
  JOIN refdata_asset s ON s.id = l.asset_id AND s.kind = 'SECURITY'
 WHERE a.entity_id = ANY(%(entities)s) AND l.effective_date <= %(day)s
 GROUP BY 1, 2, 3 HAVING sum(l.amount) <> 0
 ORDER BY 1, 2, 3
"""
_IN_LOTS = """
SELECT e.code, o.code, s.code, sum(CASE WHEN c.incoming THEN c.quantity ELSE -c.quantity END)
  FROM ledger_lotchange c
  JOIN ledger_lotpool p ON p.id = c.pool_id
  JOIN refdata_entity e ON e.id = p.entity_id
  JOIN refdata_party o ON o.id = p.owner_id
  JOIN refdata_asset s ON s.id = p.asset_id
 WHERE c.entity_id = ANY(%(entities)s) AND c.reverses_id IS NULL
   AND NOT EXISTS (SELECT FROM ledger_lotchange r WHERE r.reverses_id = c.id)
 GROUP BY 1, 2, 3
"""
_AT_PLACES = """
SELECT e.code, p.code, o.code, s.code, sum(l.amount)
  FROM ledger_line l
  JOIN ledger_ledgeraccount a ON a.id = l.account_id AND a.kind = %(kind)s
  JOIN refdata_entity e ON e.id = a.entity_id
  JOIN refdata_place p ON p.id = a.place_id
  JOIN refdata_party o ON o.id = a.owner_id
  JOIN refdata_asset s ON s.id = l.asset_id
 WHERE a.entity_id = ANY(%(entities)s) AND l.effective_date <= %(day)s
 GROUP BY 1, 2, 3, 4 HAVING sum(l.amount) <> 0
 ORDER BY 1, 2, 3, 4
"""
Sums = dict[tuple[str, ...], Decimal]


def positions(entity_ids: Sequence[int], day: date) -> Sums:
    return _sums(_POSITIONS, entities=list(entity_ids), day=day)


def in_lots(entity_ids: Sequence[int]) -> Sums:
    return _sums(_IN_LOTS, entities=list(entity_ids))


def at_places(entity_ids: Sequence[int], day: date, kind: str) -> Sums:
    """What stands at places in securities (`HOLDING`) or money (`CASH`): by place, owner and asset."""
    return _sums(_AT_PLACES, entities=list(entity_ids), day=day, kind=kind)


def sums_of(rows: Iterable[Row], columns: Sequence[str], amount: str) -> Sums:
    """What the rows of a file come to, by some of their columns."""
    sums: Sums = {}
    for row in rows:
        key = tuple(row[column] for column in columns)
        sums[key] = sums.get(key, Decimal(0)) + row[amount]
    return sums


def _sums(query: str, **facts: Any) -> Sums:
    return {tuple(row[:-1]): row[-1] for row in told(query, **facts)}


def accruals(entity_ids: Sequence[int], day: date) -> Iterator[tuple[str, str, str, Decimal, str]]:
    """What bonds have accrued by the evening of a day, in their currency."""
    reference = reference_data()
    for (entity, owner, asset), quantity in positions(entity_ids, day).items():
        instrument = reference.instruments.get(asset)
        bond = reference.bonds.get(instrument.asset_id) if instrument else None
        if bond is not None and bond.coupon_on(day) is not None:
            unit = reference.currencies[bond.currency].minor_unit
            yield entity, owner, asset, bond.accrued(quantity, day, unit), bond.currency


def prove(
    folder: Folder, names: Names, lots: Lots, entity_ids: Sequence[int], problems: Problems
) -> None:
    """Every difference is a problem."""
    in_pools = defaultdict(Decimal, in_lots(entity_ids))
    entities = {id: code for code, id in names.entities.items()}
    parties = {id: code for code, id in names.parties.items()}
    assets = {id: code for code, id in names.assets.items()}
    for pool, signed in lots.without_cost:
        in_pools[entities[pool.entity_id], parties[pool.owner_id], assets[pool.asset_id]] += signed
    day = folder.day
    _compare("lots.csv", positions(entity_ids, day), dict(in_pools), problems)
    for file, kind, amount in (
        ("depository.csv", "HOLDING", "quantity"),
        ("bank.csv", "CASH", "amount"),
    ):
        asset_column = "asset" if kind == "HOLDING" else "currency"
        stated = sums_of(folder.tables[file], ("entity", "place", "owner", asset_column), amount)
        _compare(file, at_places(entity_ids, day, kind), stated, problems)
    ours: Sums = {(e, o, a, c): amount for e, o, a, amount, c in accruals(entity_ids, day)}
    accrued: Sums = {
        (r["entity"], r["owner"], r["asset"], r["currency"]): r["accrued"]
        for r in folder.tables["accruals.csv"]
    }
    _compare("accruals.csv", ours, accrued, problems)


def _compare(file: str, ours: Sums, theirs: Sums, problems: Problems) -> None:
    for key in sorted(ours.keys() | theirs.keys()):
        by_books, by_file = ours.get(key, Decimal(0)), theirs.get(key, Decimal(0))
        if by_books != by_file:
            problems.add(
                file, 0, "differs",
                gettext_noop("%(what)s: %(file)s by the file, %(books)s by the books."),
                gettext_noop("Find which of both is wrong, and mend it there: nothing is opened with a difference."),
                what=" ".join(key), file=f"{by_file.normalize() + 0:f}", books=f"{by_books.normalize() + 0:f}",
            )  # fmt: skip
