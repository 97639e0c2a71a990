"""Pages of what places paid of corporate actions: a document with its step, and what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from backoffice.desk.inputs import Input, StepPage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.kernel.decimals import plain
from backoffice.templatetags import desk
from ledger.selectors import entries_of
from refdata.firm_days import firm_day
from refdata.models import Entity, Place
from refdata.scopes import scope_of
from settlements.actions import api, paying, selectors
from settlements.actions.filters import DifferenceFilter
from settlements.actions.models import Entitlement, IncomeDifference, IncomePayment
from settlements.actions.state import DIFFERENCE_LIFECYCLE, PAYMENT_LIFECYCLE
from settlements.transforming.selectors import record_event

VIEW, SHOWN = "settlements.view_settlement", 100


class ShowPayment(Thing):
    permission = VIEW
    template_name = "settlements/income_payment.html"
    page_name = "income-payment"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.payment(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row,
            PAYMENT_LIFECYCLE,
            permission="settlements.{}_incomepayment",
            asks_reason=("decline",),
        )
        paid = list(
            Entitlement.objects.filter(payment=row).select_related("owner").order_by("pk")[:SHOWN]
        )
        booked = entries_of(
            row.entity_id, [("entitlement", each.pk) for each in paid], visible_to=self.user
        )
        difference = IncomeDifference.objects.filter(payment=row).first()
        return {**shown, "payment": row, "paid": paid, "entries": booked, "difference": difference}


class PaymentStep(ThingStep):
    model = IncomePayment
    app, subject = "settlements", "incomepayment"
    page_class = ShowPayment
    find = staticmethod(selectors.payment)
    actions = {"accept": paying.accept_payments, "decline": paying.decline_payments}  # noqa: RUF012
    without_reason = ("accept",)


def _choices(rows: QuerySet[Any]) -> list[tuple[str, str]]:
    return [(row.code, desk.name(row)) for row in rows.order_by("code")]


class NewPayment(StepPage):
    """From the document of a place, typed by one person; another accepts it."""

    permission = "settlements.propose_incomepayment"
    heading = _("What a place paid")
    explanation = _(
        "All that one place paid of this action, as its document shows. Where it is not what is expected, say why: the"
        " difference is kept until it is cleared. Another person accepts it, and it is booked."
    )
    form_id, button = "income-payment", _("Record the payment")
    find = staticmethod(record_event)

    def inputs(self) -> Sequence[Input]:
        entities = Entity.objects.filter(code__in={each.entity for each in self.expected})
        places = Place.objects.filter(code__in={each.place for each in self.expected})
        return (
            Input(name="entity", title=_("Entity"), choices=_choices(entities)),
            Input(name="place", title=_("Place"), choices=_choices(places)),
            Input(name="amount", title=_("Money that came"), kind="number"),
            Input(name="settled_at", title=_("Came on"), kind="datetime-local"),
            Input(name="document", title=_("Document")),
            Input(name="reason", title=_("Why it differs")),
        )  # fmt: skip

    @cached_property
    def expected(self) -> list[selectors.AtPlace]:
        rows = selectors.by_place(self.row, entity_ids=scope_of(self.user).entities)
        return [row for row in rows if row.expected or row.given or row.taken]

    def start(self) -> Mapping[str, str]:
        """What is expected at the first place; a person changes what the document says otherwise."""
        first = next(iter(self.expected), None)
        amount = "0" if first is None else plain(first.expected)
        return {"amount": amount, "settled_at": f"{firm_day(timezone.now()).isoformat()}T00:00"}

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.ProposePayment.Input(data=typed)
        given.is_valid(raise_exception=True)
        row = paying.propose_payment(
            event=self.row, actor=self.user, at=timezone.now(), **given.validated_data
        )
        return reverse("income-payment", args=[str(row)])


DIFFERENCES = Listing(
    name="income-differences",
    title=_("Income that differs"),
    empty=_("Places paid what was expected. What comes short, or is too much, stands here until two people clear it."),
    rows=lambda user: selectors.differences(visible_to=user),
    filters=DifferenceFilter,
    fields={"status": _("State"), "place": _("Place")},
    opens=lambda row: reverse("income-difference", args=[str(row)]),
    columns=(
        Column(_("Difference"), "reference", write=lambda d: link("income-difference", d)),
        Column(_("State"), "state", "state"),
        Column(_("Event"), "event", write=lambda d: link("record-event", d.event)),
        Column(_("Place"), "place", "name"),
        Column(_("Expected"), "expected", "money", write=lambda d: desk.money(d.expected, d.money_asset.code)),
        Column(_("Paid"), "paid", "money", write=lambda d: desk.money(d.paid, d.money_asset.code)),
        Column(_("Currency"), "money_asset.code", "code"),
        Column(_("Why"), "reason"),
        Column(_("Found"), "found_at", "moment"),
    ),
)  # fmt: skip


class Differences(ListView):
    permission = VIEW
    listing = DIFFERENCES


class ShowDifference(Thing):
    permission = VIEW
    template_name = "settlements/income_difference.html"
    page_name = "income-difference"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.difference(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row,
            DIFFERENCE_LIFECYCLE,
            permission="settlements.{}_incomedifference",
            asks_reason=("accept",),
        )
        booked = entries_of(row.entity_id, [("incomedifference", row.pk)], visible_to=self.user)
        return {**shown, "difference": row, "entries": booked, "amount": row.expected - row.paid}


class DifferenceStep(ThingStep):
    model = IncomeDifference
    app, subject = "settlements", "incomedifference"
    page_class = ShowDifference
    find = staticmethod(selectors.difference)
    actions = {"accept": paying.accept_differences}  # noqa: RUF012
    without_reason = ()


urlpatterns = [
    path("income-payments/<str:reference>/", ShowPayment.as_view(), name="income-payment"),
    path("income-payments/<str:reference>/<str:action>/", PaymentStep.as_view(), name="income-payment-step"),
    path("income-differences/", Differences.as_view(), name="income-differences"),
    path("income-differences/<str:reference>/", ShowDifference.as_view(), name="income-difference"),
    path("income-differences/<str:reference>/<str:action>/", DifferenceStep.as_view(), name="income-difference-step"),
]  # fmt: skip
