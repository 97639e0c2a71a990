"""Writing statements and their lines: what is known already is found in one question, the rest is copied in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from backoffice.events.copying import copy_rows
from backoffice.kernel.rows import array
from reconciliation import rules
from reconciliation.rules import Alike, Identity
from reconciliation.terms import NewLine

LOCK = (
    7_000_031  # an advisory lock together with the account's number: its statements come one by one
)

_KNOWN = """
SELECT g.ord, l.id, l.booking_date
  FROM unnest(%s::bigint[], %s::date[], %s::numeric[], %s::text[], %s::bool[], %s::text[], %s::int[])
       WITH ORDINALITY AS g(nostro, day, amount, reference, booked, currency, occurrence, ord)
  JOIN reconciliation_statementline l
    ON l.nostro_id = g.nostro AND l.day = g.day AND l.amount = g.amount AND l.reference = g.reference
   AND l.booked = g.booked AND l.currency = g.currency AND l.occurrence = g.occurrence
"""
# The last statement of an account before another: by day, number and page, of copies the latest.
_BEFORE = """
SELECT g.ord, p.id, p.rank, p.closing
  FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS g(nostro, rank, ord)
 CROSS JOIN LATERAL (
       SELECT s.id, s.rank, s.closing FROM reconciliation_statement s
        WHERE s.nostro_id = g.nostro AND s.rank < g.rank COLLATE "C" AND s.rank <> ''
        ORDER BY s.rank DESC, s.id DESC LIMIT 1) p
"""
# What the earlier pages of a statement tell, whichever statement told it first. A page that came twice counts once.
_PAGES = """
WITH pages AS (
  SELECT DISTINCT ON (s.sequence) s.id FROM reconciliation_statement s
   WHERE s.nostro_id = %s AND s.kind = %s AND s.until_date IS NOT DISTINCT FROM %s AND s.number = %s
     AND s.sequence <> '' AND s.sequence <> ALL (%s::text[])
     AND lpad(s.sequence, 35, '0') < lpad(%s, 35, '0') COLLATE "C"
   ORDER BY s.sequence, s.id DESC)
SELECT l.day, l.amount, l.reference, l.booked, l.currency, count(*)
  FROM (SELECT e.id FROM pages p JOIN reconciliation_statementline e ON e.statement_id = p.id
        UNION ALL
        SELECT r.line_id FROM pages p JOIN reconciliation_repeatedline r ON r.statement_id = p.id) told
  JOIN reconciliation_statementline l ON l.id = told.id
 GROUP BY 1, 2, 3, 4, 5
"""


def lock_accounts(nostro_ids: Iterable[int]) -> None:
    """Wait until nobody else stores statements of these accounts, for the rest of the transaction."""
    with connection.cursor() as cursor:
        for id in sorted(set(nostro_ids)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [LOCK, id])


Known = tuple[int, date | None]  # key and booking date of a stored booking


def known_lines(wanted: Sequence[Identity]) -> dict[Identity, Known]:
    """Those bookings that are stored already."""
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [array(column) for column in zip(*wanted, strict=True)])
        return {wanted[ord - 1]: (id, booked) for ord, id, booked in cursor.fetchall()}


Before = tuple[str, int, Decimal | None]  # rank, key and closing of a statement


def statements_before(wanted: Sequence[tuple[int, str]]) -> list[Before | None]:
    """Of each account and rank the statement before it."""
    found: list[Before | None] = [None] * len(wanted)
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(_BEFORE, [array(column) for column in zip(*wanted, strict=True)])
            for ord, id, rank, closing in cursor.fetchall():
                found[ord - 1] = (rank, id, closing)
    return found


def told_on_pages_before(
    nostro_id: int, kind: str, until: date | None, number: str, sequence: str, *, without: list[str]
) -> Counter[Alike]:
    """How many of each booking the stored pages tell that stand before this one, `without` those pages."""
    with connection.cursor() as cursor:
        cursor.execute(_PAGES, [nostro_id, kind, until, number, without, sequence])
        found: Counter[Alike] = Counter()
        for day, amount, reference, booked, currency, count in cursor.fetchall():
            found[nostro_id, day, amount.normalize() + 0, reference, booked, currency] = count
        return found


STATEMENT_COLUMNS = (
    "id, entity_id, nostro_id, format, kind, bank_reference, number, sequence, from_date, until_date, rank, opening,"
    " closing, currency, credits, debits, turnover, lines, added, difference, balanced, follows_id, gap, source,"
    " position, text, remarks, recorded_at"
)
_LINE_COLUMNS = (
    "id, statement_id, entity_id, nostro_id, position, day, booking_date, amount, currency, reference, occurrence,"
    " booked, status, reversal, type_code, our_reference, bank_reference, end_to_end_id, uetr, counterparty_name,"
    " counterparty_account, counterparty_bank, counterparty_tax_number, text, details"
)
LineRow = tuple[int, int, int, Identity, NewLine]  # key, statement, entity, which booking, as told


def copy_statements(rows: Iterable[Sequence[Any]]) -> None:
    copy_rows("reconciliation_statement", STATEMENT_COLUMNS, rows)


def copy_lines(rows: Iterable[LineRow]) -> None:
    copy_rows("reconciliation_statementline", _LINE_COLUMNS, map(_line, rows))


def copy_repeated(rows: Sequence[tuple[int, int, int]]) -> None:
    copy_rows("reconciliation_repeatedline", "statement_id, position, line_id", rows)


def _line(row: LineRow) -> Sequence[Any]:
    id, statement_id, entity_id, which, line = row
    return (
        id, statement_id, entity_id, which.nostro_id, line.position, which.day, line.booking_date,
        f"{which.amount:f}", which.currency, which.reference, which.occurrence, which.booked, line.status,
        line.reversal, rules.clean(line.type_code)[:80], *map(rules.clean, (
            line.our_reference, line.bank_reference, line.end_to_end_id, line.uetr, line.counterparty_name,
            line.counterparty_account, line.counterparty_bank, line.counterparty_tax_number, line.text,
        )), json_of(line.details),
    )  # fmt: skip


def json_of(value: Any) -> str:
    """JSON without NUL, in the letters that it is of."""
    return json.dumps(value, ensure_ascii=False).replace("\\u0000", "")
