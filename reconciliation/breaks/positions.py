"""Positions as places state them, held against what our books have there: account by account, never the total."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from django.db import connection, transaction

from backoffice.events.selectors import known_now
from ledger.selectors import balances_query
from reconciliation.breaks.identifying import bring_up_to
from reconciliation.breaks.state import BreakKind, BreakState
from reconciliation.breaks.writing import Differs
from reconciliation.matching.components import components
from reconciliation.models import Break

LOCK = 7_000_033  # an advisory lock together with the entity's number

# Whose securities are on an account: its owner's, of one of several clients those of its members. Accounts that share
# an owner at a place are one group, for our books do not tell them apart.
_OWNERS = """
SELECT a.place_id, a.number, a.owner_id FROM refdata_depositoryaccount a
 WHERE a.entity_id = %(entity)s AND a.kind <> 'CLIENT_OMNIBUS'
 UNION
SELECT m.place_id, m.account, m.owner_id FROM refdata_accountmember m
 WHERE m.entity_id = %(entity)s AND m.valid_from <= %(day)s AND (m.valid_until IS NULL OR m.valid_until > %(day)s)
   AND EXISTS (SELECT FROM refdata_depositoryaccount a
                WHERE a.place_id = m.place_id AND a.number = m.account AND a.entity_id = m.entity_id)
 ORDER BY 1, 2, 3
"""
# What was stated last of each account: a place that states an account states all that is on it.
_STATED = """
WITH last AS (
  SELECT p.place_id, p.account, max(p.day) AS day FROM refdata_statedposition p
   WHERE p.entity_id = %(entity)s AND p.day <= %(day)s GROUP BY 1, 2)
SELECT DISTINCT ON (p.place_id, p.account, p.asset_id) p.place_id, p.account, p.asset_id, p.quantity, p.day
  FROM last l
  JOIN refdata_statedposition p ON p.place_id = l.place_id AND p.account = l.account AND p.day = l.day
  JOIN refdata_asset s ON s.id = p.asset_id AND s.kind <> 'CURRENCY'
 ORDER BY p.place_id, p.account, p.asset_id, p.id DESC
"""
_HELD = """
WITH balance (account_id, asset_id, amount) AS ({balances})
SELECT a.place_id, a.owner_id, b.asset_id, sum(b.amount)
  FROM balance b JOIN ledger_ledgeraccount a ON a.id = b.account_id AND a.kind = 'HOLDING'
 WHERE a.entity_id = %(entity)s AND a.place_id = ANY(%(places)s::bigint[]) GROUP BY 1, 2, 3
"""


Stated = tuple[int, str, int, Decimal]  # place, account, security and quantity
Quantity = tuple[int, Decimal]  # of a security


class Group(NamedTuple):
    """Accounts at a place that are compared together, and whose they are."""

    place_id: int
    accounts: tuple[str, ...]
    owners: frozenset[int]

    @property
    def keys(self) -> set[tuple[int, str]]:
        return {(self.place_id, account) for account in self.accounts}


@transaction.atomic
def compare_positions(*, entity_id: int, day: date, at: datetime) -> tuple[int, int]:
    """Open a break for each quantity that a place states otherwise at the end of a day; how many opened and closed.

    Each account is held against the balances of its owners as of the day that it was stated for.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [LOCK, entity_id])
        cursor.execute(_STATED, {"entity": entity_id, "day": day})
        stated = cursor.fetchall()
    found: dict[str, Differs] = {}
    compared: set[tuple[int, str]] = set()
    by_day: defaultdict[date, list[Stated]] = defaultdict(list)
    for place, account, asset, quantity, when in stated:
        by_day[when].append((place, account, asset, quantity))
    for when, rows in sorted(by_day.items()):
        told = {(place, account) for place, account, *_ in rows}
        groups = [g for g in _groups(entity_id, when) if g.keys <= told]
        compared.update(*(group.keys for group in groups))
        found |= {each.key: each for each in _differing(entity_id, when, rows, groups)}
    live = Break.objects.filter(entity_id=entity_id, kind=BreakKind.POSITION)
    known = live.exclude(state=BreakState.CLOSED).order_by("pk")
    over = [row for row in known if (row.place_id, row.facts["accounts"][0]) in compared]
    return bring_up_to(found, over, at=at)


def _differing(
    entity_id: int, day: date, rows: list[Stated], groups: Sequence[Group]
) -> Iterator[Differs]:
    stated: defaultdict[tuple[int, str], list[Quantity]] = defaultdict(list)
    for place, account, asset, quantity in rows:
        stated[place, account].append((asset, quantity))
    held = _held(entity_id, day, sorted({group.place_id for group in groups}))
    for group in groups:
        theirs = _sums(stated[key] for key in group.keys)
        ours = _sums(held[group.place_id, owner] for owner in group.owners)
        for asset in sorted(theirs.keys() | ours.keys()):
            if theirs[asset] != ours[asset]:
                account = group.accounts[0]
                yield Differs(
                    key=f"POSITION:{group.place_id}:{account}:{asset}", kind=BreakKind.POSITION,
                    entity_id=entity_id, place_id=group.place_id, asset_id=asset, day=day,
                    theirs=theirs[asset], ours=ours[asset], facts={"accounts": list(group.accounts)},
                )  # fmt: skip


def _sums(parts: Iterable[Iterable[Quantity]]) -> defaultdict[int, Decimal]:
    """What parts come to, by security."""
    found: defaultdict[int, Decimal] = defaultdict(Decimal)
    for asset, quantity in chain.from_iterable(parts):
        found[asset] += quantity
    return found


def _groups(entity_id: int, day: date) -> list[Group]:
    owners: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS, {"entity": entity_id, "day": day})
        for place, account, owner in cursor.fetchall():
            owners[place, account].add(owner)
    return grouped(owners)


def grouped(owners: dict[tuple[int, str], set[int]]) -> list[Group]:
    """Accounts of a place that share an owner, together. Pure."""
    keys = sorted(owners)
    numbers: dict[tuple[int, int], int] = {}  # of owners at places
    edges = [
        (at, numbers.setdefault((key[0], owner), len(numbers)))
        for at, key in enumerate(keys)
        for owner in owners[key]
    ]
    return [
        Group(
            keys[some[0]][0], tuple(keys[at][1] for at in some),
            frozenset[int]().union(*(owners[keys[at]] for at in some)),
        )
        for some, _ in components(edges)
    ]  # fmt: skip


def _held(
    entity_id: int, day: date, places: list[int]
) -> defaultdict[tuple[int, int], list[Quantity]]:
    """What our books have at places, by place and owner."""
    balances, facts = balances_query(as_of=day, known=known_now())
    with connection.cursor() as cursor:
        cursor.execute(
            _HELD.replace("{balances}", balances), facts | {"entity": entity_id, "places": places}
        )
        found: defaultdict[tuple[int, int], list[Quantity]] = defaultdict(list)
        for place, owner, asset, amount in cursor.fetchall():
            found[place, owner].append((asset, amount))
        return found
