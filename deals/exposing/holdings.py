"""What is held of securities, as it counts under the limits of instruments and of issuers.

While a deal is open it counts by itself, with its sign. Once it is settled it is one with what its
book has: every night, and where a limit is new, the position by the books less what open deals have
booked becomes the exposure of the instrument (`holding`), at the last price. Whatever brought it
counts, be it a deal, an opening balance or a corporate action (decision 0150).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from backoffice.events.looking import one_look
from backoffice.kernel.decimals import plain
from deals.exposing.exposure import LimitRow, definitions
from deals.exposing.live import LIVE
from deals.exposing.positions import own_accounts
from deals.exposing.taken import signed_worth
from deals.exposing.valuing import Basis, Market
from deals.services import SOURCE
from ledger.selectors import balances
from limits.exposures import LOOKS, Difference, Recomputed, replace_together
from limits.state import HOLDINGS
from refdata.rows import InstrumentRow
from refdata.selectors import reference_data

HOLDING = "holding"  # what limits know by its instrument what is held
QUANTITY = "Q"  # names beside the amount how much that is: `P12 Q1000`
_NOTHING = Decimal(0)
Key = tuple[int, int]  # an entity, or a limit, and an instrument

_THERE = """
SELECT limit_id, source_id, amount, basis FROM limits_reservation
 WHERE source_type = 'holding' AND state = 'COMMITTED'
"""
# Deals that are settled and booked: from now on they are part of what is held.
_SETTLED = """
SELECT r.limit_id, d.instrument_id, r.source_id, r.amount, r.basis
  FROM limits_reservation r JOIN deals_deal d ON d.id = r.source_id
 WHERE r.source_type = 'deal' AND r.state = 'COMMITTED' AND r.limit_id = ANY(%(limits)s)
   AND d.state IN ('SETTLED', 'CLOSED')
   AND EXISTS (SELECT 1 FROM ledger_journalentry e
                WHERE e.entity_id = d.entity_id AND e.source_type = 'deal' AND e.source_id = d.id)
"""
# What deals that are open have changed of own positions: they count it by themselves.
_OPEN = """
SELECT d.entity_id, p.asset_id,
       sum(CASE WHEN p.credit_account_id = ANY(%(accounts)s) THEN p.quantity ELSE 0 END
           - CASE WHEN p.debit_account_id = ANY(%(accounts)s) THEN p.quantity ELSE 0 END)
  FROM deals_deal d
  JOIN ledger_journalentry e
       ON e.entity_id = d.entity_id AND e.source_type = 'deal' AND e.source_id = d.id
  JOIN ledger_posting p ON p.entry_id = e.id
 WHERE d.state = ANY(%(live)s) AND d.entity_id = ANY(%(entities)s)
   AND (p.credit_account_id = ANY(%(accounts)s) OR p.debit_account_id = ANY(%(accounts)s))
 GROUP BY 1, 2
