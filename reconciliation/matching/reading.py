"""Reading what pairs left: lines and entries as the rules see them, with what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from backoffice.kernel.rows import array
from reconciliation.matching.items import NOTHING, Entry, Line, names_in
from reconciliation.matching.parties import Parties

_LINES = """
SELECT l.id, l.reference, l.our_reference, l.end_to_end_id, l.text, l.reversal, l.counterparty_name,
       l.counterparty_account, l.counterparty_tax_number, l.type_code
  FROM reconciliation_statementline l WHERE l.id = ANY(%s::bigint[])
"""
_ENTRIES = """
SELECT e.id, CASE WHEN s.source_type = 'deal' THEN 'D' || s.source_id ELSE '' END, s.counterparty_id
  FROM ledger_journalentry e
  JOIN settlements_settlement s ON e.source_type = 'settlement' AND s.id = e.source_id
 WHERE e.id = ANY(%s::bigint[])
"""


# Of what is laid out (`pairing`).
_NAMING = "SELECT id, pool, amount, day, held FROM rest_line WHERE may_name"
_LEFT_LINES = "SELECT id, pool, amount, day, held FROM left_line WHERE NOT alone"
_LEFT_ENTRIES = """
SELECT entry_id, account_id, pool, amount, day, ref, reverses, held, recorded_tx FROM left_entry WHERE NOT alone
"""


@dataclass(frozen=True)
class Rest:
    """What is left for the rules; `recorded` says in which transaction each entry was written."""

    lines: list[Line]
    entries: list[Entry]
    recorded: dict[int, int]


def lines_that_may_name() -> list[Line]:
    """Of the lines that a reference did not settle those that may name something of ours all the same."""
    return known_lines(_lines(_NAMING))


def read_rest(known: Sequence[Line]) -> Rest:
    """What is in no pair, and not alone either; `known` are lines that were read already."""
    entries, recorded = [], {}
    before = {line.id: line for line in known}
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_ENTRIES)
        for id, account, pool, amount, day, ref, reverses, held, tx in cursor.fetchall():
            entries.append(entry_of(id, account, pool, amount, day, ref, reverses, held))
            recorded[id] = tx
    left = _lines(_LEFT_LINES)
    lines = [before[line.id] for line in left if line.id in before]
    lines += known_lines([line for line in left if line.id not in before])
    return Rest(lines, known_entries(entries), recorded)


def _lines(query: str) -> list[Line]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [
            Line(id, pool, amount, day, held=held)
            for id, pool, amount, day, held in cursor.fetchall()
        ]


def entry_of(
    id: int, account: int, pool: int, amount: Decimal, day: int, ref: str, reverses: int, held: bool
) -> Entry:
    names = frozenset((ref,)) if ref else NOTHING
    return Entry(id, account, pool, amount, day, names, reverses=reverses, held=held)


def known_lines(lines: Sequence[Line]) -> list[Line]:
    """The lines with the references that they bear and with who paid."""
    if not lines:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [array([line.id for line in lines])])
        told = {row[0]: row for row in cursor.fetchall()}
    parties = Parties.told
    found = []
    for line in lines:
        _, reference, ours, end, text, reversal, name, account, tax, _ = told[line.id]
        found.append(
            line._replace(
                names=names_in(reference, ours, end, text=text), reversal=reversal,
                parties=parties(name=name, account=account, tax_number=tax),
            )
        )  # fmt: skip
    return found


def known_entries(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with the deal that they are of and with the other side."""
    if not entries:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [array([entry.id for entry in entries])])
        told = {id: (deal, party) for id, deal, party in cursor.fetchall()}
    parties = Parties({party for _, party in told.values() if party})
    found = []
    for entry in entries:
        deal, party = told.get(entry.id, ("", None))
        names = entry.names | {deal} if deal else entry.names
        found.append(entry._replace(names=names, parties=parties.of(party)))
    return found
