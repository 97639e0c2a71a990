"""The forms of interest claims and of buy-ins: what is proposed, and the steps that ask for more than a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.claims import MAY_BUY_IN, MAY_CLAIM
from backoffice.desk.inputs import Input, ProposePage, StepPage
from backoffice.kernel.errors import NotFound
from backoffice.templatetags import desk
from refdata.models import Place
from settlements.fails.claims import api, selectors, services
from settlements.fails.claims.state import Claimant
from settlements.selectors import settlement


class NewInterestClaim(ProposePage):
    """What we claim for a fail, or what they claim of us; the settlement may stand in the address."""

    permission = MAY_CLAIM
    heading = _("Interest claim for a fail")
    explanation = _(
        "What we claim is what our penalties by the contract come to by now. What they claim is written from their"
        " letter, and stands beside it. Nothing is booked before another person approves it."
    )
    form_id = "interest-claim"

    def inputs(self) -> Sequence[Input]:
        return (
            Input(name="settlement", title=_("Settlement")),
            Input(name="claimant", title=_("Who claims"), choices=Claimant.choices),
            Input(name="amount", title=_("Amount, where they claim"), kind="number"),
            Input(name="document", title=_("Document")),
        )

    def start(self) -> Mapping[str, str]:
        return {"settlement": self.request.GET.get("settlement", "")}

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.InterestClaims.Input(data=typed)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        row = services.propose_claim(
            settlement=settlement(told["settlement"], visible_to=self.user), claimant=told["claimant"],
            amount=told.get("amount"), document=told["document"], actor=self.user, at=timezone.now(),
        )  # fmt: skip
        return reverse("interest-claim", args=[str(row)])


class NewBuyIn(ProposePage):
    permission = MAY_BUY_IN
    heading = _("Buy-in of what was not delivered")
    explanation = _(
        "What is left of the settlement is bought elsewhere, and what that costs more than was agreed is owed to us."
        " The counterparty is notified only after another person agrees."
    )
    form_id = "buy-in"

    def inputs(self) -> Sequence[Input]:
        return (
            Input(name="settlement", title=_("Settlement")),
            Input(name="execute_by", title=_("Buy by"), kind="date"),
        )

    def start(self) -> Mapping[str, str]:
        return {"settlement": self.request.GET.get("settlement", "")}

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.BuyIns.Input(data=typed)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        row = services.propose_buy_in(
            settlement=settlement(told["settlement"], visible_to=self.user),
            execute_by=told["execute_by"], actor=self.user, at=timezone.now(),
        )  # fmt: skip
        return reverse("buy-in", args=[str(row)])


class PayClaim(StepPage):
    permission = "settlements.pay_interestclaim"
    heading = _("The claim is paid")
    explanation = _("Where the money moved, and the document that shows it. It is booked at once.")
    form_id, button = "pay-claim", _("Record the payment")
    find = staticmethod(selectors.interest_claim)

    def inputs(self) -> Sequence[Input]:
        places = [(place.code, desk.name(place)) for place in Place.objects.order_by("code")]
        return (
            Input(name="place", title=_("Place"), choices=places),
            Input(name="document", title=_("Document")),
        )

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.PayInterestClaim.Input(data=typed)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        place = Place.objects.filter(code=told["place"]).first()
        if place is None:
            raise NotFound(what="place", reference=told["place"])
        services.pay_claims(
            ids=[self.row.pk], place_id=place.pk, document=told["document"], actor=self.user,
            at=timezone.now(),
        ).raise_single()  # fmt: skip
        return reverse("interest-claim", args=[str(self.row)])


class ExecuteBuyIn(StepPage):
    permission = "settlements.execute_buyin"
    heading = _("It was bought in")
    explanation = _(
        "At what price, by the contract note. What it costs more than was agreed is booked once another person"
        " has looked at it."
    )
    form_id, button = "execute-buy-in", _("Record the purchase")
    find = staticmethod(selectors.buy_in)

    def inputs(self) -> Sequence[Input]:
        return (
            Input(name="price", title=_("Price of one"), kind="number"),
            Input(name="document", title=_("Document")),
        )

    def propose(self, typed: Mapping[str, str]) -> str:
        given = api.ExecuteBuyIn.Input(data=typed)
        given.is_valid(raise_exception=True)
        services.execute_buy_ins(
            ids=[self.row.pk], actor=self.user, at=timezone.now(), **given.validated_data
        ).raise_single()
        return reverse("buy-in", args=[str(self.row)])
