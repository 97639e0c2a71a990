"""Pages of the register of agreements: the list, and one with its history, its sheets and what changes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.access.personal import note_read
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.proposals import ShowRow
from backoffice.desk.tables import Column
from backoffice.documents import agreements, selectors
from backoffice.documents.filters import AgreementFilter
from backoffice.kernel.errors import Refusal
from refdata.agreements.services import SUBJECT
from refdata.firm_days import firm_day


def _noted(rows: Sequence[Any], user: User) -> None:
    note_read(row.party for row in rows)


AGREEMENTS = Listing(
    name="agreements",
    title=_("Agreements"),
    empty=_("No agreement fits. One is added under Reference data by two people."),
    rows=lambda user: agreements.agreements(visible_to=user, on=firm_day(timezone.now())),
    filters=AgreementFilter,
    fields={
        "party": _("Party"), "kind": _("Kind"), "number": _("Number"), "status": _("State"),
        "netting": _("Netting"), "ends_before": _("Ends before"), "entity": _("Entity"),
    },
    opens=lambda row: reverse("agreement", args=[row.reference]),
    prepare=_noted,
    columns=(
        Column(_("Agreement"), "reference", "code"),
        Column(_("Number"), "number"),
        Column(_("Kind"), "kind", write=lambda row: row.get_kind_display()),
        Column(_("Party"), "party", "name"),
        Column(_("Entity"), "entity", "name"),
        Column(_("Signed on"), "signed_on", "day"),
        Column(_("Valid from"), "valid_from", "day"),
        Column(_("Valid until"), "valid_until", "day"),
        Column(_("Netting"), "netting"),
        Column(_("State"), "standing", "state"),
        Column(_("Signed copy"), "signed_copy"),
        Column(_("Governing law"), "governing_law", usual=False),
        Column(_("Legal opinion on netting"), "netting_opinion", usual=False),
        Column(_("Netting until"), "netting_until", "day", usual=False),
        Column(_("Netting of payments"), "payment_netting", usual=False),
        Column(_("Products"), "products", usual=False),
        Column(_("Currencies"), "currencies", usual=False),
    ),
)  # fmt: skip


class Agreements(ListView):
    permission = "refdata.view_refdata"
    template_name = "refdata/agreements.html"
    listing = AGREEMENTS


class ShowAgreement(ShowRow):
    """The row as other reference data have it, with where it stands and its sheets."""

    template_name = "refdata/agreement.html"

    def subject(self) -> tuple[str, Any]:
        row = agreements.agreement(
            self.kwargs["reference"], visible_to=self.user, on=firm_day(timezone.now())
        )
        return SUBJECT, row

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        told = super().get_context_data(**kwargs)
        row = told["row"]
        note_read([row.party])
        sheets = []
        if self.user.has_perm("documents.view_document"):
            sheets = selectors.documents_about(SUBJECT, row.pk, visible_to=self.user)
        return {
            **told, "sheets": sheets, "may_issue": self.user.has_perm("refdata.issue_agreement"),
        }  # fmt: skip


class IssueAgreement(Page):
    """Issue the sheet in the language of the page, and open it: there its signed copy is kept."""

    permission = "refdata.issue_agreement"
    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        row = agreements.agreement(reference, visible_to=self.user, on=firm_day(timezone.now()))
        language = "ru" if (get_language() or "").startswith("ru") else "en"
        try:
            (made,) = agreements.issue_agreements(
                ids=[row.pk], language=language, actor=self.user, at=timezone.now()
            )
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("agreement", args=[reference]))
        return HttpResponseRedirect(reverse("document", args=[str(made)]))


urlpatterns = [
    path("agreements/", Agreements.as_view(), name="agreements"),
    path("agreements/<str:reference>/", ShowAgreement.as_view(), name="agreement"),
    path("agreements/<str:reference>/issue/", IssueAgreement.as_view(), name="agreement-issue"),
]
