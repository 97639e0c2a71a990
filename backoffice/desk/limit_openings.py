"""Pages of new limits: proposed in a form, decided by other eyes, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import ValidationError

from backoffice.desk import limit_listings as listings
from backoffice.desk.inputs import Input, ProposePage, said_of
from backoffice.desk.lists import ListView
from backoffice.desk.things import Thing, ThingStep
from limits import selectors
from limits.defining import openings
from limits.defining.api import proposed_by
from limits.defining.rules import ABOUT
from limits.models import Opening
from limits.state import OPENING_LIFECYCLE, LimitKind, Tenor
from refdata.models import Entity, PartyGroup
from refdata.scopes import books_seen_by, visible
from refdata.selectors import reference_data


class Openings(ListView):
    permission = "limits.view_limit"
    template_name = "limits/openings.html"
    listing = listings.OPENINGS


class ShowOpening(Thing):
    permission = "limits.view_limit"
    template_name = "limits/opening.html"
    page_name = "opening"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.opening_of(kwargs["reference"], visible_to=self.user)
        head = self.decided(
            row, OPENING_LIFECYCLE, permission="limits.{}_opening",
            asks_reason=("decline", "withdraw"),
        )  # fmt: skip
        return {**head, "opening": row, "about": selectors.about(row)}


class OpeningStep(ThingStep):
    model = Opening
    app, subject = "limits", "opening"
    find = staticmethod(selectors.opening_of)
    page_class = ShowOpening
    actions = {  # noqa: RUF012
        "approve": openings.approve_openings,
        "decline": openings.decline_openings,
        "withdraw": openings.withdraw_openings,
    }


class NewLimit(ProposePage):
    permission = "limits.propose_opening"
    form_id = "new-limit"
    heading = _("New limit")
    explanation = _(
        "It caps from its time on, once another person has approved it; what is live then counts under "
        "it at once. Which of the fields say whom it is about follows from its kind."
    )

    def inputs(self) -> Sequence[Input]:
        entities = visible(Entity.objects.order_by("code"), self.user, entity="pk")
        kinds = [(value, label) for value, label in LimitKind.choices if value in ABOUT]
        return (
            Input(
                name="entity", title=_("Entity"), choices=list(entities.values_list("code", "name"))
            ),
            Input(name="kind", title=_("Kind"), choices=kinds),
            Input(name="name", title=_("Name")),
            Input(name="book", title=_("Book"), offers="books"),
            Input(name="trader", title=_("Trader")),
            Input(name="party", title=_("Counterparty or issuer"), offers="parties"),
            Input(name="group", title=_("Connected parties"), offers="groups"),
            Input(name="instrument", title=_("Instrument"), offers="instruments"),
            Input(name="tenor", title=_("Tenor"), choices=[("", "–"), *Tenor.choices]),
            Input(name="nostro_currency", title=_("Currency it is about"), offers="currencies"),
            Input(name="amount", title=_("Cap"), kind="number"),
            Input(name="currency", title=_("Currency of the cap"), offers="currencies"),
            Input(
                name="valid_from",
                title=_("From (firm's time), empty: on approval"),
                kind="datetime-local",
            ),
            Input(name="reason", title=_("Reason")),
            Input(name="document", title=_("Document")),
        )

    def lists(self) -> Mapping[str, Iterable[tuple[str, Any]]]:
        reference = reference_data()
        return {
            "books": [(code, "") for code in books_seen_by(self.user)],
            "parties": sorted({p.code: p.name for p in reference.parties.values()}.items()),
            "groups": list(PartyGroup.objects.order_by("code").values_list("code", "name")),
            "instruments": sorted({i.code: i.name for i in reference.instruments.values()}.items()),
            "currencies": [(code, "") for code in sorted(reference.currencies)],
        }

    def propose(self, typed: Mapping[str, str]) -> str:
        try:
            row = openings.propose_opening(
                terms=proposed_by(typed), actor=self.user, at=timezone.now()
            )
        except openings.LimitNotPossible as refusal:
            raise ValidationError(beside(refusal)) from None
        return reverse("opening", args=[str(row)])


def beside(refusal: openings.LimitNotPossible) -> dict[str, list[Any]]:
    """What is wrong, by the field it is wrong with."""
    found: dict[str, list[Any]] = {}
    for problem in refusal.problems:
        found.setdefault(problem.pointer.lstrip("/"), []).append(said_of(problem).detail)
    return found
