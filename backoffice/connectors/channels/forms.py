"""A message as a numbered form, to be given to its place when the channel is down."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.connectors.models import OutboundMessage
from backoffice.documents.issuing import Order, issue_documents
from backoffice.documents.kinds import DocumentKind
from backoffice.documents.models import Document
from refdata.firm_days import firm_day
from refdata.models import Party

SUBJECT = "message"


@transaction.atomic
def issue_forms(*, ids: list[int], language: str, actor: User, at: datetime) -> list[Document]:
    """The form of each message, issued once: its bytes, or, while something is missing, what is instructed.

    Written after that, it is another version of the form, with the next number.
    """
    rows = OutboundMessage.objects.select_related(
        "place", "settlement__entity__own_party", "choice__election__entity__own_party"
    )
    orders = [_order(row, language, at) for row in rows.filter(pk__in=ids).order_by("pk")]
    return issue_documents(orders=orders, actor=actor, at=at)


def _order(row: OutboundMessage, language: str, at: datetime) -> Order:
    content = bytes(row.content) if row.content is not None else b""
    about = row.settlement
    entity = about.entity if about else row.choice.election.entity  # type: ignore[union-attr]
    written = content or json.dumps(row.body, ensure_ascii=False, indent=1).encode()
    return Order(
        kind=DocumentKind.MESSAGE_FORM, language=language, subject_type=SUBJECT, subject_id=row.pk,
        version=2 if content else 1, entity_id=entity.pk, book_id=about.book_id if about else None,
        party_id=about.counterparty_id if about else None, on=firm_day(at),
        data={
            "us": _party(entity.own_party),
            "place": {"en": row.place.name, "ru": row.place.name_ru or row.place.name},
            "message": {
                "reference": str(row), "called": row.reference, "format": row.format or "JSON",
                "settlement": row.about,
                "sequence": str(row.sequence) if row.sequence else "",
                "sha256": hashlib.sha256(written).hexdigest(), "lines": _lines(written),
            },
        },
    )  # fmt: skip


def _party(party: Party) -> dict[str, Any]:
    return {"code": party.code, "name": {"en": party.name, "ru": party.name_ru or party.name}}


def _lines(content: bytes) -> list[str]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("cp1251", "replace")
    return text.replace("\r\n", "\n").strip().split("\n")
