"""Pages of clients' withdrawals: the list, one with its tax and its steps, and the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.access.problems import problem_of
from backoffice.desk.inputs import Input, ProposePage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.kernel.errors import Refusal
from backoffice.templatetags import desk
from ledger.models import NdflWithholding
from ledger.ndfl.bases import LABELS
from ledger.selectors import entries_of
from refdata.firm_days import firm_day
from refdata.models import Party, Place, StandingInstruction
from refdata.scopes import entities_seen_by
from settlements.ndfl.keeping import Due
from settlements.withdrawing import api, selectors, services
from settlements.withdrawing.filters import WithdrawalFilter
from settlements.withdrawing.models import Withdrawal
from settlements.withdrawing.preparing import ways_to_pay
from settlements.withdrawing.state import WITHDRAWAL_LIFECYCLE, WithdrawalState

VIEW, MAY_PROPOSE = "ledger.view_ledger", "settlements.propose_withdrawal"

WITHDRAWALS = Listing(
    name="withdrawals",
    title=_("Clients' withdrawals"),
    empty=_("No client has taken money out yet."),
    rows=lambda user: selectors.withdrawals(visible_to=user),
    filters=WithdrawalFilter,
    fields={"status": _("State"), "client": _("Client"), "place": _("Place"), "currency": _("Currency")},
    opens=lambda row: reverse("withdrawal", args=[str(row)]),
    columns=(
        Column(_("Withdrawal"), "reference", write=lambda w: link("withdrawal", w)),
        Column(_("State"), "state", "state"),
        Column(_("Client"), "client", "name"),
        Column(_("Amount"), "amount", "money", write=lambda w: desk.money(w.amount, w.money_asset.code)),
        Column(_("Tax kept back"), "tax", "money", write=lambda w: desk.money(w.tax, w.money_asset.code)),
        Column(_("Paid out"), "net", "money", write=lambda w: desk.money(w.net, w.money_asset.code)),
        Column(_("Currency"), "money_asset.code"),
        Column(_("Place"), "place", "name"),
        Column(_("Order"), "order", usual=False),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("Proposed by"), "proposed_by.username", usual=False),
        Column(_("Proposed"), "proposed_at", "moment", usual=False),
    ),
)  # fmt: skip


class Withdrawals(ListView):
    permission = VIEW
    template_name = "settlements/claims.html"
    listing = WITHDRAWALS

    def more(self) -> dict[str, Any]:
        return {
            "may_propose": self.user.has_perm(MAY_PROPOSE),
            "propose": reverse("new-withdrawal"),
        }


class ShowWithdrawal(Thing):
    permission = VIEW
    template_name = "settlements/withdrawal.html"
    page_name = "withdrawal"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.withdrawal(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, WITHDRAWAL_LIFECYCLE, permission="settlements.{}_withdrawal", asks_reason=("decline",)
        )  # fmt: skip
        booked = entries_of(row.entity_id, [("withdrawal", row.pk)], visible_to=self.user)
        kept = NdflWithholding.objects.filter(source_type="withdrawal", source_id=row.pk)
        return {
            **shown, **reckoned(row), "withdrawal": row, "entries": booked,
            "kept": kept.order_by("pk").first(), "instruction": _instruction(row),
        }  # fmt: skip


def reckoned(row: Withdrawal) -> dict[str, Any]:
    """What would be kept back of one that waits, and of which bases; or why that cannot be told."""
    if row.state != WithdrawalState.PROPOSED:
        return {}
    try:
        due = services.due_of(row, firm_day(timezone.now()))
    except Refusal as refusal:
        return {"problem": problem_of(refusal, "")}
    return {"due": due, "net": row.amount - due.now, "bases": _bases(due)}


def _instruction(row: Withdrawal) -> StandingInstruction | None:
    """The client's account that is paid, or would be today."""
    if row.settlement is not None:
        return row.settlement.ssi
    today = services.due_date(row, firm_day(timezone.now()))
    try:
        return StandingInstruction.objects.get(pk=ways_to_pay(row, day=today)[0])
    except Refusal:
        return None


def _bases(due: Due) -> list[tuple[Any, Any]]:
    return [(LABELS[base], amount) for base, amount in due.bases.items()]


class WithdrawalStep(ThingStep):
    model = Withdrawal
    app, subject = "settlements", "withdrawal"
    page_class = ShowWithdrawal
    actions = {  # noqa: RUF012
        "approve": services.approve_withdrawals, "decline": services.decline_withdrawals,
    }  # fmt: skip
    without_reason = ("approve",)

    def id_of(self, reference: str) -> int:
        return selectors.withdrawal(reference, visible_to=self.user).pk


class NewWithdrawal(ProposePage):
    permission = MAY_PROPOSE
    heading = _("Withdrawal of a client's money")
    explanation = _(
        "Only what the client has free, to its own bank account. Another person lets it go; the income tax that the"
        " client owes by then is kept back first."
    )
    form_id = "withdrawal"

    def inputs(self) -> Sequence[Input]:
        clients = Party.objects.filter(roles__contains=["CLIENT"]).order_by("code")
        return (
            Input(name="entity", title=_("Entity"),
                  choices=[(row.code, desk.name(row)) for row in entities_seen_by(self.user)]),
            Input(name="client", title=_("Client"), choices=[(row.code, desk.name(row)) for row in clients]),
            Input(name="place", title=_("Place where the money is"),
                  choices=[(row.code, desk.name(row)) for row in Place.objects.order_by("code")]),
            Input(name="currency", title=_("Currency")),
            Input(name="amount", title=_("Amount"), kind="number"),
            Input(name="order", title=_("Document by which the client asks")),
        )  # fmt: skip

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.Withdrawals.Input(data=typed)
        given.is_valid(raise_exception=True)
        new = services.NewWithdrawal(**given.validated_data)
        row = services.propose_withdrawal(new=new, actor=self.user, at=timezone.now())
        return reverse("withdrawal", args=[str(row)])


urlpatterns = [
    path("inventory/withdrawals/", Withdrawals.as_view(), name="withdrawals"),
    path("inventory/withdrawals/new/", NewWithdrawal.as_view(), name="new-withdrawal"),
    path("inventory/withdrawals/<str:reference>/", ShowWithdrawal.as_view(), name="withdrawal"),
    path(
        "inventory/withdrawals/<str:reference>/<str:action>/",
        WithdrawalStep.as_view(),
        name="withdrawal-step",
    ),
]
