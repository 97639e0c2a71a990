"""What is open at the close of a day: one query a kind, grouped so that a person can explain it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from backoffice.events.selectors import NO_HORIZON, known_now
from ledger.models import BusinessDay
from ledger.points import FoundPoint
from ledger.selectors import balances_query
from refdata.custody.selectors import DIFFERENCES
from settlements.ndfl.transferring import transfers_until

KINDS: dict[str, Any] = {
    "unanswered": _("Sent to a place and not answered"),
    "failing": _("Due and not settled"),
    "not-released": _("Due and not released or not matched"),
    "unconfirmed": _("Dealt and not confirmed"),
    "not-prepared": _("Confirmed and due, without a settlement"),
    "breach": _("Beyond a limit, not decided"),
    "repair": _("Received and not booked"),
    "income-unpaid": _("Income that is due and did not come"),
    "income-difference": _("Income that came otherwise than expected"),
    "statement-missing": _("No statement of a bank"),
    "break": _("Differs from a statement"),
    "reopened": _("Opened again: say what was booked"),
    "tax-due": _("Tax withheld and not transferred in time"),
    "segregation": _("Held for clients differs from what they are owed"),
    "no-price": _("Held without a price"),
    "stale-price": _("Valued at a stale price"),
    "stale-rate": _("Valued at a stale exchange rate"),
}

# Each gives: key, count, amount, currency. A key is what a person explains: a place, a party, an asset.
_QUERIES = {
    "unanswered": """
SELECT p.code, count(*), sum(s.amount - s.settled_amount), c.code
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id
  JOIN refdata_asset c ON c.id = s.money_asset_id
 WHERE s.entity_id = %(entity)s AND s.due_date <= %(day)s AND p.finality = 'EXTERNAL'
   AND s.transmission IN ('SENT', 'ACKNOWLEDGED') AND s.settlement = 'PENDING'
   AND s.cancellation <> 'AGREED'
 GROUP BY p.code, c.code ORDER BY p.code, c.code
""",
    "failing": """
SELECT o.name, count(*), sum(s.amount - s.settled_amount), c.code
  FROM settlements_settlement s
  JOIN refdata_party o ON o.id = s.counterparty_id
  JOIN refdata_asset c ON c.id = s.money_asset_id
 WHERE s.entity_id = %(entity)s AND s.settlement IN ('FAILING', 'PARTIAL') AND s.due_date <= %(day)s
   AND s.cancellation <> 'AGREED' AND s.netted_by_id IS NULL
 GROUP BY o.id, o.name, c.code ORDER BY o.name, c.code
""",
    "not-released": """
SELECT o.name, count(*), sum(s.amount - s.settled_amount), c.code
  FROM settlements_settlement s
  JOIN refdata_party o ON o.id = s.counterparty_id
  JOIN refdata_asset c ON c.id = s.money_asset_id
 WHERE s.entity_id = %(entity)s AND s.due_date <= %(day)s AND s.settlement = 'PENDING'
   AND s.transmission = 'NONE' AND s.cancellation <> 'AGREED' AND s.netted_by_id IS NULL
 GROUP BY o.id, o.name, c.code ORDER BY o.name, c.code
""",
    "income-unpaid": """
SELECT p.code, count(*), sum(n.gross - n.withheld + n.fraction_amount - n.price_paid), c.code
  FROM settlements_entitlement n
  JOIN settlements_recordevent v ON v.id = n.event_id
  JOIN refdata_place p ON p.id = n.place_id
  JOIN refdata_asset c ON c.id = n.money_asset_id
 WHERE n.entity_id = %(entity)s AND n.state = 'EXPECTED' AND v.payment_date <= %(day)s
 GROUP BY p.code, c.code ORDER BY p.code, c.code
""",
    "income-difference": """
SELECT p.code, count(*), sum(d.expected - d.paid), c.code
  FROM settlements_incomedifference d
  JOIN refdata_place p ON p.id = d.place_id
  JOIN refdata_asset c ON c.id = d.money_asset_id
 WHERE d.entity_id = %(entity)s AND d.state = 'OPEN'
 GROUP BY p.code, c.code ORDER BY p.code, c.code
""",
    "unconfirmed": """
SELECT o.name, count(*), sum(v.gross_amount), v.currency
  FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  JOIN refdata_party o ON o.id = d.counterparty_id
 WHERE d.entity_id = %(entity)s AND d.state IN ('CAPTURED', 'PENDING_APPROVAL')
   AND d.trade_date <= %(day)s
 GROUP BY o.id, o.name, v.currency ORDER BY o.name, v.currency
""",
    "not-prepared": """
SELECT o.name, count(*), sum(v.net_amount), v.currency
  FROM deals_deal d
  JOIN deals_dealversion v ON v.deal_id = d.id AND v.number = d.version
  JOIN refdata_party o ON o.id = d.counterparty_id
 WHERE d.entity_id = %(entity)s AND d.state = 'CONFIRMED' AND d.due_date <= %(day)s
 GROUP BY o.id, o.name, v.currency ORDER BY o.name, v.currency
