"""Amending and cancelling a deal from its page: what will follow is shown before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.access.problems import status_of
from backoffice.desk.accepting import theirs_of
from backoffice.desk.base import Page, StepButton
from backoffice.desk.deal_words import side_words
from backoffice.desk.inputs import Input, filled
from backoffice.desk.new_deal import (
    INPUTS,
    beside_fields,
    described,
    offered,
    with_offset,
)
from backoffice.desk.seen import SEEN, ChangedMeanwhile, require_seen
from backoffice.events.retrying import retried
from backoffice.kernel.errors import Refusal
from deals import selectors
from deals.amending.consequences import TABLE, Act, Agreement
from deals.amending.terms import FIXED
from deals.models import Deal
from deals.state import CancelState
from refdata.firm_days import FIRM_ZONE
from settlements.changing import services
from settlements.changing.allocating import ALLOCATABLE
from settlements.changing.repos import REPO
from settlements.changing.rest import PENDING, waits
from settlements.changing.situations import Standing, locked_standings, standings
from settlements.changing.unallocating import may_undo

DETAIL_INPUTS = (
    Input(name="trader", title=_("Trader")),
    Input(name="uti", title=_("Unique transaction identifier (UTI)")),
    Input(name="agreement", title=_("Agreement")),
)
REASON = Input(name="reason", title=_("Reason"))
EVIDENCE = Input(
    name="evidence", title=_("Document or message by which the counterparty agrees")
)  # asked for where the table says so
MEMBERS: dict[str, Any] = {
    "side": _("Side"), "quantity": _("Quantity"), "price": _("Price"), "currency": _("Currency"),
    "counterparty": _("Counterparty"), "instrument": _("Instrument"), "pair": _("Currency pair"),
    "book": _("Book"), "traded_at": _("Dealt at"), "settlement.method": _("Method"),
    "settlement.date": _("Settlement date"), "capacity": _("Capacity"), "client": _("Client"),
    "account": _("Client's account"), "fees": _("Fees"), "trader": _("Trader"), "uti": _("UTI"),
    "agreement": _("Agreement"), "origin": _("Origin"), "execution": _("Execution"),
    "far_date": _("Second date"), "tenor": _("Tenor"), "substitutions": _("Substituted collateral"),
}  # fmt: skip

MAY_REVERSE = "settlements.receive_venuereversal"
BETWEEN = ((Act.SUBSTITUTE, "deal-substitute"), (Act.CLOSE_EARLY, "deal-close-early"))


def doors(deal: Deal, user: User) -> tuple[list[StepButton], list[str]]:
    """The pages that lead on from a deal, for this person, and which of its steps must wait."""
    standing = standings([deal.pk])[deal.pk]
    row = TABLE[standing.situation]
    pending = standing.cancellation in PENDING
    found = []
    if (row[Act.AMEND].allowed or row[Act.ANNOTATE].allowed) and user.has_perm("deals.amend_deal"):
        found.append(StepButton("amend", reverse("deal-amend", args=[str(deal)]), leads=True))
    if standing.situation in ALLOCATABLE and not pending and user.has_perm("deals.allocate_deal"):
        found.append(StepButton("allocate", reverse("deal-allocate", args=[str(deal)]), leads=True))
    for act, name in BETWEEN:
        if row[act].allowed and deal.product == REPO and user.has_perm("deals.amend_deal"):
            found.append(StepButton(act.lower(), reverse(name, args=[str(deal)]), leads=True))
    if row[Act.CANCEL].allowed and not pending and user.has_perm("deals.cancel_deal"):
        found.append(StepButton("cancel", reverse("deal-cancel", args=[str(deal)]), leads=True))
    if row[Act.REVERSE].allowed and not pending and user.has_perm(MAY_REVERSE):
        found.append(StepButton("reverse", reverse("deal-reverse", args=[str(deal)]), leads=True))
    held = [] if waits(standing) else ["reinstruct"]
    held += [] if may_undo(deal) else ["undo_allocation"]
    unanswered = standing.cancellation == CancelState.REQUESTED
    if unanswered and row[Act.CANCEL].agreement == Agreement.DOCUMENT:
        return found, ["approve_cancel", *held]
    if unanswered and row[Act.CANCEL].agreement == Agreement.PLACE:
        return found, ["agree_cancel", *held]  # the place brings their answer
    approved = standing.cancellation == CancelState.APPROVED
    return found, [*held, *(["deny_cancel"] if approved else [])]


def member_rows(facts: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What an amendment changed, as its event says it: what, before and after."""
    before, after = facts.get("before", {}), facts.get("after", {})
    rows = [
        (str(MEMBERS.get(name, name)), _written(name, before), _written(name, after))
        for name in {**before, **after}
    ]
    if facts.get("net_before") != facts.get("net_after"):
        rows.append((gettext("Net amount"), facts["net_before"], facts["net_after"]))
    return rows


def _written(name: str, members: Mapping[str, Any]) -> str:
    value = members.get(name)
    if value is None:
        return "–"
    if name == "side":
        return str(side_words(value))
    if isinstance(value, Mapping):
        return ", ".join(str(each) for each in value.values())
    if isinstance(value, list):
        return "; ".join(_written(name, {name: each}) for each in value)
    return str(value)


