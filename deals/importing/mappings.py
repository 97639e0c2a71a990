"""Mappings of columns: proposed, approved by another person, remembered by the header of the file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.references import number_in
from backoffice.workflow.transitions import Outcome, Step, advance
from deals.importing.mapping import MappingTerms, mapping_of, signature_of
from deals.importing.models import ImportMapping
from deals.importing.row_reading import RowReader
from deals.importing.state import ImportMappingState
from refdata.models import Book
from refdata.scopes import OutOfScope, scope_of, visible


class MappingLacksColumns(Invalid):
    code = "mapping-lacks-columns"
    title = gettext_noop("The mapping names columns that the file does not have")
    detail = gettext_noop("Not there: %(columns)s.")
    hint = gettext_noop("Name columns as the header of the file does.")


class MappingRivalled(Conflict):
    code = "mapping-rivalled"
    title = gettext_noop("Another version was proposed or approved just now")
    detail = gettext_noop("Somebody else changed the mapping of these columns at the same time.")
    hint = gettext_noop("Look at it again, then propose yours anew.")


def book_of(code: str, *, actor: User) -> Book:
    """The book that deals go into, where a person may write. Raises NotFound, OutOfScope."""
    book = Book.objects.filter(code=code).first()
    if book is None:
        raise NotFound(what="book", reference=code or "-")
    if not scope_of(actor).covers(entity_id=book.entity_id, book_id=book.pk):
        raise OutOfScope(what=book.code)
    return book


@transaction.atomic
def propose_mapping(
    *, book: str, name: str, header: Sequence[str], document: Any, reason: str = "", actor: User,
    at: datetime,
) -> ImportMapping:  # fmt: skip
    """Propose how such a file is read; files are previewed by it, and loaded once it is approved.

    Raises WrongMapping, MappingLacksColumns, NotFound, OutOfScope, MappingRivalled.
    """
    found, terms = book_of(book, actor=actor), mapping_of(document)
    missing = RowReader(terms, header).missing()
    if missing:
        raise MappingLacksColumns(columns=", ".join(missing))
    signature = signature_of(header)
    versions = ImportMapping.objects.filter(book=found, signature=signature)
    last = versions.aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            row = ImportMapping.objects.create(
                entity_id=found.entity_id, book=found, name=name, signature=signature,
                header=list(header), number=last + 1, document=msgspec.to_builtins(terms), reason=reason,
                makers=[actor.pk], proposed_by=actor, proposed_at=at,
            )  # fmt: skip
    except IntegrityError:
        raise MappingRivalled() from None
    event = NewEvent(
        kind="importmapping.propose", subject_type="importmapping", subject_id=row.pk,
        entity_id=found.entity_id, target=ImportMappingState.PROPOSED.value,
        facts={"name": name, "book": found.code, "number": row.number},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


@transaction.atomic
def approve_mappings(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """As the second pair of eyes: such files are read by it from now on, not by an older version."""
    try:
        with transaction.atomic():
            chosen = list(ImportMapping.objects.select_for_update().filter(pk__in=ids))
            outcome = Outcome()
            for row in chosen:
                older = ImportMapping.objects.filter(
                    book_id=row.book_id, signature=row.signature, state=ImportMappingState.APPROVED
                )
                steps = [Step(id, f"{row}") for id in older.values_list("pk", flat=True)]
                with transaction.atomic():
                    advance(ImportMapping, "supersede", steps, actor=None, at=at)
                    found = advance(ImportMapping, "approve", [Step(row.pk)], actor=actor, at=at)
                    if found.refused:
                        transaction.set_rollback(True)
                outcome.done.extend(found.done)
                outcome.refused.update(found.refused)
            return outcome
    except IntegrityError:
        raise MappingRivalled() from None


@transaction.atomic
def decline_mappings(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The mapping is wrong; another may be proposed."""
    return advance(ImportMapping, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def withdraw_mappings(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """No file is loaded by it any more; what was loaded stays."""
    return advance(ImportMapping, "withdraw", [Step(id, reason) for id in ids], actor=actor, at=at)


def mappings_seen(*, visible_to: User) -> QuerySet[ImportMapping]:
    """The mappings that a person may see, newest first."""
    rows = ImportMapping.objects.select_related("book", "proposed_by").order_by("-id")
    return visible(rows, visible_to, book="book_id")


def import_mapping(reference: str, *, visible_to: User) -> ImportMapping:
    """The mapping of a reference such as `MP-3`. Raises NotFound."""
    id = number_in(reference, "MP", "mapping")
    row = mappings_seen(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="mapping", reference=reference)
    return row


def in_force(book_id: int) -> dict[str, ImportMapping]:
    """The approved mappings of a book by the signature of the header that they are remembered by."""
    rows = ImportMapping.objects.filter(book_id=book_id, state=ImportMappingState.APPROVED)
    return {row.signature: row for row in rows}


def terms_of_mapping(row: ImportMapping) -> MappingTerms:
    return mapping_of(row.document)
