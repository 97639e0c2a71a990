"""Turnover sheet (оборотно-сальдовая ведомость): of each account and asset what stood, what moved, what stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from ledger.selectors import balances_query
from ledger.state import AccountKind
from reporting.reports.base import Column, Known, Parameter, Query, Report, read

# What stood before the first day is read as any balance is; what moved since, posting by posting, either side apart.
_ROWS = """
WITH stood AS ({balances}),
     moved AS (
  SELECT l.account_id, l.asset_id, sum(greatest(l.amount, 0)) AS debit, sum(greatest(-l.amount, 0)) AS credit
    FROM ledger_line l
   WHERE l.effective_date BETWEEN %(moved_from)s AND %(moved_until)s AND l.recorded_tx < %(horizon)s
   GROUP BY 1, 2)
SELECT n.code, a.kind, o.code, coalesce(i.isin, s.code),
       trim_scale(nullif(greatest(x.opening, 0), 0)), trim_scale(nullif(greatest(-x.opening, 0), 0)),
       trim_scale(nullif(x.debit, 0)), trim_scale(nullif(x.credit, 0)),
       trim_scale(nullif(greatest(x.closing, 0), 0)), trim_scale(nullif(greatest(-x.closing, 0), 0)),
       p.code, c.code, b.code, a.kind || '-' || a.id
  FROM (SELECT account_id, asset_id, coalesce(t.sum, 0) AS opening, coalesce(m.debit, 0) AS debit,
               coalesce(m.credit, 0) AS credit,
               coalesce(t.sum, 0) + coalesce(m.debit, 0) - coalesce(m.credit, 0) AS closing
          FROM stood t FULL JOIN moved m USING (account_id, asset_id)) x
  JOIN ledger_ledgeraccount a ON a.id = x.account_id
  JOIN refdata_entity n ON n.id = a.entity_id
  JOIN refdata_party o ON o.id = a.owner_id
  JOIN refdata_asset s ON s.id = x.asset_id
  LEFT JOIN refdata_instrument i ON i.asset_id = x.asset_id
  LEFT JOIN refdata_place p ON p.id = a.place_id
  LEFT JOIN refdata_party c ON c.id = a.counterparty_id
  LEFT JOIN refdata_book b ON b.id = a.book_id
 WHERE %(entities)s::bigint[] IS NULL OR a.entity_id = ANY(%(entities)s::bigint[])
 ORDER BY n.code, a.kind, coalesce(i.isin, s.code), a.id
"""


def rows(parameters: Mapping[str, Any], known: Known) -> Query:
    balances, bounds = balances_query(
        as_of=parameters["moved_from"] - timedelta(days=1),
        known=known.mark,
    )
    return read(_ROWS.replace("{balances}", balances), known.facts | dict(parameters) | bounds)


SIDES = (
    ("opening_debit", _("Opening, debit")), ("opening_credit", _("Opening, credit")), ("debit", _("Debit")),
    ("credit", _("Credit")), ("closing_debit", _("Closing, debit")), ("closing_credit", _("Closing, credit")),
)  # fmt: skip

REPORT = Report(
    name="turnover-sheet",
    title=_("Turnover sheet"),
    purpose=_(
        "What stood on each account in each asset, what moved on either side between two dates, and what stands:"
        " debits and credits of an asset are equal in each pair."
    ),
    parameters=(
        Parameter("moved_from", _("Moved from")),
        Parameter("moved_until", _("Moved until")),
    ),
    columns=(
        Column("entity", _("Entity")),
        Column("kind", _("Account"), labels=dict(AccountKind.choices)),
        Column("owner", _("Owner"), names="party"),
        Column("asset", _("Asset"), names="asset"),
        *(Column(name, title, "money", currency="asset", sums=True) for name, title in SIDES),
        Column("place", _("Place"), names="place"),
        Column("counterparty", _("Counterparty"), names="party"),
        Column("book", _("Book")),
        Column("account", _("Number"), printed=False),
    ),
    rows=rows,
)
