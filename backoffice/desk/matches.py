"""Pages of matches: the list, and one of them with its lines and entries."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from backoffice.access.permissions import PermissionRequired
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.kernel.errors import NotFound, Refusal
from backoffice.templatetags import desk
from reconciliation.matching import selectors
from reconciliation.matching.by_persons import undo_match
from reconciliation.matching.filters import MatchFilter
from reconciliation.models import Match

VIEW = "reconciliation.view_match"
MAY_UNDO = "reconciliation.undo_match"


def _sum(row: Match) -> Any:
    """What both sides come to; of what takes itself back what was taken back."""
    amount = row.amount or max(item.amount for item in row.items)
    return desk.money(amount, row.reconciliation.currency)


MATCHES = Listing(
    name="matches",
    title=_("Matches"),
    empty=_("Nothing fits. Lines of statements that are movements of our books appear here, each with its rule."),
    rows=lambda user: selectors.matches(visible_to=user),
    filters=MatchFilter,
    fields={"rule": _("Rule"), "undone": _("Undone"), "line": _("Line"), "entry": _("Entry")},
    opens=lambda row: reverse("match", args=[str(row)]),
    columns=(
        Column(_("Match"), "reference", write=lambda m: link("match", m)),
        Column(_("By"), "rule", write=lambda m: m.get_rule_display()),
        Column(_("Amount"), "pk", "money", write=_sum),
        Column(_("Currency"), "reconciliation.currency"),
        Column(_("Matched"), "matched_at", "moment"),
        Column(_("By whom"), "matched_by.username"),
        Column(_("Undone"), "undone_at", "moment"),
        Column(_("Undone by"), "undone_by.username", usual=False),
        Column(_("Entity"), "entity", "name", usual=False),
    ),
)  # fmt: skip


class Matches(ListView):
    permission = VIEW
    listing = MATCHES


class ShowMatch(Page):
    permission = VIEW
    template_name = "reconciliation/match.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.match(kwargs["reference"], visible_to=self.user)
        may_undo = row.undone_at is None and self.user.has_perm(MAY_UNDO)
        return {"match": row, "items": row.items, "sum": _sum(row), "may_undo": may_undo}


class UndoMatch(PermissionRequired, View):
    """Take a match apart, with the reason."""

    permission = MAY_UNDO

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        try:
            row = selectors.match(reference, visible_to=request.user)  # type: ignore[arg-type]
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        try:
            undo_match(
                match_id=row.pk, reason=request.POST.get("reason", "").strip()[:500],
                actor=request.user, at=timezone.now(),  # type: ignore[arg-type]
            )  # fmt: skip
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("match", args=[reference]))
