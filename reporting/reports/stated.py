"""What the statements have in common: which entities are stated, and figures with the names of what they are of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from ledger.accounting.books import Figure
from ledger.accounting.chart import Line
from refdata.models import Asset, Entity
from reporting.reports.base import Cell, Known, Report, Row

_ACCOUNTS = """
SELECT a.id, a.kind, p.code, c.code, b.code
  FROM ledger_ledgeraccount a
  LEFT JOIN refdata_place p ON p.id = a.place_id
  LEFT JOIN refdata_party c ON c.id = a.counterparty_id
  LEFT JOIN refdata_book b ON b.id = a.book_id
 WHERE a.id = ANY(%s::bigint[])
"""
_ORDER = {line: number for number, line in enumerate(Line)}


class Account(NamedTuple):
    """What an account is called in reports; None where it has none of it."""

    kind: str | None = None
    place: str | None = None
    counterparty: str | None = None
    book: str | None = None
    number: str | None = None


NONE = Account()


def entities(known: Known) -> list[Entity]:
    rows = Entity.objects.order_by("code")
    return list(rows if known.entity_ids is None else rows.filter(pk__in=known.entity_ids))


def row_of(report: Report, section: str, entity: Entity, **cells: Cell) -> Row:
    """A row of a section about an entity, in its base currency."""
    return report.row(
        section=section, entity=entity.code, currency=entity.base_currency, **cells
    )  # fmt: skip


def accounts_of(ids: Collection[int | None]) -> Mapping[int | None, Account]:
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, [sorted(id for id in ids if id)])
        return {
            id: Account(kind, place, party, book, f"{kind}-{id}")
            for id, kind, place, party, book in cursor.fetchall()
        }


def assets_of(ids: Collection[int | None]) -> Mapping[int | None, str]:
    """What assets are called in reports: by their ISIN, money by its code."""
    rows = Asset.objects.filter(pk__in=[id for id in ids if id])
    return {
        id: isin or code for id, code, isin in rows.values_list("pk", "code", "instrument__isin")
    }


class Named(NamedTuple):
    figure: Figure
    account: Account
    asset: str | None


def named(figures: Sequence[Figure]) -> Iterator[Named]:
    """The figures in the order of the statement, with the names of account and asset."""
    accounts = accounts_of({each.account_id for each in figures})
    assets = assets_of({each.asset_id for each in figures})
    found = [
        Named(each, accounts.get(each.account_id, NONE), assets.get(each.asset_id))
        for each in figures
    ]
    return iter(sorted(found, key=_key))


def _key(each: Named) -> tuple[object, ...]:
    names = (name or "" for name in (each.account.kind, each.asset, *each.account[1:]))
    return _ORDER[each.figure.line], *names
