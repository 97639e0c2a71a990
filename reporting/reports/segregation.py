"""Segregation: what we owe clients in each asset at each place, and what the place has for them.

Entitlements are the balances of everybody but ourselves. What the place has is what it stated last of the
accounts of clients, by its document; where it has stated nothing, our own books of it, and it says so.
What is in our use by a client's right stands in no account of clients: it is listed apart, as owed to the client.
A difference is an open point of the close: somebody explains it, or it is topped up, before the day is
signed off (domain-decisions 16).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from ledger.selectors import balances_query
from refdata.custody.selectors import COMPARED
from reporting.reports.base import Column, Known, Parameter, Query, Report, Section, read

_PLACES = """
SELECT 'places', n.code, p.code, NULL, coalesce(i.isin, s.code), trim_scale(c.entitled), trim_scale(c.held),
       trim_scale(c.held - c.entitled), c.source, c.stated_on,
       CASE WHEN c.held = c.entitled THEN 'EQUAL' WHEN c.held < c.entitled THEN 'SHORT' ELSE 'OVER' END,
       x.reason, x.username, NULL, NULL, NULL::date
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
       NULL::date, NULL, NULL, NULL, NULL, NULL, NULL::date
  FROM entitled e
  JOIN refdata_entity n ON n.id = e.entity_id
  JOIN refdata_place p ON p.id = e.place_id
  JOIN refdata_party o ON o.id = e.owner_id
  JOIN refdata_asset s ON s.id = e.asset_id
  LEFT JOIN refdata_instrument i ON i.asset_id = e.asset_id
 ORDER BY n.code, p.code, o.code, coalesce(i.isin, s.code)
"""
# What was moved to us by then and not given back by then: by entries, which are facts.
_USED = """
SELECT 'used', n.code, p.code, c.code, coalesce(i.isin, s.code), NULL, NULL, NULL, NULL, NULL::date, NULL, NULL, NULL,
       trim_scale(u.quantity), r.agreement, e.effective_date
  FROM ledger_journalentry e
  JOIN settlements_assetuse u ON u.id = e.source_id
  JOIN refdata_useright r ON r.id = u.right_id
  JOIN refdata_entity n ON n.id = e.entity_id
  JOIN refdata_place p ON p.id = u.place_id
  JOIN refdata_party c ON c.id = r.client_id
  JOIN refdata_asset s ON s.id = u.asset_id
  LEFT JOIN refdata_instrument i ON i.asset_id = u.asset_id
 WHERE e.source_type = 'assetuse' AND e.kind = 'assetuse.approve' AND e.recorded_tx < %(horizon)s
   AND e.effective_date <= %(business_date)s
   AND (%(entities)s::bigint[] IS NULL OR e.entity_id = ANY(%(entities)s::bigint[]))
   AND NOT EXISTS (SELECT 1 FROM ledger_journalentry b
                    WHERE b.entity_id = e.entity_id AND b.source_type = 'assetuse' AND b.source_id = e.source_id
                      AND b.kind = 'assetuse.give_back' AND b.recorded_tx < %(horizon)s
                      AND b.effective_date <= %(business_date)s)
 ORDER BY n.code, p.code, c.code, coalesce(i.isin, s.code), e.id
"""


def rows(parameters: Mapping[str, Any], known: Known) -> Sequence[Query]:
    facts = known.facts | {"business_date": parameters["business_date"]}
    balances, bounds = balances_query(
        as_of=parameters["business_date"],
        known=known.mark,
    )
    compared = COMPARED.replace("{balances}", balances)
    return [
        read(compared + _PLACES, facts | bounds),
        read(compared + _CLIENTS, facts | bounds),
        read(_USED, facts),
    ]


SOURCES = {"STATED": _("Stated by the place"), "OURS": _("Our books of the place")}
RESULTS = {
    "EQUAL": _("Equal"), "SHORT": _("Less than clients are owed"), "OVER": _("More than clients are owed"),
}  # fmt: skip

REPORT = Report(
    name="segregation",
    title=_("Segregation of client assets"),
    purpose=_(
        "What clients are owed in each asset at each place against what the place has for them, the"
        " difference and its explanation, each client's part, and what of clients is in our use by right."
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
        Column("used", _("In our use, owed to the client"), "quantity"),
        Column("agreement", _("By the right under contract")),
        Column("used_since", _("Used since"), "date"),
    ),
    sections=(
        Section("places", _("Places"), (
            "entity", "place", "asset", "entitled", "held", "difference", "source", "stated_on",
            "result", "explanation", "explained_by")),
        Section("clients", _("Clients"), ("entity", "place", "owner", "asset", "entitled")),
        Section("used", _("In our use by right"), (
            "entity", "place", "owner", "asset", "used", "agreement", "used_since")),
    ),
    rows=rows,
)  # fmt: skip