""",
    "reopened": """
SELECT 'opening ' || count(*), 1, NULL, ''
  FROM events_event e
 WHERE e.subject_type = 'businessday' AND e.subject_id = %(day_id)s AND e.kind = 'businessday.approve_reopen'
HAVING count(*) > 0
""",
    "breach": """
SELECT l.name, count(*), sum(b.amount), l.currency
  FROM limits_breach b JOIN limits_limit l ON l.id = b.limit_id
 WHERE b.entity_id = %(entity)s AND b.state = 'OPEN'
 GROUP BY l.id, l.name, l.currency ORDER BY l.name, l.id
""",
    "repair": """
SELECT 'inbound', count(*), sum(round(i.amount, 4)), left(i.currency, 3)
  FROM deals_inbound i
 WHERE i.state = 'REPAIR' AND (i.entity_id = %(entity)s OR i.entity_id IS NULL)
 GROUP BY left(i.currency, 3) ORDER BY left(i.currency, 3)
""",
    "statement-missing": """
SELECT p.code || ' ' || n.number || ' ' || n.currency || ' ' || b.day, 1, NULL, ''
  FROM reconciliation_break b
  JOIN refdata_nostroaccount n ON n.id = b.nostro_id
  JOIN refdata_place p ON p.id = b.place_id
 WHERE b.entity_id = %(entity)s AND b.kind = 'MISSING' AND b.day <= %(day)s
   AND b.state NOT IN ('CLOSED', 'EXPLAINED')
 ORDER BY b.day, b.id
""",
    "break": """
SELECT p.code || ' ' || b.kind || CASE s.kind WHEN 'CURRENCY' THEN '' ELSE ' ' || s.code END, count(*),
       CASE s.kind WHEN 'CURRENCY' THEN round(sum(abs(b.theirs - b.ours)), 4) END,
       CASE s.kind WHEN 'CURRENCY' THEN s.code ELSE '' END
  FROM reconciliation_break b
  JOIN refdata_place p ON p.id = b.place_id
  JOIN refdata_asset s ON s.id = b.asset_id
 WHERE b.entity_id = %(entity)s AND b.kind <> 'MISSING' AND b.day <= %(day)s
   AND b.state NOT IN ('CLOSED', 'EXPLAINED')
 GROUP BY p.code, b.kind, s.kind, s.code ORDER BY 1
""",
    "no-price": """
SELECT a.code, count(*), NULL, ''
  FROM ledger_valuation v JOIN refdata_asset a ON a.id = v.asset_id
 WHERE v.night_id = %(night)s AND v.price IS NULL GROUP BY a.code ORDER BY a.code
""",
    "stale-price": """
SELECT v.price_source, count(*), sum(v.base_value), v.base_currency
  FROM ledger_valuation v
 WHERE v.night_id = %(night)s AND v.price_stale
 GROUP BY v.price_source, v.base_currency ORDER BY v.price_source
""",
    "stale-rate": """
SELECT v.currency || ' ' || v.rate_date, count(*), sum(v.base_value), v.base_currency
  FROM ledger_valuation v
 WHERE v.night_id = %(night)s AND v.rate_stale
 GROUP BY v.currency, v.rate_date, v.base_currency ORDER BY v.currency
""",
}
_NIGHT = """
SELECT max(v.night_id) FROM ledger_valuation v JOIN ledger_night n ON n.id = v.night_id
 WHERE n.day_id = %s
"""


def _differences(day: BusinessDay) -> Iterator[FoundPoint]:
    """Where a place states for clients another quantity than they are owed, each with its figure."""
    known = known_now()
    balances, facts = balances_query(as_of=day.day, known=known)
    facts |= {"entities": [day.entity_id], "business_date": day.day, "horizon": known.horizon}
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES.replace("{balances}", balances), facts)
        for (key,) in cursor.fetchall():
            yield FoundPoint("segregation", key, 1)


def _tax_due(day: BusinessDay) -> Iterator[FoundPoint]:
    """What was withheld of individuals and should have gone to the budget by the end of the day."""
    found = transfers_until(day.day, horizon=NO_HORIZON, entity_ids=[day.entity_id])
    for each in found.get(day.entity.code, ()):
        if each.transfer_by <= day.day and each.left > 0:
            key = f"{each.transfer_by} {each.year}"
            yield FoundPoint("tax-due", key, 1, each.left, day.entity.base_currency)


def found_points(day: BusinessDay) -> Iterator[FoundPoint]:
    """Everything open for an entity's day now; prices as its last valuation found them."""
    with connection.cursor() as cursor:
        cursor.execute(_NIGHT, [day.pk])
        facts = {
            "entity": day.entity_id,
            "day": day.day,
            "day_id": day.pk,
            "night": cursor.fetchone()[0],
        }
        yield from _differences(day)
        yield from _tax_due(day)
        for kind, query in _QUERIES.items():
            cursor.execute(query, facts)
            for key, count, amount, currency in cursor.fetchall():
                yield FoundPoint(kind, key[:120], count, amount, currency)
