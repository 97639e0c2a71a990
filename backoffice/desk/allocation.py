"""Pages of sharing costs out: the keys, and what a month comes to for each desk and deal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import Page
from backoffice.desk.bringing import month_of
from backoffice.desk.costs import VIEW, centres_seen_by, entity_input
from backoffice.desk.inputs import Input, ProposePage
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.templatetags import desk
from expenses.allocating import api, selectors, services
from expenses.allocating.filters import KeyFilter
from expenses.allocating.models import AllocationKey
from expenses.allocating.selectors import Allocated, allocated
from expenses.allocating.state import KEY_LIFECYCLE, Basis
from expenses.costs.expecting import months_after
from refdata.firm_days import firm_day
from refdata.models import Entity
from refdata.scopes import entities_seen_by

MAY_PROPOSE = "expenses.propose_allocationkey"


def _shares(row: AllocationKey) -> str:
    """To whom with which weight, in a line; what is counted says so by its basis."""
    return ", ".join(
        f"{share.centre or share.book}: {desk.quantity(share.weight)}" for share in row.shares.all()
    )


KEYS = Listing(
    name="allocation-keys",
    title=_("Keys by which costs are shared out"),
    empty=_("No keys fit. How a cost centre is shared out is proposed here, and approved by other eyes."),
    rows=lambda user: selectors.keys(visible_to=user),
    filters=KeyFilter,
    fields={"centre": _("Cost centre"), "basis": _("By what"), "status": _("State")},
    opens=lambda row: reverse("allocation-key", args=[str(row)]),
    columns=(
        Column(_("Key"), "reference", write=lambda k: link("allocation-key", k)),
        Column(_("State"), "state", "state", write=lambda r: desk.badge(r.state, axis="allocationkey")),
        Column(_("Cost centre"), "centre", "name"),
        Column(_("Turn"), "position", "number"),
        Column(_("By what"), "basis", write=lambda k: k.get_basis_display()),
        Column(_("Shares"), "shares", write=_shares),
        Column(_("From"), "valid_from", "month"),
        Column(_("Entity"), "entity", "name"),
        Column(_("Proposed by"), "proposed_by.username", usual=False),
    ),
)  # fmt: skip


class Keys(ListView):
    permission = VIEW
    template_name = "settlements/claims.html"
    listing = KEYS

    def more(self) -> dict[str, Any]:
        return {
            "may_propose": self.user.has_perm(MAY_PROPOSE), "propose": reverse("new-allocation-key"),
        }  # fmt: skip


class ShowKey(Thing):
    permission = VIEW
    template_name = "expenses/key.html"
    page_name = "allocation-key"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.key(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, KEY_LIFECYCLE, permission="expenses.{}_allocationkey", asks_reason=("decline",)
        )
        return {**shown, "key": row, "shares": row.shares.all()}


class KeyStep(ThingStep):
    model = AllocationKey
    app, subject = "expenses", "allocationkey"
    find = staticmethod(selectors.key)
    page_class = ShowKey
    actions: Mapping[str, Any] = {
        "approve": services.approve_keys, "decline": services.decline_keys,
    }  # fmt: skip


class NewKey(ProposePage):
    permission = MAY_PROPOSE
    heading = _("Key by which a cost centre is shared out")
    explanation = _(
        "Told shares are a line each: a centre or a book, a colon, its weight. What is counted in the month has none."
        " Centres are closed in their turn; another person approves the key."
    )
    form_id = "allocation-key"

    def inputs(self) -> Sequence[Input]:
        return (
            entity_input(self.user),
            Input(name="centre", title=_("Cost centre"), choices=centres_seen_by(self.user)),
            Input(name="position", title=_("Turn"), kind="number"),
            Input(name="basis", title=_("By what"), choices=Basis.choices),
            Input(name="valid_from", title=_("From the month, by any day of it"), kind="date"),
            Input(name="centres", title=_("Shares of centres"), kind="json", example="DESK: 3"),
            Input(name="books", title=_("Shares of the desks of books"), kind="json", example="EQ-RU: 2"),
        )  # fmt: skip

    def propose(self, typed: Mapping[str, str]) -> str:
        shares = [
            {name: code.strip(), "weight": weight.strip()}
            for name, lines in (("centre", typed.get("centres", "")), ("book", typed.get("books", "")))
            for code, _colon, weight in (line.partition(":") for line in lines.splitlines())
            if code.strip()
        ]  # fmt: skip
        given = api.KeyInput(data={**typed, "shares": shares})
        given.is_valid(raise_exception=True)
        row = api.proposed(dict(given.validated_data), actor=self.user)
        return reverse("allocation-key", args=[str(row)])


class OfEntity(NamedTuple):
    """A month of an entity as it is shared out."""

    entity: Entity
    allocated: Allocated


class Allocation(Page):
    """What each desk bears of a month and what a deal of it costs, by the keys in force."""

    permission = VIEW
    template_name = "expenses/allocation.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        month = month_of(self.request.GET.get("month", "")) or firm_day(timezone.now()).replace(
            day=1
        )
        return {
            "month": month, "entities": list(self._of_entities(month)),
            "before": months_after(month, -1), "after": months_after(month, 1),
        }  # fmt: skip

    def _of_entities(self, month: date) -> Iterator[OfEntity]:
        for entity in entities_seen_by(self.user):
            row = Entity.objects.get(pk=entity.pk)
            yield OfEntity(row, allocated(row, month))
