"""Entries that are made alike, out of rows that the database has: one statement, however many they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import DatabaseError, connection, transaction

from backoffice.kernel.rows import array
from ledger.guarding import refusal_in
from ledger.services import NewEntry, copy_entries, recorded_month, require_open_days


class Leg(NamedTuple):
    """One movement of every entry of a pattern: of its securities, or of its money."""

    pattern: int
    of_money: bool
    debit_account_id: int
    credit_account_id: int


class EntriesAlike(NamedTuple):
    """Entries to be made of the rows of a query: `source_id, entity_id, pattern, asset_id, quantity, money_id,
    amount`, each row one entry, whose postings are the legs of its pattern in their order; what is zero moves nothing.

    `query` is SQL of the caller's own making, with `parameters` by name. They are all of one source type
    and kind, no parts, and effective on one day.
    """

    query: str
    parameters: Mapping[str, Any]
    legs: Sequence[Leg]
    entity_ids: frozenset[int]
    kind: str
    source_type: str
    effective_date: date


_POST = """
WITH given AS MATERIALIZED ({query}),
     put AS (
       INSERT INTO ledger_journalentry (entity_id, kind, source_type, source_id, part, effective_date,
                                        unconfirmed, reason, recorded_at)
       SELECT g.entity_id, %(kind)s, %(source_type)s, g.source_id, 0, %(day)s, false, '', %(at)s
         FROM given g ORDER BY g.source_id RETURNING id, source_id)
INSERT INTO ledger_posting (entry_id, debit_account_id, credit_account_id, asset_id, quantity, effective_date,
                            recorded_at, recorded_month)
SELECT entry_id, debit_id, credit_id, asset_id, quantity, day, %(at)s, %(month)s::date
  FROM (SELECT p.id AS entry_id, l.debit_id, l.credit_id, %(day)s::date AS day,
               CASE WHEN l.of_money THEN g.money_id ELSE g.asset_id END AS asset_id,
               CASE WHEN l.of_money THEN g.amount ELSE g.quantity END AS quantity
          FROM put p JOIN given g USING (source_id)
          JOIN unnest(%(patterns)s::int[], %(of_money)s::boolean[], %(debits)s::bigint[], %(credits)s::bigint[])
               AS l(pattern, of_money, debit_id, credit_id) USING (pattern)
        UNION ALL
        SELECT * FROM unnest(%(entries)s::bigint[], %(other_debits)s::bigint[], %(other_credits)s::bigint[],
                             %(days)s::date[], %(assets)s::bigint[], %(quantities)s::numeric[])) AS x
 WHERE quantity <> 0
"""


@transaction.atomic
def post_alike(alike: EntriesAlike, others: Sequence[NewEntry], *, at: datetime) -> None:
    """Write entries made alike, and `others` with them: all judged together by what stands on the accounts.

    Raises what `post_entries` raises.
    """
    days = {(entry.entity_id, entry.effective_date) for entry in others}
    require_open_days(days | {(entity, alike.effective_date) for entity in alike.entity_ids})
    ids = copy_entries(others, at=at)
    postings = [
        (id, p.debit_account_id, p.credit_account_id, entry.effective_date, p.asset_id, p.quantity)
        for id, entry in zip(ids, others, strict=True)
        for p in entry.postings
    ]
    columns = [array(column) for column in zip(*postings, strict=True)] or ["{}"] * 6
    patterns, of_money, debits, credits = (list(column) for column in zip(*alike.legs, strict=True))
    names = ("entries", "other_debits", "other_credits", "days", "assets", "quantities")
    values = {
        "kind": alike.kind, "source_type": alike.source_type, "day": alike.effective_date, "at": at,
        "month": recorded_month(at), "patterns": patterns, "of_money": of_money,
        "debits": debits, "credits": credits,
        **dict(zip(names, columns, strict=True)), **alike.parameters,
    }  # fmt: skip
    try:
        with connection.cursor() as cursor:
            cursor.execute(_POST.format(query=alike.query), values)
    except DatabaseError as error:
        if refusal := refusal_in(error.__cause__):
            raise refusal from error
        raise
