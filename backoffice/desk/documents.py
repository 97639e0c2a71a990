"""Pages of documents: the register, one document with its data and signed copies, its bytes and its proof."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.personal import note_read
from backoffice.desk.base import Page, StepView, step_buttons, tell_refusal
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing
from backoffice.documents import issuing, selectors, signing
from backoffice.documents.api import pdf_answer
from backoffice.documents.filters import DocumentFilter
from backoffice.documents.models import Document, SignedCopy
from backoffice.documents.state import COPY_LIFECYCLE, CopyState
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import NotFound, Refusal
from backoffice.templatetags import desk
from deals.confirming.document_api import confirmation_answer


def link(row: Document) -> Any:
    return format_html(
        '<a class="mono" href="{}">{}</a>', reverse("document", args=[str(row)]), row
    )


DOCUMENTS = Listing(
    name="documents",
    title=_("Documents"),
    empty=_("No document fits. A confirmation is issued when somebody first asks for it on the page of its deal."),
    rows=lambda user: selectors.documents(visible_to=user),
    filters=DocumentFilter,
    fields={
        "kind": _("Kind"), "number": _("Number"), "status": _("State"),
        "counterparty": _("Counterparty"), "issued_after": _("Issued from"),
        "issued_before": _("Issued until"), "language": _("Language"),
    },
    opens=lambda row: reverse("document", args=[str(row)]),
    columns=(
        Column(_("Document"), "reference", write=link),
        Column(_("Number"), "number", "code"),
        Column(_("Date"), "issued_on", "day"),
        Column(_("Kind"), "kind", write=lambda row: row.get_kind_display()),
        Column(_("About"), "subject_id", write=lambda row: desk.ref(row.subject_type, row.subject_id)),
        Column(_("Counterparty"), "party", "name"),
        Column(_("Language"), "language", write=lambda row: row.get_language_display()),
        Column(_("State"), "state", "state"),
        Column(_("Issued by"), "issued_by.username"),
        Column(_("Version"), "subject_version", "number", usual=False),
        Column(_("Issued"), "issued_at", "moment", usual=False),
        Column(_("SHA-256"), "pdf_sha256", "code", usual=False),
    ),
)  # fmt: skip


class Documents(ListView):
    permission = "documents.view_document"
    template_name = "documents/documents.html"
    listing = DOCUMENTS


class ShowDocument(Thing):
    permission = "documents.view_document"
    template_name = "documents/document.html"
    page_name = "document"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row: Any = selectors.document(kwargs["reference"], visible_to=self.user)
        note_read([row.party] if row.party else [])
        copies = list(row.copies.select_related("proposed_by").defer("content").order_by("-id"))
        steps = [
            button
            for copy in copies
            for button in step_buttons(
                copy, [COPY_LIFECYCLE], user=self.user, permission="documents.{}_signedcopy",
                url=partial(_copy_url, str(copy)), asks_reason=("decline",),
            )
        ]  # fmt: skip
        open_copy = any(copy.state != CopyState.DECLINED for copy in copies)
        return {
            **self.head(history_of("document", row.pk), []), "document": row, "state": row.state,
            "data": msgspec.json.format(row.data.encode(), indent=2).decode(),
            "later": row.replaced_by.order_by("id").first(), "copies": copies,
            "copy_steps": steps,
            "may_sign": not open_copy and self.user.has_perm("documents.propose_signedcopy"),
        }  # fmt: skip


def _copy_url(reference: str, action: str) -> str:
    return reverse("signed-copy-step", args=[reference, action])


class DownloadDocument(Page):
    permission = "documents.view_document"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row = selectors.document(kwargs["reference"], visible_to=self.user)
        note_read([row.party] if row.party else [])
        return pdf_answer(row)


class Confirmation(Page):
    """The confirmation of a deal: the first to ask has it issued, everybody is given the same."""

    permission = "deals.view_deal"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = request.GET.get("language", "")
        try:
            return confirmation_answer(
                kwargs["reference"], language if language in ("en", "ru") else "", user=self.user
            )
        except NotFound:
            raise
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("deal", args=[kwargs["reference"]]))


class VerifyDocument(Page):
    permission = "documents.view_document"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Set it again from its data and say whether the bytes are the same."""
        row = selectors.document(reference, visible_to=self.user)
        try:
            found = issuing.verify_document(row)
        except Refusal as refusal:
            tell_refusal(request, refusal)
        else:
            _say(request, found)
        return HttpResponseRedirect(reverse("document", args=[reference]))


def _say(request: HttpRequest, found: issuing.Verified) -> None:
    if found.equal:
        text = gettext("Made again from its data it is the same to the byte: %(hash)s.")
        messages.success(request, text % {"hash": found.recomputed_sha256})
        return
    hint = "" if found.same_engine else gettext("Another release of the typesetter made it.")
    text = gettext("Made again it differs: %(again)s, kept %(kept)s.")
    facts = {"again": found.recomputed_sha256, "kept": found.stored_sha256}
    messages.error(request, text % facts, extra_tags=hint)


class ProposeSignedCopy(Page):
    permission = "documents.propose_signedcopy"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        """A clerk brings the scan of a signed document."""
        row = selectors.document(reference, visible_to=self.user)
        file, day = request.FILES.get("file"), parse_date(request.POST.get("signed_on", ""))
        if not isinstance(file, UploadedFile) or day is None:
            messages.error(request, gettext("The scan and the date of the signature are needed."))
            return HttpResponseRedirect(reverse("document", args=[reference]))
        too_much = (file.size or 0) > signing.LARGEST_SCAN
        try:
            signing.propose_signed_copy(
                document_id=row.pk, name=file.name or "", content=b"" if too_much else file.read(),
                signed_on=day, actor=self.user, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("document", args=[reference]))


class ShowSignedCopy(Page):
    """The scan itself, as it was brought."""

    permission = "documents.view_document"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row = selectors.signed_copy(kwargs["reference"], visible_to=self.user)
        if row.document.party is not None:
            note_read([row.document.party])
        return HttpResponse(
            bytes(row.content), content_type=row.media_type,
            headers={"X-Content-Type-Options": "nosniff"},
        )  # fmt: skip


class SignedCopyStep(StepView):
    """Accepted or declined on the page of its document."""

    model = SignedCopy
    app, subject = "documents", "signedcopy"
    find = staticmethod(selectors.signed_copy)
    without_reason = ("accept",)
    actions = {  # noqa: RUF012
        "accept": signing.accept_signed_copies,
        "decline": signing.decline_signed_copies,
    }

    def address(self, reference: str) -> str:
        try:
            row = selectors.signed_copy(reference, visible_to=self.user)
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        return reverse("document", args=[str(row.document)])
