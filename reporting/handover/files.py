"""A batch as a file of our published form `ledger-batch-1.xsd`: its head with control totals, entries, changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import quoteattr

from backoffice.access.models import User
from reporting.formats.files import File
from reporting.handover.models import LedgerBatch
from reporting.reports.base import Row
from reporting.reports.ledger_batch import REPORT
from reporting.services import record_download, stored_path
from reporting.storing import rows_in

NAMESPACE = "urn:back-office:ledger-batch:1"
MEDIA_TYPE = "application/xml"
PIECE = 500  # rows
# Elements and attributes by section; what a row does not say is left out.
_ELEMENTS = {
    "entries": ("Entries", "Posting", (
        ("entry", "entry"), ("date", "effective_date"), ("source", "source"), ("kind", "kind"), ("debit", "debit"),
        ("credit", "credit"), ("asset", "asset"), ("amount", "quantity"), ("debitOwner", "debit_owner"),
        ("creditOwner", "credit_owner"), ("reverses", "reverses"), ("reason", "reason"))),
    "changes": ("Changes", "Change", (
        ("account", "account"), ("line", "line"), ("asset", "asset"), ("amount", "change"))),
}  # fmt: skip


def open_batch(batch: LedgerBatch, *, actor: User, at: datetime) -> File:
    """The file of a batch, the same bytes each time; that it was taken is recorded. Raises RowsChanged."""
    rows = rows_in(stored_path(batch.run))
    record_download(batch.run, file_format="xml", actor=actor, at=at)
    name = f"{batch.entity.code}-{batch.day:%Y%m%d}-{batch.number}.xml"
    return File(xml_pieces(batch, rows), None, MEDIA_TYPE, name)


def xml_pieces(batch: LedgerBatch, rows: Iterable[Row]) -> Iterator[bytes]:
    """The file piece by piece. The rows come section by section, as they were kept."""
    yield _head(batch).encode()
    open_section, piece = "", list[str]()
    for row in rows:
        told = REPORT.told(row)
        section = told["section"] or ""
        wrapper, element, attributes = _ELEMENTS[section]
        if section != open_section:
            piece.append(_closed(open_section) + f"<{wrapper}>\n")
            open_section = section
        said = "".join(
            f" {name}={quoteattr(told[cell] or '')}" for name, cell in attributes if told[cell]
        )
        piece.append(f"<{element}{said}/>\n")
        if len(piece) >= PIECE:
            yield "".join(piece).encode()
            piece.clear()
    yield ("".join(piece) + _closed(open_section) + "</LedgerBatch>\n").encode()


def _closed(section: str) -> str:
    return f"</{_ELEMENTS[section][0]}>\n" if section else ""


def _head(batch: LedgerBatch) -> str:
    run, before = batch.run, batch.before
    said = {
        "reference": str(batch), "entity": batch.entity.code, "number": str(batch.number),
        "day": batch.day.isoformat(), "plan": run.parameters["plan"],
        "currency": batch.entity.base_currency,
        "knownAt": run.known_at.isoformat() if run.known_at else "",
        "rows": str(run.row_count), "sha256": run.sha256,
    } | ({"previous": str(before), "previousSha256": before.run.sha256} if before else {})  # fmt: skip
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in said.items())
    sums = "".join(
        f"<Total asset={quoteattr(asset)} amount={quoteattr(amount)}/>\n"
        for asset, amount in sorted(batch.control_totals.items())
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<LedgerBatch xmlns="{NAMESPACE}"{attributes}>\n'
        f"<Totals>\n{sums}</Totals>\n"
    )
