"""Reading documents and templates, and who may see which."""

from __future__ import annotations

from django.db.models import Case, Exists, OuterRef, QuerySet, TextField, Value, When

from backoffice.access.models import User
from backoffice.documents.models import Document, SignedCopy, Template
from backoffice.documents.state import CopyState, Standing
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import visible


def documents(*, visible_to: User) -> QuerySet[Document]:
    """The register without the bytes, newest first, each with where it stands (`state`)."""
    later = Document.objects.filter(
        kind=OuterRef("kind"), subject_type=OuterRef("subject_type"),
        subject_id=OuterRef("subject_id"), subject_version__gt=OuterRef("subject_version"),
    )  # fmt: skip
    signed = SignedCopy.objects.filter(document=OuterRef("pk"), state=CopyState.ACCEPTED)
    rows = Document.objects.select_related("entity", "party", "book", "issued_by", "replaces")
    rows = rows.defer("pdf", "data", "replaces__pdf", "replaces__data").annotate(
        state=Case(
            When(Exists(later), then=Value(Standing.REPLACED.value)),
            When(Exists(signed), then=Value(Standing.SIGNED.value)),
            default=Value(Standing.ISSUED.value), output_field=TextField(),
        )
    )  # fmt: skip
    return visible(rows.order_by("-id"), visible_to, book="book_id")


def document(reference: str, *, visible_to: User) -> Document:
    """The row of a reference such as `DOC-7`. Raises NotFound."""
    id = number_in(reference, "DOC", "document")
    rows = documents(visible_to=visible_to).select_related("template", "layout")
    row = rows.filter(pk=id).first()
    if row is None:
        raise NotFound(what="document", reference=reference)
    return row


def documents_about(subject_type: str, subject_id: int, *, visible_to: User) -> list[Document]:
    """What was issued about a subject, newest first."""
    rows = documents(visible_to=visible_to)
    return list(rows.filter(subject_type=subject_type, subject_id=subject_id))


def templates() -> QuerySet[Template]:
    """All texts, newest first; they are the whole firm's."""
    return Template.objects.select_related("proposed_by", "approved_by").order_by("-id")


def template(reference: str, *, visible_to: User) -> Template:
    """The row of a reference such as `DT-3`. Raises NotFound."""
    row = templates().filter(pk=number_in(reference, "DT", "template")).first()
    if row is None:
        raise NotFound(what="template", reference=reference)
    return row


def signed_copy(reference: str, *, visible_to: User) -> SignedCopy:
    """The row of a reference such as `DC-2`, without its bytes. Raises NotFound."""
    id = number_in(reference, "DC", "signed copy")
    rows = SignedCopy.objects.select_related("document", "proposed_by")
    rows = rows.defer("content", "document__pdf", "document__data")
    row = visible(rows, visible_to, book="document__book_id").filter(pk=id).first()
    if row is None:
        raise NotFound(what="signed copy", reference=reference)
    return row
