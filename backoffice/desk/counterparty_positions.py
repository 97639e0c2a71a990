"""The page of what counterparties say is open between us, and the form for a CSV of one."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import tell_refusal
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.kernel.errors import Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.templatetags import desk
from reconciliation.counterparties import api, selectors
from reconciliation.counterparties.filters import PositionFilter
from reconciliation.models import CounterpartyPosition, CounterpartyStatement
from refdata.models import Party
from refdata.scopes import entities_seen_by

VIEW = "reconciliation.view_match"
MAY_RECEIVE = "reconciliation.receive_counterpartystatement"


class PositionsIncomplete(Invalid):
    code = "counterparty-statement-incomplete"
    title = gettext_noop("The statement of the counterparty is not told in full")
    detail = gettext_noop("%(members)s: missing or unreadable.")
    hint = gettext_noop(
        "Choose entity, counterparty and day, name the document and choose its CSV."
    )


def _quantity(row: CounterpartyPosition) -> Any:
    money = row.asset.kind == "CURRENCY"
    return desk.money(row.quantity, row.asset.code) if money else desk.quantity(row.quantity)


POSITIONS = Listing(
    name="counterparty-positions",
    title=_("Open positions of counterparties"),
    empty=_("Nothing fits. What a counterparty says is open between us is brought here and compared at once."),
    rows=lambda user: selectors.positions(visible_to=user),
    filters=PositionFilter,
    fields={"party": _("Counterparty"), "place": _("Place"), "asset": _("Asset"), "day": _("Day"),
            "document": _("Document")},
    columns=(
        Column(_("Counterparty"), "statement.party", "name"),
        Column(_("Day"), "statement.day", "day"),
        Column(_("Asset"), "asset.code"),
        Column(_("Comes to us"), "quantity", "money", write=_quantity),
        Column(_("Due"), "due_date", "day"),
        Column(_("Place"), "place", "code"),
        Column(_("Document"), "statement.document"),
        Column(_("Entity"), "statement.entity", "name"),
        Column(_("Brought by"), "statement.received_by.username", usual=False),
        Column(_("Received"), "statement.received_at", "moment", usual=False),
    ),
)  # fmt: skip


class CounterpartyPositions(ListView):
    """What they say, and the form for a CSV of one; what became of it stays on the page."""

    permission = VIEW
    sending = MAY_RECEIVE
    template_name = "reconciliation/counterparty_positions.html"
    listing = POSITIONS
    taken: CounterpartyStatement | None = None

    def more(self) -> dict[str, Any]:
        return {
            "may_receive": self.user.has_perm(MAY_RECEIVE), "entities": entities_seen_by(self.user),
            "parties": Party.objects.filter(roles__contains=["COUNTERPARTY"]).order_by("name"),
            "taken": self.taken, "count": self.taken.positions.count() if self.taken else 0,
            "differences": api.differences_of(self.taken) if self.taken else 0,
        }  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        file = request.FILES.get("file")
        text = file.read().decode("utf-8-sig", "replace") if isinstance(file, UploadedFile) else ""
        typed = {
            name: request.POST.get(name, "") for name in ("entity", "party", "day", "document")
        }
        given = api.OpenPositionsInput(data={**typed, "csv": text.replace("\x00", "")})
        try:
            if not given.is_valid() or not text:
                raise PositionsIncomplete(members=", ".join(given.errors) or "csv")
            self.taken, _new = api.received(dict(given.validated_data), actor=self.user)
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("counterparty-positions"))
        return self.get(request)
