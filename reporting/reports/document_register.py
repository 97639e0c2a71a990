"""Document register: every document that left, by its number, what it replaces and when it came back signed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backoffice.documents.kinds import DocumentKind, Language
from reporting.reports.base import Column, Parameter, Report, asked_of, reference

# A document is a fact; that a signed copy of it was accepted is known by the event of that.
_ROWS = f"""
SELECT n.code, d.kind, d.number, d.issued_on, d.language,
       {reference("d.subject_type", "d.subject_id")}, d.subject_version, p.code, u.username,
       b.number, c.signed_on, (v.recorded_at AT TIME ZONE %(firm_zone)s)::date,
       t.language || '-' || t.number, d.engine, d.data_sha256, d.pdf_sha256
  FROM documents_document d
  JOIN refdata_entity n ON n.id = d.entity_id
  JOIN documents_template t ON t.id = d.template_id
  LEFT JOIN refdata_party p ON p.id = d.party_id
  LEFT JOIN access_user u ON u.id = d.issued_by_id
  LEFT JOIN documents_document b ON b.id = d.replaces_id
  LEFT JOIN LATERAL (
       SELECT v.subject_id, v.recorded_at
         FROM documents_signedcopy c
         JOIN events_event v ON v.subject_type = 'signedcopy' AND v.subject_id = c.id
          AND v.kind = 'signedcopy.accept' AND v.tx < %(horizon)s
        WHERE c.document_id = d.id ORDER BY v.id DESC LIMIT 1) v ON true
  LEFT JOIN documents_signedcopy c ON c.id = v.subject_id
 WHERE d.issued_on BETWEEN %(issued_from)s AND %(issued_until)s AND d.recorded_tx < %(horizon)s
   AND (%(entities)s::bigint[] IS NULL OR d.entity_id = ANY(%(entities)s::bigint[]))
 ORDER BY n.code, d.kind, d.series_id, d.serial, d.language
"""  # noqa: S608


REPORT = Report(
    name="document-register",
    title=_("Document register"),
    purpose=_(
        "Every document issued between two dates by its number, with its hashes, and when it came back signed."
    ),
    parameters=(
        Parameter("issued_from", _("Issued from")),
        Parameter("issued_until", _("Issued until")),
    ),
    columns=(
        Column("entity", _("Entity")),
        Column("kind", _("Kind"), labels=dict(DocumentKind.choices)),
        Column("number", _("Number")),
        Column("issued_on", _("Issued on"), "date"),
        Column("language", _("Language"), labels=dict(Language.choices)),
        Column("subject", _("About")),
        Column("version", _("Version"), "count"),
        Column("party", _("Party"), names="party"),
        Column("issued_by", _("Issued by")),
        Column("replaces", _("Replaces")),
        Column("signed_on", _("Signed on"), "date"),
        Column("accepted_on", _("Accepted on"), "date"),
        Column("template", _("Template"), printed=False),
        Column("engine", _("Made with"), printed=False),
        Column("data_sha256", _("Hash of its data"), printed=False),
        Column("pdf_sha256", _("Hash of the PDF"), printed=False),
    ),
    rows=asked_of(_ROWS),
)
