"""General journal: every posting in the order in which it was recorded, with what caused it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ledger.state import AccountKind
from reporting.reports.base import Column, Parameter, Report, asked_of, reference

# Every posting with its entry, both accounts and whose they are, and its asset.
POSTINGS = """
  FROM ledger_journalentry e
  JOIN ledger_posting p ON p.entry_id = e.id
  JOIN refdata_entity n ON n.id = e.entity_id
  JOIN ledger_ledgeraccount d ON d.id = p.debit_account_id
  JOIN ledger_ledgeraccount c ON c.id = p.credit_account_id
  JOIN refdata_party od ON od.id = d.owner_id
  JOIN refdata_party oc ON oc.id = c.owner_id
  JOIN refdata_asset s ON s.id = p.asset_id
  LEFT JOIN refdata_instrument i ON i.asset_id = p.asset_id
"""
_ROWS = f"""
SELECT n.code, 'E-' || e.id, e.effective_date,
       {reference("e.source_type", "e.source_id")},
       d.kind, c.kind, coalesce(i.isin, s.code), trim_scale(p.quantity), od.code, oc.code, 'E-' || e.reverses_id,
       nullif(e.reason, ''), e.kind, d.kind || '-' || d.id, c.kind || '-' || c.id,
       (e.recorded_at AT TIME ZONE %(firm_zone)s)::date, e.unconfirmed
{POSTINGS} WHERE e.effective_date BETWEEN %(effective_from)s AND %(effective_until)s AND e.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR e.entity_id = ANY(%(entities)s::bigint[]))
 ORDER BY n.code, e.id, p.id
"""


KINDS = dict(AccountKind.choices)

REPORT = Report(
    name="general-journal",
    title=_("General journal"),
    purpose=_(
        "Every posting effective between two dates, with its entry, what caused it, and both accounts."
    ),
    parameters=(
        Parameter("effective_from", _("Effective from")),
        Parameter("effective_until", _("Effective until")),
    ),
    columns=(
        Column("entity", _("Entity")),
        Column("entry", _("Entry")),
        Column("effective_date", _("Effective date"), "date"),
        Column("source", _("Source")),
        Column("debit", _("Debit"), labels=KINDS),
        Column("credit", _("Credit"), labels=KINDS),
        Column("asset", _("Asset"), names="asset"),
        Column("amount", _("Amount"), "money", currency="asset", sums=True),
        Column("debit_owner", _("Owner of the debit"), names="party"),
        Column("credit_owner", _("Owner of the credit"), names="party"),
        Column("reverses", _("Reverses")),
        Column("reason", _("Reason"), printed=False),
        Column("kind", _("Kind"), printed=False),
        Column("debit_account", _("Debit account"), printed=False),
        Column("credit_account", _("Credit account"), printed=False),
        Column("recorded_on", _("Recorded on"), "date", printed=False),
        Column(
            "unconfirmed", _("Unconfirmed"), labels={"true": _("yes"), "false": ""}, printed=False
        ),
    ),
    rows=asked_of(_ROWS),
)