"""


class Held(NamedTuple):
    """What counts of an instrument under a limit, and how much of it that is."""

    limit_id: int
    instrument_id: int
    amount: Decimal
    basis: str

    @property
    def quantity(self) -> Decimal:
        named = [part[1:] for part in self.basis.split() if part.startswith(QUANTITY)]
        return Decimal(named[0]) if named else _NOTHING


class Look(NamedTuple):
    """The books and the limits at one moment: what is held by entity and instrument, what has settled."""

    held: Mapping[Key, Decimal]
    there: Mapping[Key, Held]
    settled: Mapping[Key, Sequence[Difference]]


def count_holdings(*, business_date: date, at: datetime) -> Recomputed:
    """Bring what is held under all these limits to what the books say; settled deals go into it.

    A limit at a time, and all of it in one transaction: nobody sees the deals gone and what they
    brought not yet there. A limit that is overtaken is looked at again.
    """
    done, limits = Recomputed(), list(_limits())
    for _ in range(LOOKS):
        if not limits:
            break
        found = _counted(limits, business_date, at)
        done.add(found)
        limits = [limit for limit in limits if limit.id in found.overtaken]
    return done


def _counted(limits: Sequence[LimitRow], business_date: date, at: datetime) -> Recomputed:
    done = Recomputed()
    with one_look():
        look = _look(limits)
    reference = reference_data()
    market = Market(reference, business_date, {asset for _, asset in [*look.held, *look.there]})
    instruments = {row.asset_id: row for row in reference.instruments.values()}
    for limit in limits:
        concerned = sorted(_concerned(limit, look, instruments))
        parts = {
            SOURCE: [x for asset in concerned for x in look.settled.get((limit.id, asset), ())],
            HOLDING: [
                difference
                for asset in concerned
                for difference in _difference(limit, asset, instruments, look, market)
            ],
        }
        done.checked += len(concerned)
        if any(parts.values()):
            done.add(replace_together(parts, business_date=business_date, at=at))
    done.stale |= market.stale()
    return done


def revalue_holdings(
    *, instrument_ids: Collection[int], rates: bool, business_date: date, at: datetime
) -> Recomputed:  # fmt: skip
    """What prices, or rates, that were added make of what is held; how much it is stays the same."""
    market, found = holding_differences(
        business_date, instrument_ids=None if rates else instrument_ids
    )
    done = Recomputed()
    if found:
        done = replace_together({HOLDING: found}, business_date=business_date, at=at)
        done.stale |= market.stale()
    return done


def holding_differences(
    day: date, market_of: Callable[..., Market] = Market, *,
    instrument_ids: Collection[int] | None = None,
) -> tuple[Market, list[Difference]]:  # fmt: skip
    """What prices and rates of a day make of what is held, where it is not what counts; changes nothing."""
    limits = {limit.id: limit for limit in _limits()}
    rows = [
        each
        for each in (_there().values() if limits else ())
        if each.limit_id in limits
        and (instrument_ids is None or each.instrument_id in instrument_ids)
    ]
    market = market_of(reference_data(), day, {each.instrument_id for each in rows})
    found = []
    for row in rows:
        now, basis = _worth(limits[row.limit_id], row.instrument_id, row.quantity, market)
        if now is not None and now != row.amount:
            words = _words(basis, row.quantity)
            found.append(Difference(row.instrument_id, row.limit_id, row.amount, now, words, True))
    return market, found


def _limits() -> Iterator[LimitRow]:
    for kinds in definitions().of_entity.values():
        for kind in HOLDINGS:
            for rows in kinds.get(kind.value, {}).values():
                yield from rows


def _look(limits: Sequence[LimitRow]) -> Look:
    entities = sorted({limit.entity_id for limit in limits})
    accounts = own_accounts(entities)
    held: dict[Key, Decimal] = {}
    for line in balances(account_ids=list(accounts)):
        key = accounts[line.account_id], line.asset_id
        # The account is credited with what the book has (decision 0005).
        held[key] = held.get(key, _NOTHING) - line.amount
    settled: dict[Key, list[Difference]] = {}
    values: dict[str, Any] = {
        "limits": [limit.id for limit in limits], "entities": entities, "live": list(LIVE),
        "accounts": sorted(accounts),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, values)
        for entity_id, asset_id, quantity in cursor.fetchall():
            held[entity_id, asset_id] = held.get((entity_id, asset_id), _NOTHING) - quantity
        cursor.execute(_SETTLED, values)
        for limit_id, asset_id, source_id, amount, basis in cursor.fetchall():
            row = Difference(source_id, limit_id, amount, None, basis, True, goes_with=asset_id)
            settled.setdefault((limit_id, asset_id), []).append(row)
    return Look({key: quantity for key, quantity in held.items() if quantity}, _there(), settled)


def _there() -> dict[Key, Held]:
    with connection.cursor() as cursor:
        cursor.execute(_THERE)
        return {
            (limit_id, asset_id): Held(limit_id, asset_id, amount, basis or "")
            for limit_id, asset_id, amount, basis in cursor.fetchall()
        }


def _concerned(limit: LimitRow, look: Look, instruments: Mapping[int, InstrumentRow]) -> set[int]:
    """What of all that is held, was held or has settled counts under a limit."""
    held = {asset for entity, asset in look.held if entity == limit.entity_id}
    return {asset for asset in held if is_about(limit, instruments.get(asset))} | {
        asset for id, asset in [*look.there, *look.settled] if id == limit.id
    }


def is_about(limit: LimitRow, row: InstrumentRow | None) -> bool:
    """Whether a limit of an instrument, an issuer or a group of issuers is about an instrument."""
    if row is None:
        return False
    if limit.instrument_id is not None:
        return limit.instrument_id == row.asset_id
    return (limit.party_id is not None and limit.party_id == row.issuer_id) or (
        limit.group_id is not None and limit.group_id == row.issuer_group_id
    )


def _difference(
    limit: LimitRow, asset_id: int, instruments: Mapping[int, InstrumentRow], look: Look,
    market: Market,
) -> Iterator[Difference]:  # fmt: skip
    """What is held of one instrument under a limit, where it is not what counts, or where deals go into it.

    What has no price counts with what its deals counted: nobody says what it is worth now.
    """
    row, settled = look.there.get((limit.id, asset_id)), look.settled.get((limit.id, asset_id), ())
    before = None if row is None else row.amount
    quantity = _NOTHING
    if is_about(limit, instruments.get(asset_id)):
        quantity = look.held.get((limit.entity_id, asset_id), _NOTHING)
    if not quantity:
        if row is not None or settled:
            words = None if row is None else row.basis
            yield Difference(asset_id, limit.id, before, None, words, True, goes_with=asset_id)
        return
    now, basis = _worth(limit, asset_id, quantity, market)
    if now is None:
        now = sum((each.before or _NOTHING for each in settled), before or _NOTHING)
    words = _words(basis, quantity)
    if settled or before != now or (row is not None and row.quantity != quantity):
        yield Difference(asset_id, limit.id, before, now, words, True, goes_with=asset_id)


def _worth(
    limit: LimitRow, asset_id: int, quantity: Decimal, market: Market
) -> tuple[Decimal | None, Basis]:
    """A quantity, with its sign, at the last price and rates in the limit's currency. Raises NoRate."""
    basis = market.today(asset_id, True)
    if basis.price is None:
        return None, basis
    return signed_worth(quantity, limit.currency, market, basis), basis


def _words(basis: Basis, quantity: Decimal) -> str:
    return f"{basis.words()} {QUANTITY}{plain(quantity)}".strip()
