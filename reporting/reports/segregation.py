"""Segregation: what we owe clients in each asset at each place, and what the place has for them.

Entitlements are the balances of everybody but ourselves. What the place has is what it stated last of the
accounts of clients, by its document; where it has stated nothing, our own books of it, and it says so.
A difference is an open point of the close: somebody explains it, or it is topped up, before the day is
signed off (domain-decisions 16).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.events.selectors import KnownAt
from ledger.selectors import balances_query
from refdata.custody.selectors import COMPARED
from reporting.reports.base import Column, Known, Parameter, Query, Report, Section, read

_PLACES = """
SELECT 'places', n.code, p.code, NULL, coalesce(i.isin, s.code), trim_scale(c.entitled), trim_scale(c.held),
       trim_scale(c.held - c.entitled), c.source, c.stated_on,
       CASE WHEN c.held = c.entitled THEN 'EQUAL' WHEN c.held < c.entitled THEN 'SHORT' ELSE 'OVER' END,
       x.reason, x.username
  FROM compared c
  JOIN refdata_entity n ON n.id = c.entity_id
  JOIN refdata_place p ON p.id = c.place_id
  JOIN refdata_asset s ON s.id = c.asset_id
  LEFT JOIN refdata_instrument i ON i.asset_id = c.asset_id
  LEFT JOIN LATERAL (
       SELECT v.reason, u.username
         FROM ledger_businessday d
         JOIN ledger_openpoint o ON o.day_id = d.id AND o.kind = 'segregation' AND o.key = c.key
         JOIN events_event v ON v.subject_type = 'openpoint' AND v.subject_id = o.id
          AND v.kind = 'openpoint.explain' AND v.tx < %(horizon)s
         JOIN access_user u ON u.id = v.actor_id
        WHERE d.entity_id = c.entity_id AND d.day = %(business_date)s
        ORDER BY v.id DESC LIMIT 1) x ON true
 ORDER BY n.code, p.code, coalesce(i.isin, s.code)
"""
_CLIENTS = """
SELECT 'clients', n.code, p.code, o.code, coalesce(i.isin, s.code), trim_scale(e.amount), NULL, NULL, NULL,
       NULL::date, NULL, NULL, NULL
  FROM entitled e
  JOIN refdata_entity n ON n.id = e.entity_id
  JOIN refdata_place p ON p.id = e.place_id
  JOIN refdata_party o ON o.id = e.owner_id
  JOIN refdata_asset s ON s.id = e.asset_id
  LEFT JOIN refdata_instrument i ON i.asset_id = e.asset_id
 ORDER BY n.code, p.code, o.code, coalesce(i.isin, s.code)
"""


def rows(parameters: Mapping[str, Any], known: Known) -> Sequence[Query]:
    facts = known.facts | {"business_date": parameters["business_date"]}
    balances, bounds = balances_query(
        as_of=parameters["business_date"],
        known=KnownAt(at=known.at, number=0, horizon=known.horizon),
    )
    compared = COMPARED.replace("{balances}", balances)
    return [read(compared + _PLACES, facts | bounds), read(compared + _CLIENTS, facts | bounds)]


SOURCES = {"STATED": _("Stated by the place"), "OURS": _("Our books of the place")}
RESULTS = {
    "EQUAL": _("Equal"), "SHORT": _("Less than clients are owed"), "OVER": _("More than clients are owed"),
}  # fmt: skip

REPORT = Report(
    name="segregation",
    title=_("Segregation of client assets"),
    purpose=_(
        "What clients are owed in each asset at each place against what the place has for them, the"
        " difference and its explanation, and each client's part."
    ),
    parameters=(Parameter("business_date", _("Business date")),),
    columns=(
        Column("section", _("Section")),
        Column("entity", _("Entity")),
        Column("place", _("Place"), names="place"),
        Column("owner", _("Owner"), names="party"),
        Column("asset", _("Asset"), names="asset"),
        Column("entitled", _("Owed to clients"), "quantity"),
        Column("held", _("Held for clients"), "quantity"),
        Column("difference", _("Difference"), "quantity"),
        Column("source", _("Held by whose word"), labels=SOURCES),
        Column("stated_on", _("Stated for"), "date"),
        Column("result", _("Result"), labels=RESULTS),
        Column("explanation", _("Explanation")),
        Column("explained_by", _("Explained by")),
    ),
    sections=(
        Section("places", _("Places"), (
            "entity", "place", "asset", "entitled", "held", "difference", "source", "stated_on",
            "result", "explanation", "explained_by")),
        Section("clients", _("Clients"), ("entity", "place", "owner", "asset", "entitled")),
    ),
    rows=rows,
)  # fmt: skip
