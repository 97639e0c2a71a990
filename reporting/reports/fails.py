"""Fails and penalties: what each day of each fail cost whom, by our own computation, and what caused it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reporting.reports.base import Column, Parameter, Report, asked_of
from settlements.fails.state import Cause, Payer, PenaltyKind, PenaltyStatus, Scheme

# Penalties are facts: of each the last version that was recorded below the horizon.
_ROWS = """
SELECT e.code, p.counted_on, p.day, 'S-' || p.settlement_id, l.code, c.code, o.code, a.code,
       p.scheme, p.kind, p.payer, p.reason, p.cause, trim_scale(p.quantity), trim_scale(x.value),
       x.currency, x.price_date, trim_scale(p.rate), round(p.amount, u.minor_unit), p.currency, p.status,
       p.version
  FROM (SELECT DISTINCT ON (p.settlement_id, p.day, p.kind, p.payer) p.*
          FROM settlements_penalty p
         WHERE p.counted_on BETWEEN %(counted_from)s AND %(counted_until)s
           AND p.recorded_tx < %(horizon)s
           AND (%(entities)s::bigint[] IS NULL OR p.entity_id = ANY(%(entities)s::bigint[]))
         ORDER BY p.settlement_id, p.day, p.kind, p.payer, p.version DESC) p
  JOIN settlements_settlement s ON s.id = p.settlement_id
  JOIN refdata_entity e ON e.id = p.entity_id
  JOIN refdata_place l ON l.id = s.place_id
  JOIN refdata_party c ON c.id = s.counterparty_id
  JOIN refdata_party o ON o.id = s.owner_id
  JOIN refdata_asset a ON a.id = s.asset_id
  JOIN refdata_currency u ON u.code = p.currency
  LEFT JOIN refdata_price x ON x.id = p.price_id
 ORDER BY e.code, p.counted_on, p.settlement_id, p.day, p.kind, p.payer
"""


REPORT = Report(
    name="fails",
    title=_("Fails and penalties"),
    purpose=_("What each day of each fail cost which side, with its price, rate and cause."),
    parameters=(
        Parameter("counted_from", _("Counted from")),
        Parameter("counted_until", _("Counted until")),
    ),
    columns=(
        Column("entity", _("Entity")),
        Column("counted_on", _("Counted"), "date", printed=False),
        Column("day", _("Day"), "date"),
        Column("settlement", _("Settlement")),
        Column("place", _("Place"), names="place"),
        Column("counterparty", _("Counterparty"), names="party"),
        Column("owner", _("Owner"), names="party", printed=False),
        Column("asset", _("Asset"), names="asset"),
        Column("scheme", _("Scheme"), labels=dict(Scheme.choices), printed=False),
        Column("kind", _("Kind"), labels=dict(PenaltyKind.choices)),
        Column("payer", _("Who pays"), labels=dict(Payer.choices)),
        Column("reason", _("Reason")),
        Column("cause", _("Caused by"), labels=dict(Cause.choices)),
        Column("quantity", _("Quantity"), "quantity"),
        Column("price", _("Price"), "price"),
        Column("price_currency", _("Price currency"), printed=False),
        Column("price_date", _("Price date"), "date", printed=False),
        Column("rate", _("Rate"), "price"),
        Column("amount", _("Amount"), "money", currency="currency", sums=True),
        Column("currency", _("Currency")),
        Column("status", _("State"), labels=dict(PenaltyStatus.choices), printed=False),
        Column("version", _("Version"), "count", printed=False),
    ),
    rows=asked_of(_ROWS),
)
