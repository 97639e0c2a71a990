"""Positions: what each owner holds where on a date, valued at the stored price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from django.utils.translation import gettext_lazy as _

from reporting.reports.base import Column, Known, Parameter, Report, Row, read

_ROWS = """
WITH held AS (
  SELECT l.account_id, l.asset_id, sum(l.amount) AS quantity
    FROM ledger_line l JOIN ledger_ledgeraccount a ON a.id = l.account_id AND a.kind = 'HOLDING'
   WHERE l.effective_date <= %(as_of)s AND l.recorded_tx < %(horizon)s
     AND (%(entities)s::bigint[] IS NULL OR a.entity_id = ANY(%(entities)s::bigint[]))
   GROUP BY l.account_id, l.asset_id HAVING sum(l.amount) <> 0)
SELECT n.code, o.code, o.name, p.code, i.isin, s.name, trim_scale(h.quantity),
       coalesce(m.value::text, 'no price'), m.currency, m.price_date,
       round(m.value * h.quantity, mc.minor_unit)
  FROM held h
  JOIN ledger_ledgeraccount a ON a.id = h.account_id
  JOIN refdata_entity n ON n.id = a.entity_id
  JOIN refdata_party o ON o.id = a.owner_id
  JOIN refdata_place p ON p.id = a.place_id
  JOIN refdata_asset s ON s.id = h.asset_id
  JOIN refdata_instrument i ON i.asset_id = h.asset_id
  LEFT JOIN LATERAL (
       SELECT trim_scale(r.value) AS value, r.currency, r.price_date FROM refdata_price r
        WHERE r.instrument_id = h.asset_id AND r.price_date <= %(as_of)s
          AND r.recorded_tx < %(horizon)s
        ORDER BY r.price_date DESC, r.id DESC LIMIT 1) m ON true
  LEFT JOIN refdata_currency mc ON mc.code = m.currency
 ORDER BY n.code, o.code, p.code, i.isin, a.id
"""


def rows(parameters: Mapping[str, date], known: Known) -> Iterator[Row]:
    return read(
        _ROWS,
        {
            "horizon": known.horizon,
            "entities": None if known.entity_ids is None else list(known.entity_ids),
            "as_of": parameters["as_of"],
        },
    )


REPORT = Report(
    name="positions",
    title=_("Positions"),
    purpose=_("What each owner holds at each place on a date, valued at the last stored price."),
    parameters=(Parameter("as_of", _("As of")),),
    columns=(
        Column("entity", _("Entity")),
        Column("owner", _("Owner")),
        Column("owner_name", _("Owner's name")),
        Column("place", _("Place")),
        Column("isin", _("ISIN")),
        Column("instrument", _("Instrument")),
        Column("quantity", _("Quantity"), "quantity"),
        Column("market_price", _("Market price"), "quantity"),
        Column("market_currency", _("Market currency")),
        Column("market_date", _("Price date"), "date"),
        Column("market_value", _("Market value"), "money"),
    ),
    rows=rows,
)
