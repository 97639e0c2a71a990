"""Documents that show what became of a settlement: recorded on its page by one person, accepted by another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from backoffice.access.models import User
from backoffice.desk.base import Page, StepView, step_buttons
from backoffice.desk.settlement_terms import SayOfSettlement
from backoffice.kernel.errors import NotFound
from settlements import evidence, evidence_api, selectors
from settlements.models import EvidenceClaim, Settlement
from settlements.state import CLAIM_LIFECYCLE, ClaimState, Says


def claims_of(row: Settlement, user: User) -> dict[str, Any]:
    """The documents recorded for it, each with its steps, and whether one may be recorded now."""
    claims = list(row.claims.select_related("proposed_by").order_by("-id"))
    waiting = [claim for claim in claims if claim.state == ClaimState.PROPOSED]
    steps = [
        button
        for claim in waiting
        for button in step_buttons(
            claim, [CLAIM_LIFECYCLE], user=user, permission="settlements.{}_evidence",
            url=partial(_evidence_url, str(claim)), asks_reason=("decline",),
        )
    ]  # fmt: skip
    open_outside = (
        row.place.finality == "EXTERNAL"
        and row.transmission in ("SENT", "ACKNOWLEDGED")
        and row.settlement != "SETTLED"
        and not waiting
    )
    may = open_outside and user.has_perm("settlements.propose_evidence")
    asked = row.cancellation == "REQUESTED"
    says = Says.choices if asked else Says.choices[:1]
    return {"claims": claims, "claim_steps": steps, "may_propose": may, "says": says}


def _evidence_url(reference: str, action: str) -> str:
    return reverse("evidence-step", args=[reference, action])


class ShowEvidence(Page):
    """A recorded document is shown on the page of its settlement."""

    permission = "settlements.view_settlement"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            claim = selectors.claim(kwargs["reference"], visible_to=self.user)
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        return HttpResponseRedirect(
            f"{reverse('settlement', args=[str(claim.settlement)])}?tab=evidence"
        )


class ProposeEvidence(SayOfSettlement):
    """A clerk records the document that shows what became of a settlement."""

    permission = "settlements.propose_evidence"
    Input = evidence_api.ProposeEvidence.Input
    tab = "evidence"
    unreadable = (
        gettext_noop("A document and the time it names are needed."),
        gettext_noop("Give both as the document names them."),
    )

    def say(self, id: int, said: Mapping[str, Any], user: User) -> None:
        evidence.propose_evidence(settlement_id=id, actor=user, at=timezone.now(), **said)


class EvidenceStep(StepView):
    model = EvidenceClaim
    app, subject = "settlements", "evidence"
    page, find = "evidence", staticmethod(selectors.claim)
    without_reason = ("accept",)
    actions = {  # noqa: RUF012
        "accept": evidence.accept_evidence,
        "decline": evidence.decline_evidence,
    }
