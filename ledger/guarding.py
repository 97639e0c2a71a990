"""Nobody's balance at a place falls below zero: what the database refuses, and the question beforehand.

Watched are securities held at a place, whoever owns them, and money at a place of anybody but ourselves
(`ledger_guarded` in the migrations says it once). That the place as a whole has enough is no answer: what
is there belongs to somebody else (domain-decisions 16).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

import psycopg2
from django.db import connection

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop

SQLSTATE = "BO016"  # what the trigger of the postings raises
Key = tuple[int, int]  # (ledger account, asset)


class WouldBeNegative(Conflict):
    """A posting takes from an account more than stands on it, on its day or on a later one."""

    code = "would-be-negative"
    title = gettext_noop("It would take what is not there")
    detail = gettext_noop(
        "%(owner)s would have %(short)s %(asset)s less than nothing at %(place)s on %(day)s."
    )
    hint = gettext_noop(
        "Nobody else's assets cover it: book first what came in, or clear the difference with the place."
    )


class Movement(Protocol):
    """What of a posting is looked at."""

    @property
    def debit_account_id(self) -> int: ...
    @property
    def credit_account_id(self) -> int: ...
    @property
    def asset_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...


def refusal_in(error: BaseException | None) -> WouldBeNegative | None:
    """The refusal that an error of the driver is; None where it is another error."""
    if not isinstance(error, psycopg2.Error) or error.pgcode != SQLSTATE:
        return None
    return WouldBeNegative(**json.loads(error.diag.message_detail or "{}"))


_LEAST = """
WITH asked AS (SELECT array_agg(k.account_id) AS accounts, array_agg(k.asset_id) AS assets,
                      array_agg(%(day)s::date) AS days
                 FROM unnest(%(accounts)s::bigint[], %(assets)s::bigint[]) AS k(account_id, asset_id)
                 JOIN ledger_ledgeraccount a ON a.id = k.account_id AND a.guarded)
SELECT l.account_id, l.asset_id, l.balance + ledger_lent(l.account_id, l.asset_id, l.on_date)
  FROM asked, ledger_least(accounts, assets, days) l
"""
_NAMES = """
SELECT k.account_id, k.asset_id, o.code, p.code, s.code
  FROM unnest(%s::bigint[], %s::bigint[]) AS k(account_id, asset_id)
  JOIN ledger_ledgeraccount a ON a.id = k.account_id
  JOIN refdata_party o ON o.id = a.owner_id
  JOIN refdata_place p ON p.id = a.place_id
  JOIN refdata_asset s ON s.id = k.asset_id
"""


def least_from(keys: Collection[Key], day: date) -> dict[Key, Decimal]:
    """The least that stands on each watched account from a day on, and what its owner may be lent.

    What is not watched is absent.
    Nothing is locked: what is asked here may be otherwise when it is posted.
    """
    if not keys:
        return {}
    accounts, assets = (list(column) for column in zip(*sorted(keys), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_LEAST, {"accounts": accounts, "assets": assets, "day": day})
        return {(account, asset): balance for account, asset, balance in cursor.fetchall()}


def changes_of(postings: Iterable[Movement]) -> dict[Key, Decimal]:
    """What these postings do to each account in each asset, one against the other."""
    found: dict[Key, Decimal] = {}
    for p in postings:
        for account, sign in ((p.debit_account_id, 1), (p.credit_account_id, -1)):
            key = account, p.asset_id
            found[key] = found.get(key, Decimal(0)) + sign * p.quantity
    return found


def refusals_of(short: Mapping[Key, Decimal], day: date) -> dict[Key, WouldBeNegative]:
    """What is said of each account that would lack something."""
    if not short:
        return {}
    accounts, assets = (list(column) for column in zip(*sorted(short), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [accounts, assets])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return {
        (account, asset): WouldBeNegative(
            owner=owner, place=place, asset=code, day=day.isoformat(),
            short=f"{short[account, asset].normalize():f}",
        )
        for account, asset, owner, place, code in rows
    }  # fmt: skip
