"""Issuing documents: numbered without a gap, set once, kept with everything they were made from.

A document that was issued is given again as it was. The number is drawn in the transaction that
stores the document, as its last lock: what fails or dies before leaves neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.documents.kinds import LAYOUT, DocumentKind
from backoffice.documents.models import Document, Template
from backoffice.documents.rule_kinds import NUMBER_FORMAT, PLAIN
from backoffice.documents.rules import written_number
from backoffice.documents.templates import approved
from backoffice.documents.typesetting import Source, Typesetter, engine, typesetter
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.sealing import canonical
from refdata.selectors import reference_data

UNNUMBERED = "0"  # what stands for the number in the trial, before one is drawn

_DRAW = """
INSERT INTO documents_series AS s (entity_id, kind, year, pattern, digits, last)
VALUES (%s, %s, %s, %s, %s, 1)
    ON CONFLICT (entity_id, kind, year) DO UPDATE SET last = s.last + 1
RETURNING id, last, pattern, digits
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A document that is asked for: of what kind, about what, and with which data.

    The data hold plain strings, in every language that a template may need; `number` and `date`
    are added. `version` tells one making from a later, changed one of the same subject.
    """

    kind: DocumentKind
    language: str
    subject_type: str
    subject_id: int
    version: int
    entity_id: int
    book_id: int | None
    party_id: int | None
    on: date
    data: Mapping[str, Any]

    @property
    def series(self) -> tuple[int, str, int]:
        return self.entity_id, self.kind, self.on.year


@dataclass(frozen=True, slots=True)
class Draft:
    """An order with the templates that set it, the same document in another language, and the one before."""

    order: Order
    layout: Template
    template: Template
    other: Document | None
    before: Document | None

    @property
    def source(self) -> Source:
        return Source(self.layout.body, self.template.body)


@transaction.atomic
def issue_documents(*, orders: Sequence[Order], actor: User | None, at: datetime) -> list[Document]:
    """A document for each order: the one that was issued before, or a new one.

    Locks the subjects in order, the series last. Raises NoTemplate, TemplateRefused, TypesetterBusy.
    """
    for subject in sorted({(o.kind, o.subject_type, o.subject_id) for o in orders}):
        _lock(subject)
    wanted = [order for order in orders if issued(order) is None]
    if wanted:
        with typesetter() as setter:
            drafts = [_draft(order) for order in wanted]
            for draft in drafts:  # refused here, it has locked no series
                _set(draft, data_of(draft.order, UNNUMBERED), setter, at)
            drafts.sort(key=lambda draft: draft.order.series)
            made = [_make(draft, setter, actor, at) for draft in drafts]
        _tell(made, actor, at)
    found = [issued(order) for order in orders]
    return [document for document in found if document is not None]


def issued(order: Order) -> Document | None:
    """The document of an order, if it was issued."""
    rows = _of_subject(order)
    return rows.filter(subject_version=order.version, language=order.language).first()


def _of_subject(order: Order) -> QuerySet[Document]:
    return Document.objects.filter(
        kind=order.kind, subject_type=order.subject_type, subject_id=order.subject_id
    )


def _lock(subject: tuple[str, str, int]) -> None:
    """Two who ask for one document at once: the second waits, and is given the first one's."""
    key = f"document {subject}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 18))", [key])


def _draft(order: Order) -> Draft:
    rows = _of_subject(order)
    earlier = rows.filter(subject_version__lt=order.version).order_by("-subject_version", "-id")
    same = [row for row in earlier[:2] if row.language == order.language]
    return Draft(
        order, approved(LAYOUT, order.language), approved(order.kind, order.language),
        rows.filter(subject_version=order.version).order_by("id").first(),
        same[0] if same else earlier.first(),
    )  # fmt: skip


def data_of(order: Order, number: str) -> str:
    """What a document is made from, in its one spelling."""
    more = {"number": number, "date": order.on.isoformat()}
    return canonical({**order.data, **more}).decode()


def _set(draft: Draft, data: str, setter: Typesetter, at: datetime) -> bytes:
    return setter.set(draft.source, data, language=draft.order.language, at=at)


def _make(draft: Draft, setter: Typesetter, actor: User | None, at: datetime) -> Document:
    """In another language the same number and the same data; else the next number."""
    order, other = draft.order, draft.other
    if other is None:
        # Of one making in two languages the second finds the first here.
        other = _of_subject(order).filter(subject_version=order.version).first()
    if other is not None:
        series_id, serial, number = other.series_id, other.serial, other.number
        data, on = other.data, other.issued_on
    else:
        series_id, serial, number = _draw(order)
        data, on = data_of(order, number), order.on
    pdf = _set(draft, data, setter, at)
    return Document.objects.create(
        entity_id=order.entity_id, book_id=order.book_id, party_id=order.party_id,
        kind=order.kind, series_id=series_id, serial=serial, number=number, issued_on=on,
        subject_type=order.subject_type, subject_id=order.subject_id,
        subject_version=order.version, language=order.language, layout=draft.layout,
        template=draft.template, engine=engine(), data=data, data_sha256=sha256(data.encode()),
        pdf=pdf, pdf_sha256=sha256(pdf), replaces=draft.before, issued_by=actor, issued_at=at,
    )  # fmt: skip


def _draw(order: Order) -> tuple[int, int, str]:
    """The next number of a series, locked until the end of the transaction."""
    rule = reference_data().rules.find(NUMBER_FORMAT, order.on, order.kind) or PLAIN[order.kind]
    entity_id, kind, year = order.series
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, [entity_id, kind, year, rule.pattern, rule.digits])
        series_id, serial, pattern, digits = cursor.fetchone()
    return series_id, serial, written_number(pattern, digits, number=serial, year=year)


def _tell(made: Sequence[Document], actor: User | None, at: datetime) -> None:
    events = [
        NewEvent(
            kind="document.issue", subject_type="document", subject_id=row.pk,
            entity_id=row.entity_id,
            facts={
                "kind": row.kind, "number": row.number, "language": row.language,
                "about": f"{row.subject_type}:{row.subject_id}", "version": row.subject_version,
                "data_sha256": row.data_sha256, "pdf_sha256": row.pdf_sha256,
            },
        )
        for row in made
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk if actor else None, at=at)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Verified:
    """A document set again from what it was made from, beside what was kept."""

    equal: bool
    stored_sha256: str
    recomputed_sha256: str
    data_kept: bool
    same_engine: bool


def verify_document(document: Document) -> Verified:
    """Set a document again by its own templates, data and moment, and compare the bytes.

    `same_engine` tells whether the typesetter is the release that set it; another may differ.
    """
    source = Source(document.layout.body, document.template.body)
    with typesetter() as setter:
        pdf = setter.set(
            source, document.data, language=document.language, at=document.issued_at
        )  # fmt: skip
    again, kept = sha256(pdf), sha256(bytes(document.pdf))
    data_kept = sha256(document.data.encode()) == document.data_sha256
    return Verified(
        equal=data_kept and again == kept == document.pdf_sha256,
        stored_sha256=document.pdf_sha256, recomputed_sha256=again, data_kept=data_kept,
        same_engine=document.engine == engine(),
    )  # fmt: skip