class ChangePage(Page):
    """A page that shows what the table says of an act, then does it."""

    template_name = "deals/change.html"
    acts: Sequence[Act]
    heading: Any
    button: Any
    explanation: Any = ""

    def inputs(self, deal: Any) -> Sequence[Input]:
        raise NotImplementedError

    def start(self, deal: Any) -> Mapping[str, str]:
        return {}

    def offered(self, deal: Any) -> tuple[Mapping[str, str], str]:
        """What stands in the form at first, and what is said about it."""
        return self.start(deal), ""

    def change(self, deal: Any, typed: Mapping[str, str]) -> None:
        """Do it. Raises Refusal."""
        raise NotImplementedError

    @retried()
    @transaction.atomic
    def change_what_was_seen(self, deal: Any, typed: Mapping[str, str]) -> None:
        if seen := self.request.POST.get(SEEN, ""):
            locked_standings([deal.pk])
            require_seen(Deal.objects.get(pk=deal.pk), seen)
        self.change(deal, typed)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        deal = selectors.deal(kwargs["reference"], visible_to=self.user)
        standing = standings([deal.pk])[deal.pk]
        refusal, typed = kwargs.get("refusal"), kwargs.get("typed")
        problems = beside_fields(refusal.problems if refusal else ())
        inputs = self.inputs(deal)
        named = {each.name for each in inputs}
        values, about = self.offered(deal) if typed is None else (typed, "")
        return {
            "deal": deal, "heading": f"{self.heading} {deal}", "button": self.button,
            "explanation": about or self.explanation,
            "situation": standing.situation.label,
            "consequences": list(self.consequences(standing)), "seen": deal.etag,
            "inputs": filled(inputs, values, problems),
            "refusal": described(refusal), "lists": offered(self.user),
            "others": [p for name, rest in problems.items() if name not in named for p in rest],
        }  # fmt: skip

    def consequences(self, standing: Standing) -> Iterator[dict[str, Any]]:
        for act in self.acts:
            cell = TABLE[standing.situation][act]
            yield {
                "title": act.label, "instead": gettext(cell.instead) if cell.instead else "",
                "agreement": cell.agreement.label, "eyes": cell.eyes,
                "follows": [each.label for each in cell.follows],
            }  # fmt: skip

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        deal = selectors.deal(kwargs["reference"], visible_to=self.user)
        typed = {each.name: request.POST.get(each.name, "").strip() for each in self.inputs(deal)}
        try:
            self.change_what_was_seen(deal, typed)
        except Refusal as refusal:
            # Of another version what was typed would undo a part: the form begins again from this one.
            kept = None if isinstance(refusal, ChangedMeanwhile) else typed
            context = self.get_context_data(typed=kept, refusal=refusal, **kwargs)
            return self.render_to_response(context, status=status_of(refusal))
        return HttpResponseRedirect(reverse("deal", args=[str(deal)]))


class AmendDeal(ChangePage):
    permission = "deals.amend_deal"
    acts = (Act.AMEND, Act.ANNOTATE)
    heading, button = _("Amend"), _("Amend the deal")

    def inputs(self, deal: Any) -> Sequence[Input]:
        kept = [each for each in INPUTS if each.name not in FIXED]
        own = [each for each in kept if not each.only or deal.product in each.only.split()]
        return [*own, *DETAIL_INPUTS, REASON, EVIDENCE]

    def start(self, deal: Any) -> Mapping[str, str]:
        return flat(selectors.posted_terms(deal))

    def offered(self, deal: Any) -> tuple[Mapping[str, str], str]:
        """With `?confirmation=RC-3` what that one says otherwise, and itself as the evidence."""
        now, reference = self.start(deal), self.request.GET.get("confirmation", "")
        if not reference:
            return now, ""
        theirs = theirs_of(reference, deal, now, user=self.user)
        return {**now, **theirs.members, "evidence": str(theirs.confirmation)}, theirs.said

    def change(self, deal: Any, typed: Mapping[str, str]) -> None:
        """Only what was typed anew is sent: a merge patch, in which an emptied field is taken away."""
        now = self.start(deal)
        patch: dict[str, Any] = {}
        for name, text in typed.items():
            if name in ("reason", "evidence") or text == now.get(name, ""):
                continue
            outer, dot, inner = name.partition(".")
            value = (with_offset(text) if name == "traded_at" else text) or None
            if dot:
                patch.setdefault(outer, {})[inner] = value
            else:
                patch[outer] = value
        if "pair" in patch:  # an FX deal is in the second currency of its pair
            patch["currency"] = (patch["pair"] or "").partition("/")[2]
        services.amend_deal(
            id=deal.pk, document=patch, reason=typed["reason"][:500],
            evidence=typed["evidence"][:500], actor=self.user, at=timezone.now(),
        )  # fmt: skip


def flat(document: Mapping[str, Any]) -> dict[str, str]:
    """Terms as the inputs of a form hold them: members of members by a dot, times in Moscow's."""
    found: dict[str, str] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": str(v) for inner, v in value.items() if v is not None}
        elif isinstance(value, str):
            found[name] = value
    moment = datetime.fromisoformat(found["traded_at"]).astimezone(FIRM_ZONE)
    found["traded_at"] = f"{moment:%Y-%m-%dT%H:%M:%S}"
    return found


class CancelDeal(ChangePage):
    permission = "deals.cancel_deal"
    acts = (Act.CANCEL,)
    heading, button = _("Cancel"), _("Cancel the deal")

    def inputs(self, deal: Any) -> Sequence[Input]:
        asked = TABLE[standings([deal.pk])[deal.pk].situation][Act.CANCEL].agreement
        return [REASON, EVIDENCE] if asked == Agreement.DOCUMENT else [REASON]

    def change(self, deal: Any, typed: Mapping[str, str]) -> None:
        services.cancel_deals(
            ids=[deal.pk], reason=typed["reason"][:500], evidence=typed.get("evidence", "")[:500],
            actor=self.user, at=timezone.now(),
        ).raise_single()  # fmt: skip
