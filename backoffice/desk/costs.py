"""Pages of contracts with suppliers and of what the firm spends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.inputs import Input, ProposePage, StepPage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.templatetags import desk
from expenses.centres import CostCentre
from expenses.costs import api, contracts, selectors
from expenses.costs.filters import ContractFilter, CostFilter
from expenses.costs.models import CostContract
from expenses.costs.state import BOUGHT_CHOICES, CONTRACT_LIFECYCLE, Source
from refdata.firm_days import firm_day
from refdata.scopes import entities_seen_by

VIEW, MAY_PROPOSE = api.VIEW, "expenses.propose_costcontract"
PERIODS = [("1", _("Month")), ("3", _("Quarter")), ("6", _("Half-year")), ("12", _("Year"))]
NO_YES = [("", _("No")), ("true", _("Yes"))]

COSTS = Listing(
    name="costs",
    title=_("Costs"),
    empty=_("No costs fit. What suppliers bill and what contracts oblige us to is booked here, month by month."),
    rows=lambda user: selectors.costs(visible_to=user),
    filters=CostFilter,
    fields={
        "month": _("Month"), "kind": _("Kind"), "centre": _("Cost centre"), "party": _("Supplier"),
        "source": _("Booked for"),
    },
    total=("amount", "currency"),
    columns=(
        Column(_("Cost"), "reference"),
        Column(_("Month"), "month", "month"),
        Column(_("Kind"), "kind", write=lambda c: c.get_kind_display()),
        Column(_("Cost centre"), "centre", "name"),
        Column(_("Supplier"), "party", "name"),
        Column(_("Booked for"), "source", write=lambda c: _booked_for(c)),
        Column(_("Contract"), "contract", write=lambda c: link("cost-contract", c.contract) if c.contract else ""),
        Column(_("Amount"), "amount", "money", "currency"),
        Column(_("VAT recovered"), "vat", "money", "currency", usual=False),
        Column(_("Currency"), "currency"),
        Column(_("Booked on"), "booked_on", "day"),
        Column(_("Entity"), "entity", "name", usual=False),
    ),
)  # fmt: skip


def _booked_for(row: Any) -> str:
    """Where a cost is from; a payroll journal without the way to it, which few may go."""
    if row.source == Source.PAYROLL:
        return f"PJ-{row.source_id}"
    return desk.ref(*_source(row))


def _source(row: Any) -> tuple[str, int]:
    return {"costaccrual": "costcontract"}.get(row.source, row.source), row.source_id


class Costs(ListView):
    """What the firm spends, and the way to its contracts and invoices."""

    permission = VIEW
    template_name = "expenses/costs.html"
    listing = COSTS


CONTRACTS = Listing(
    name="cost-contracts",
    title=_("Contracts with suppliers"),
    empty=_("No contracts fit. What an agreement obliges us to pay is proposed here, and signed by other eyes."),
    rows=lambda user: selectors.contracts(visible_to=user),
    filters=ContractFilter,
    fields={"party": _("Supplier"), "kind": _("Kind"), "status": _("State")},
    opens=lambda row: reverse("cost-contract", args=[str(row)]),
    columns=(
        Column(_("Contract"), "reference", write=lambda c: link("cost-contract", c)),
        Column(_("State"), "state", "state", write=lambda r: desk.badge(r.state, axis="costcontract")),
        Column(_("Supplier"), "party", "name"),
        Column(_("Agreement"), "agreement", "code"),
        Column(_("Kind"), "kind", write=lambda c: c.get_kind_display()),
        Column(_("For what"), "subject"),
        Column(_("Amount"), "amount", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("For"), "per_months", write=lambda c: dict(PERIODS)[str(c.per_months)]),
        Column(_("From"), "valid_from", "day"),
        Column(_("Until"), "valid_until", "day"),
        Column(_("Cost centre"), "centre", "name"),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("Proposed by"), "proposed_by.username", usual=False),
    ),
)  # fmt: skip


class Contracts(ListView):
    permission = VIEW
    template_name = "settlements/claims.html"
    listing = CONTRACTS

    def more(self) -> dict[str, Any]:
        return {
            "may_propose": self.user.has_perm(MAY_PROPOSE),
            "propose": reverse("new-cost-contract"),
        }


class ShowContract(Thing):
    permission = VIEW
    template_name = "expenses/contract.html"
    page_name = "cost-contract"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.contract(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, CONTRACT_LIFECYCLE, permission="expenses.{}_costcontract", asks_reason=("decline",),
            leads=("end",),
        )  # fmt: skip
        today = firm_day(timezone.now())
        return {
            **shown, "contract": row, "months": selectors.months_of(row, today=today),
            "period": dict(PERIODS)[str(row.per_months)], "rise": desk.quantity(row.index * 100),
            "tolerance": desk.quantity(row.tolerance * 100),
        }  # fmt: skip


class ContractStep(ThingStep):
    model = CostContract
    app, subject = "expenses", "costcontract"
    find = staticmethod(selectors.contract)
    page_class = ShowContract
    without_reason = ("sign",)
    actions: Mapping[str, Any] = {
        "sign": contracts.sign_contracts, "decline": contracts.decline_contracts,
    }  # fmt: skip


class EndContract(StepPage):
    permission = "expenses.end_costcontract"
    find = staticmethod(selectors.contract)
    heading = _("End a contract with a supplier")
    explanation = _(
        "The day is the first on which it obliges us to nothing any more; what is billed by then stays."
    )
    form_id = "end-contract"
    button = _("End")

    def inputs(self) -> Sequence[Input]:
        return (
            Input(name="until", title=_("In force until, the day excluded"), kind="date"),
            Input(name="reason", title=_("Reason")),
        )

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.EndContract.Input(data=typed)
        given.is_valid(raise_exception=True)
        outcome = contracts.end_contracts(
            ids=[self.row.pk], actor=self.user, at=timezone.now(), **given.validated_data
        )
        outcome.raise_single()
        return reverse("cost-contract", args=[str(self.row)])


def entity_input(user: Any) -> Input:
    choices = [(row.code, desk.name(row)) for row in entities_seen_by(user)]
    return Input(name="entity", title=_("Entity"), choices=choices)


def centres_seen_by(user: Any) -> list[tuple[str, str]]:
    """Codes of cost centres with their names, those of no entity twice."""
    ids = [row.pk for row in entities_seen_by(user)]
    rows = CostCentre.objects.filter(entity__in=ids).order_by("code")
    return list({row.code: desk.name(row) for row in rows}.items())


class NewContract(ProposePage):
    permission = MAY_PROPOSE
    heading = _("Contract with a supplier")
    explanation = _(
        "What an agreement of the register obliges us to pay. Another person signs it; from then on it is expected"
        " month by month, and invoices are explained by it."
    )
    form_id = "cost-contract"

    def inputs(self) -> Sequence[Input]:
        return (
            entity_input(self.user),
            Input(name="agreement", title=_("Agreement, by its number")),
            Input(name="kind", title=_("Kind"), choices=BOUGHT_CHOICES),
            Input(name="subject", title=_("For what")),
            Input(name="centre", title=_("Cost centre"), choices=[("", "–"), *centres_seen_by(self.user)]),
            Input(name="amount", title=_("Amount"), kind="number"),
            Input(name="currency", title=_("Currency")),
            Input(name="per_months", title=_("For"), choices=PERIODS),
            Input(name="service", title=_("Service, for its VAT; empty: none")),
            Input(name="vat_on_top", title=_("VAT comes on top"), choices=NO_YES),
            Input(name="valid_from", title=_("From"), kind="date"),
            Input(name="valid_until", title=_("Until"), kind="date"),
            Input(name="due_day", title=_("Paid by the day of the month"), kind="number", example="10"),
            Input(name="in_advance", title=_("Paid in advance"), choices=NO_YES),
            Input(name="index", title=_("Index, as a fraction"), example="0.08"),
            Input(name="indexed_from", title=_("Index from the month"), kind="date"),
            Input(name="tolerance", title=_("A bill may differ by, as a fraction"), example="0.01"),
            Input(name="notice_days", title=_("Days of notice"), kind="number"),
        )  # fmt: skip

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.ContractInput(data=typed)
        given.is_valid(raise_exception=True)
        new = contracts.NewContract(**given.validated_data)
        row = contracts.propose_contract(new=new, actor=self.user, at=timezone.now())
        return reverse("cost-contract", args=[str(row)])
