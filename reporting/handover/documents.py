"""The documents of a batch as EnterpriseData: from its rows and the reference data to a message, kept as written.

While the batch is prepared each writing that says something else is another file; what is handed over is the last.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from backoffice.access.models import User
from backoffice.connectors.formats.enterprise_data.model import (
    Account,
    BankPayment,
    Basis,
    Document,
    Item,
    Kind,
    Line,
    Message,
    Services,
    TaxInvoice,
)
from backoffice.connectors.formats.enterprise_data.references import reference_of
from backoffice.connectors.formats.enterprise_data.schemas import check_against_firms_schema
from backoffice.connectors.formats.enterprise_data.writing import require_right, write_message
from backoffice.connectors.formats.refusing import Refused
from backoffice.kernel.errors import Conflict, FieldProblem
from backoffice.kernel.i18n import gettext_noop
from refdata.firm_days import FIRM_ZONE
from reporting.formats.files import File
from reporting.handover.models import DocumentFile, LedgerBatch
from reporting.handover.naming import Names, cleaned
from reporting.handover.state import BatchState
from reporting.reports.bookkeeping_documents import KINDS, REPORT
from reporting.services import record_download, stored_path
from reporting.storing import rows_in

MEDIA_TYPE = "application/xml"
CENT = Decimal("0.01")
RUSSIAN = {
    "SALE": "Реализация услуг", "PURCHASE": "Услуги по счету", "SECURITIES": "Покупка ценных бумаг по акту",
    "RECEIPT": "Поступление", "PAYMENT": "Списание",
}  # fmt: skip
assert RUSSIAN.keys() == KINDS.keys()
Told = Mapping[str, str | None]


class NoDocuments(Conflict):
    code = "batch-without-documents"
    title = gettext_noop("The batch has no documents")
    detail = gettext_noop("Nothing of the day of %(batch)s is handed over as a document.")
    hint = gettext_noop("Take its entries; documents come with a batch of a day that has some.")


@transaction.atomic
def written(batch: LedgerBatch, *, actor: User, at: datetime) -> DocumentFile:
    """The file of a batch: anew while it is prepared, else as it was handed over.

    Raises Refused with all that is wrong in the documents, and NoDocuments where there are none.
    """
    row = LedgerBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    last = row.files.order_by("-number").first()
    if row.state != BatchState.PREPARED or not batch.has_documents:
        if last is None:
            raise NoDocuments(batch=str(batch))
        return last
    content = write_message(message_of(batch))
    digest = hashlib.sha256(content).hexdigest()
    if last is not None and last.sha256 == digest:
        return last
    folder, version = settings.ENTERPRISE_DATA_SCHEMAS, settings.ENTERPRISE_DATA_VERSION
    validated = bool(folder) and check_against_firms_schema(content, Path(folder), version)
    return DocumentFile.objects.create(
        batch=row, number=last.number + 1 if last else 1, version=version, content=content, sha256=digest,
        validated=validated, written_by=actor, written_at=at,
    )  # fmt: skip


def open_documents(batch: LedgerBatch, *, actor: User, at: datetime) -> File:
    """The file of its documents; that it was taken is recorded. Raises Refused, NoDocuments, RowsChanged."""
    file = written(batch, actor=actor, at=at)
    assert batch.documents is not None
    record_download(batch.documents, file_format="enterprise-data", actor=actor, at=at)
    content = bytes(file.content)
    name = f"{batch.entity.code}-{batch.day:%Y%m%d}-{batch.number}-documents.xml"
    return File([content], len(content), MEDIA_TYPE, name)


class Figures(NamedTuple):
    """How many documents of each kind there are and what they come to, and money held against the entries."""

    sums: list[Told]
    ratios: list[Told]


def figures_of(batch: LedgerBatch) -> Figures:
    if batch.documents is None:
        return Figures([], [])
    found: dict[str, list[Told]] = {"sums": [], "ratios": []}
    for row in rows_in(stored_path(batch.documents, whole=False)):
        told = REPORT.told(row)
        found.get(told["section"] or "", []).append(told)
    return Figures(found["sums"], found["ratios"])


def lacking(batch: LedgerBatch) -> Sequence[FieldProblem]:
    """What its documents cannot be written without, while it is prepared; nothing where they can."""
    if batch.state != BatchState.PREPARED or not batch.has_documents:
        return []
    try:
        require_right(message_of(batch))
    except Refused as refused:
        return refused.problems
    return []


def message_of(batch: LedgerBatch) -> Message:
    """Its documents as their rows say them, with names and numbers as the reference data have them now."""
    assert batch.documents is not None
    documents, lines = list[Told](), defaultdict[str, list[Told]](list)
    for row in rows_in(stored_path(batch.documents)):
        told = REPORT.told(row)
        if told["section"] == "documents":
            documents.append(told)
        elif told["section"] == "lines":
            lines[_key(told)].append(told)
    making = _Making(batch, documents, lines)
    found = tuple(each for told in documents for each in making.documents(told))
    prepared = batch.prepared_at.astimezone(FIRM_ZONE).replace(tzinfo=None, microsecond=0)
    return Message(settings.ENTERPRISE_DATA_VERSION, prepared, found)


def _key(told: Told) -> str:
    """What tells a document of one batch from another: a bill may have one in each currency, and a reversal."""
    return "\x1f".join(told[name] or "" for name in ("entity", "document", "currency", "reverses"))


class _Making:
    """Documents of the model from rows."""

    def __init__(
        self, batch: LedgerBatch, documents: list[Told], lines: Mapping[str, list[Told]]
    ) -> None:
        self.batch, self.lines = batch, lines
        self.names = Names(batch.entity, batch.day, documents, lines)
        self.us = self.names.organisation

    def documents(self, told: Told) -> list[Document]:
        if told["kind"] in (Kind.RECEIPT, Kind.PAYMENT):
            return [self._payment(told)]
        made = self._services(told)
        return [made, self._invoice(told, made)] if made.taxed and made.vat else [made]

    def _services(self, told: Told) -> Services:
        kind = Kind(str(told["kind"]))
        counterpart = self.names.party(told["party"] or "")
        number, comment = self._number_and_comment(told)
        lines = tuple(self._line(each, kind) for each in self.lines[_key(told)])
        return Services(
            kind=kind, reference=self._reference(told, kind), number=number, moment=_moment(told["day"]),
            organisation=self.us, counterpart=counterpart, currency=self.names.currency(told["currency"] or ""),
            total=_amount(told["total"]), lines=lines, comment=comment,
            contract=self.names.contract(told, kind, counterpart),
            their_number="" if kind == Kind.SALE else told["their_number"] or "",
            their_day=None if kind == Kind.SALE else date.fromisoformat(told["their_day"] or ""),
        )  # fmt: skip

    def _line(self, told: Told, kind: Kind) -> Line:
        code, quantity, total = (
            told["code"] or "",
            Decimal(told["quantity"] or 0),
            _amount(told["total"]),
        )
        item = Item(reference_of("item", code), code, self.names.item(code))
        price = total / quantity
        return Line(
            int(told["line"] or 0), item, quantity, total, _amount(told["vat"]),
            Decimal(told["rate"]) * 100 if told["rate"] else None,
            None if kind == Kind.SECURITIES and price != price.quantize(CENT) else price,
            "" if kind == Kind.SECURITIES else item.name,
        )  # fmt: skip

    def _invoice(self, told: Told, of: Services) -> TaxInvoice:
        """Ours with the number that we issued; theirs with the number and date of their bill."""
        ours = of.kind == Kind.SALE
        kind = Kind.ISSUED if ours else Kind.RECEIVED
        rates = {line.rate for line in of.lines}
        basis = Basis(of.reference, of.number, of.moment, self.us, None if ours else of.counterpart)
        return TaxInvoice(
            kind=kind, reference=self._reference(told, kind), number=of.number if ours else of.their_number,
            moment=of.moment if ours or of.their_day is None else datetime.combine(of.their_day, time()),
            organisation=self.us, counterpart=of.counterpart, currency=of.currency, total=of.total, vat=of.vat,
            rate=rates.pop() if len(rates) == 1 else None, basis=basis, contract=of.contract, comment=of.comment,
        )  # fmt: skip

    def _payment(self, told: Told) -> BankPayment:
        kind = Kind(str(told["kind"]))
        counterpart = self.names.named_by_bank(told["their_name"] or "", told["their_inn"] or "")
        number, comment = self._number_and_comment(told)
        bank = self.names.place(told["place"] or "")
        account = Account(
            reference_of("account", told["account"] or "", bank.bik or bank.swift), told["account"] or "", bank,
            organisation=self.us,
        )  # fmt: skip
        return BankPayment(
            kind=kind, reference=self._reference(told, kind), number=number, moment=_moment(told["day"]),
            organisation=self.us, counterpart=counterpart, account=account,
            their_account=self.names.their_account(told, counterpart),
            currency=self.names.currency(told["currency"] or ""), total=_amount(told["total"]),
            their_number=cleaned(told["their_number"] or ""), purpose=cleaned(told["purpose"] or ""), comment=comment,
        )  # fmt: skip

    def _reference(self, told: Told, kind: Kind) -> str:
        named = [self.batch.entity.code, kind.value, told["document"] or "", told["currency"] or ""]
        return reference_of(*named, *(["reversal"] if told["reverses"] else []))

    def _number_and_comment(self, told: Told) -> tuple[str, str]:
        number, reference = told["number"] or "", told["document"] or ""
        if told["reverses"]:
            what = RUSSIAN[str(told["kind"])]
            return f"{number}-С", f"Сторно: {what} № {number} от {told['day']} ({reference})"
        remark = "; банк отменил свою запись" if told["remark"] == "BANK_REVERSAL" else ""
        return number, f"{self.batch}, {reference}{remark}"


def _moment(day: str | None) -> datetime:
    return datetime.combine(date.fromisoformat(day or ""), time())


def _amount(text: str | None) -> Decimal:
    return Decimal(text or 0)
