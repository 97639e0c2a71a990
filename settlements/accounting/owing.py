"""What is owed of deals that have not settled, by the policy of their book and by counterparty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db import connection

from ledger.accounting.books import Figure
from ledger.accounting.chart import Line
from ledger.accounting.regular_way import Policy, Recognised
from ledger.accounting.worths import Worths
from settlements.accounting.stands import Standing

ZERO = Decimal(0)
# By the trade date a purchase or sale is owed until it settles; a short sale is a derivative by then, and nothing is.
_OWED_BY_TRADE_DATE = frozenset({"bought", "sold", "passed", "covered"})
# Where the books have what is owed of a deal, whoever its counterparty was before.
_ACCOUNTS = """
SELECT e.source_id, l.account_id
  FROM ledger_journalentry e
  JOIN ledger_line l ON l.entry_id = e.id AND l.recorded_tx < %s
  JOIN ledger_ledgeraccount a ON a.id = l.account_id AND a.kind = 'SETTLEMENT'
  JOIN refdata_currency c ON c.asset_id = l.asset_id
 WHERE e.source_type = 'deal' AND e.source_id = ANY(%s::bigint[])
 GROUP BY e.source_id, l.account_id HAVING sum(l.amount) <> 0
 ORDER BY l.account_id
"""


def not_owed(policy: Policy, standing: Standing, worths: Worths) -> Iterator[Figure]:
    """What our books have as owed by deals that the policy does not, on the accounts of their counterparties."""
    by_trade_date = policy.recognised == Recognised.TRADE_DATE
    off = [x for x in standing.owed if not (by_trade_date and x.what in _OWED_BY_TRADE_DATE)]
    if not off:
        return
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, [worths.known.horizon, sorted({x.deal_id for x in off})])
        accounts = dict(cursor.fetchall())
    money = {code: asset for asset, code in worths.money.items()}
    sums: defaultdict[tuple[int | None, int], Decimal] = defaultdict(Decimal)
    for each in off:
        sums[accounts.get(each.deal_id), money[each.currency]] -= each.amount
    for (account, asset), amount in sums.items():
        line = Line.RECEIVABLES if amount > 0 else Line.PAYABLES
        yield Figure(line, account, asset, ZERO, None, amount)


def relabelled(figures: Sequence[Figure]) -> list[Figure]:
    """What is owed with one counterparty in one currency is one amount, by its sign an asset or a liability."""
    owed: defaultdict[tuple[int | None, int | None], Decimal] = defaultdict(Decimal)
    for each in figures:
        if each.line in (Line.RECEIVABLES, Line.PAYABLES):
            owed[each.account_id, each.asset_id] += each.amount
    return [
        each._replace(
            line=Line.RECEIVABLES if owed[each.account_id, each.asset_id] > 0 else Line.PAYABLES
        )
        if each.line in (Line.RECEIVABLES, Line.PAYABLES)
        else each
        for each in figures
    ]
