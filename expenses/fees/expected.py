"""Fees as money to come and to go: what a month came to, on the day on which it is paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from expenses.fees.kinds import DUE, Ended, days_after
from expenses.fees.state import INVOICE_LIFECYCLE, STATEMENT_LIFECYCLE
from settlements.ladder.sources import CashSource, Span, register
from settlements.ladder.then import HOME, state_of

MONTHS = 4  # how far back a month may be that is not paid yet

# Agreed bills and issued invoices are certain, the rest is our own count.
_FEES = f"""
SELECT a.entity_id, e.own_party_id, home.place_id, y.asset_id, c.paid, 'PFOD', 'FEE',
       CASE WHEN EXISTS (SELECT 1 FROM expenses_feestatement t
                          WHERE t.entity_id = a.entity_id AND t.party_id = a.party_id AND t.month = a.due_month
                            AND {state_of("feestatement", "t")} = 'AGREED' AND a.side = 'OWED')
              OR EXISTS (SELECT 1 FROM expenses_feeinvoiceline l JOIN expenses_feeinvoice v ON v.id = l.invoice_id
                          WHERE l.accrual_id = a.id AND {state_of("feeinvoice", "v")} = 'ISSUED')
            THEN 'MATCHED' ELSE 'EXPECTED' END,
       false, CASE a.side WHEN 'OWED' THEN -a.amount ELSE a.amount END, 'FA-' || a.id, a.party_id
  FROM expenses_feeaccrual a
  JOIN unnest(%(fee_months)s::date[], %(fee_paid)s::date[]) AS c(month, paid) ON c.month = a.due_month
  JOIN refdata_entity e ON e.id = a.entity_id
  JOIN refdata_currency y ON y.code = a.currency
{HOME.format(row="a", owner="e.own_party_id", currency="a.currency")}
 WHERE a.recorded_tx < %(horizon)s
"""  # noqa: S608


def _facts(span: Span) -> Mapping[str, Any]:
    """When each of the last months is paid by the rule for all; what was to be paid before today is over."""
    months, paid = [], []
    month = span.today.replace(day=1)
    for _number in range(MONTHS):
        ends = (month + timedelta(32)).replace(day=1) - timedelta(1)
        rule = span.reference.rules.find(DUE, ends)
        on: date | None = None if rule is None else days_after(rule, Ended(ends))
        if on is not None and on >= span.today:
            months.append(month)
            paid.append(on)
        month = (month - timedelta(1)).replace(day=1)
    return {"fee_months": months, "fee_paid": paid}


register(CashSource("fees", _FEES, _facts, reads=(STATEMENT_LIFECYCLE, INVOICE_LIFECYCLE)))
