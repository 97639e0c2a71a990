"""Signed copies: a scan brought by one person, compared with the document by another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import PurePath

from django.db import transaction

from backoffice.access.models import User
from backoffice.documents.issuing import sha256
from backoffice.documents.models import Document, SignedCopy
from backoffice.documents.state import CopyState
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from refdata.firm_days import firm_day

LARGEST_SCAN = 10 * 1024 * 1024
# A scan is what its first bytes say, whatever it is called.
MEDIA = (
    (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)  # fmt: skip


class ScanRefused(Invalid):
    code = "scan-refused"
    title = gettext_noop("The file cannot be kept as a signed copy")
    detail = gettext_noop("%(name)s is no PDF, PNG or JPEG, or has more than %(megabytes)s MB.")
    hint = gettext_noop("Scan the document again as a PDF.")


class SignedInFuture(Invalid):
    code = "signed-in-future"
    title = gettext_noop("The document would be signed in the future")
    detail = gettext_noop("%(day)s has not come yet, or lies before the document.")
    hint = gettext_noop("Give the date that stands beside the signature.")


class AlreadySigned(Conflict):
    code = "already-signed"
    title = gettext_noop("The document has its signed copy")
    detail = gettext_noop("%(copy)s was accepted for it, or waits for other eyes.")
    hint = gettext_noop("Have the waiting one decided first; a change is a new document.")


def media_type_of(content: bytes) -> str:
    """What a file is by its content; empty for what is not kept."""
    return next((media for head, media in MEDIA if content.startswith(head)), "")


@transaction.atomic
def propose_signed_copy(
    *, document_id: int, name: str, content: bytes, signed_on: date, actor: User, at: datetime
) -> SignedCopy:
    """Keep a scan of a signed document; it counts once another person has compared it.

    Raises ScanRefused, SignedInFuture, AlreadySigned, NotFound.
    """
    rows = Document.objects.select_for_update(of=("self",)).defer("pdf", "data")
    document = rows.filter(pk=document_id).first()
    if document is None:
        raise NotFound(what="document", reference=f"DOC-{document_id}")
    name = PurePath(name).name[:200] or "scan"
    media = media_type_of(content)
    if not media or len(content) > LARGEST_SCAN:
        raise ScanRefused(name=name, megabytes=LARGEST_SCAN // 1024 // 1024)
    if not document.issued_on <= signed_on <= firm_day(at):
        raise SignedInFuture(day=signed_on.isoformat())
    there = document.copies.exclude(state=CopyState.DECLINED).defer("content").first()
    if there is not None:
        raise AlreadySigned(copy=str(there))
    row = SignedCopy.objects.create(
        entity_id=document.entity_id, document=document, name=name, media_type=media,
        content=content, sha256=sha256(content), signed_on=signed_on, makers=[actor.pk],
        proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="signedcopy.propose", subject_type="signedcopy", subject_id=row.pk,
        entity_id=row.entity_id, target=CopyState.PROPOSED.value,
        facts={"document": str(document), "sha256": row.sha256},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


@transaction.atomic
def accept_signed_copies(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """As the second pair of eyes: the scans show the documents, signed."""

    def accept(id: int) -> None:
        advance(SignedCopy, "accept", [Step(id)], actor=actor, at=at).raise_single()
        row = (
            SignedCopy.objects.select_related("document")
            .defer("content", "document__pdf")
            .get(pk=id)
        )
        event = NewEvent(
            kind="document.sign", subject_type="document", subject_id=row.document_id,
            entity_id=row.entity_id, facts={"copy": str(row), "sha256": row.sha256},
        )  # fmt: skip
        record_events([event], actor_id=actor.pk, at=at)

    return each_by_itself(ids, accept)


@transaction.atomic
def decline_signed_copies(
    *, ids: Sequence[int], reason: str, actor: User, at: datetime
) -> Outcome:  # fmt: skip
    """The scans do not show them signed; others may be brought."""
    return advance(SignedCopy, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)
