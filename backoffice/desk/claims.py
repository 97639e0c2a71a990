"""Pages of interest claims and of buy-ins: the lists, and one with its steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from ledger.selectors import entries_of
from settlements.fails.claims import selectors, services
from settlements.fails.claims.filters import BuyInFilter, InterestClaimFilter
from settlements.fails.claims.models import BuyIn, InterestClaim
from settlements.fails.claims.state import BUY_IN_LIFECYCLE, INTEREST_CLAIM_LIFECYCLE, BuyInState
from settlements.models import Settlement

VIEW = "settlements.view_settlement"
OPEN_BUY_INS = (BuyInState.PROPOSED, BuyInState.NOTIFIED, BuyInState.EXECUTED)
MAY_CLAIM, MAY_BUY_IN = "settlements.propose_interestclaim", "settlements.propose_buyin"

CLAIMS = Listing(
    name="interest-claims",
    title=_("Interest claims"),
    empty=_("No claims fit. What a contract gives for a fail is claimed from the page of its settlement."),
    rows=lambda user: selectors.interest_claims(visible_to=user),
    filters=InterestClaimFilter,
    fields={"status": _("State"), "claimant": _("Who claims"), "counterparty": _("Counterparty")},
    opens=lambda row: reverse("interest-claim", args=[str(row)]),
    columns=(
        Column(_("Claim"), "reference", write=lambda c: link("interest-claim", c)),
        Column(_("State"), "state", "state"),
        Column(_("Who claims"), "claimant", write=lambda c: c.get_claimant_display()),
        Column(_("Counterparty"), "settlement.counterparty", "name"),
        Column(_("Settlement"), "settlement", write=lambda c: link("settlement", c.settlement)),
        Column(_("From"), "first_day", "day"),
        Column(_("Until"), "last_day", "day"),
        Column(_("By our penalties"), "computed", "money", "currency"),
        Column(_("Claimed"), "amount", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Document"), "document", "code", usual=False),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("Proposed by"), "proposed_by.username", usual=False),
        Column(_("Proposed"), "proposed_at", "moment", usual=False),
    ),
)  # fmt: skip
BUY_INS = Listing(
    name="buy-ins",
    title=_("Buy-ins"),
    empty=_("No buy-ins fit. What a counterparty does not deliver is bought in from the page of its settlement."),
    rows=lambda user: selectors.buy_ins(visible_to=user),
    filters=BuyInFilter,
    fields={"status": _("State"), "counterparty": _("Counterparty")},
    opens=lambda row: reverse("buy-in", args=[str(row)]),
    columns=(
        Column(_("Buy-in"), "reference", write=lambda b: link("buy-in", b)),
        Column(_("State"), "state", "state"),
        Column(_("Counterparty"), "settlement.counterparty", "name"),
        Column(_("Settlement"), "settlement", write=lambda b: link("settlement", b.settlement)),
        Column(_("Asset"), "settlement.asset.code", "code"),
        Column(_("Quantity"), "quantity", "quantity"),
        Column(_("Buy by"), "execute_by", "day"),
        Column(_("Agreed"), "agreed", "money", "currency"),
        Column(_("Price"), "price", "price"),
        Column(_("Dearer by"), "difference", "money", "currency"),
        Column(_("Currency"), "currency"),
        Column(_("Document"), "document", "code", usual=False),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("Proposed by"), "proposed_by.username", usual=False),
        Column(_("Proposed"), "proposed_at", "moment", usual=False),
    ),
)  # fmt: skip


class InterestClaims(ListView):
    permission = VIEW
    template_name = "settlements/claims.html"
    listing = CLAIMS

    def more(self) -> dict[str, Any]:
        return {
            "may_propose": self.user.has_perm(MAY_CLAIM),
            "propose": reverse("new-interest-claim"),
        }


class BuyIns(ListView):
    permission = VIEW
    template_name = "settlements/claims.html"
    listing = BUY_INS

    def more(self) -> dict[str, Any]:
        return {"may_propose": self.user.has_perm(MAY_BUY_IN), "propose": reverse("new-buy-in")}


class ShowInterestClaim(Thing):
    permission = VIEW
    template_name = "settlements/claim.html"
    page_name = "interest-claim"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.interest_claim(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, INTEREST_CLAIM_LIFECYCLE, permission="settlements.{}_interestclaim",
            asks_reason=("decline", "drop"), leads=("pay",),
        )  # fmt: skip
        booked = entries_of(row.entity_id, [("interestclaim", row.pk)], visible_to=self.user)
        return {**shown, "claim": row, "entries": booked, "more": row.amount - row.computed}


class ShowBuyIn(Thing):
    permission = VIEW
    template_name = "settlements/buy_in.html"
    page_name = "buy-in"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.buy_in(kwargs["reference"], visible_to=self.user)
        shown = self.decided(
            row, BUY_IN_LIFECYCLE, permission="settlements.{}_buyin", asks_reason=("abandon",),
            leads=("execute",),
        )  # fmt: skip
        booked = entries_of(row.entity_id, [("buyin", row.pk)], visible_to=self.user)
        return {**shown, "buy_in": row, "entries": booked}


class ClaimStep(ThingStep):
    model = InterestClaim
    app, subject = "settlements", "interestclaim"
    find = staticmethod(selectors.interest_claim)
    page_class = ShowInterestClaim
    without_reason = ("approve",)
    actions: Mapping[str, Any] = {
        "approve": services.approve_claims, "decline": services.decline_claims, "drop": services.drop_claims,
    }  # fmt: skip


class BuyInStep(ThingStep):
    model = BuyIn
    app, subject = "settlements", "buyin"
    find = staticmethod(selectors.buy_in)
    page_class = ShowBuyIn
    without_reason = ("notify", "compensate")
    actions: Mapping[str, Any] = {
        "notify": services.notify_buy_ins, "compensate": services.compensate_buy_ins,
        "abandon": services.abandon_buy_ins,
    }  # fmt: skip


def claimed_for(row: Settlement, user: User) -> dict[str, Any]:
    """What was claimed for a settlement that fails or came late, and what may be."""
    fails = row.settlement in ("FAILING", "PARTIAL")
    if not (fails or (row.settled_date and row.settled_date > row.due_date)):
        return {}

    def told(rows: QuerySet[Any], subject: str) -> QuerySet[Any]:
        of = Value(subject, CharField())
        return rows.filter(settlement=row).order_by().values_list(of, "pk", "state")

    found = told(InterestClaim.objects.all(), "interestclaim").union(
        told(BuyIn.objects.all(), "buyin"), all=True
    )
    known = sorted(found)
    bought = any(subject == "buyin" and state in OPEN_BUY_INS for subject, _id, state in known)
    awaits = fails and not row.delivers and bool(row.quantity) and not bought
    return {
        "claimed": known,
        "may_claim": user.has_perm(MAY_CLAIM), "may_buy_in": awaits and user.has_perm(MAY_BUY_IN),
    }  # fmt: skip
