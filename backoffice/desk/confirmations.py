"""Pages of confirmations: what counterparties sent, beside what we say, and what is done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import IO, Any

import msgspec
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.connectors.confirmations import is_message, take_confirmations
from backoffice.connectors.formats.decoding import MAX_BYTES
from backoffice.connectors.formats.recognising import HEAD
from backoffice.desk.accepting import DEPOSIT_SIDES, may_accept
from backoffice.desk.base import StepButton, step_buttons
from backoffice.desk.confirmation_listing import CONFIRMATIONS
from backoffice.desk.confirmation_words import FIELD_TITLES
from backoffice.desk.row_files import ListWithFile
from backoffice.desk.things import Thing, ThingStep, proposed, states_then
from backoffice.events.models import Event
from backoffice.events.selectors import history_of
from backoffice.kernel.errors import Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.references import number_in
from backoffice.templatetags import desk
from deals.capturing.row_files import Outcome
from deals.confirming import selectors, services
from deals.confirming.candidates import MIRRORED
from deals.confirming.files import take_file
from deals.confirming.models import ReceivedConfirmation
from deals.confirming.rules import Finding, Weight
from deals.confirming.state import CONFIRMATION_LIFECYCLE, UNSETTLED, ConfirmationState
from deals.selectors import deal_id_of

MAY_RECEIVE = "deals.receive_confirmation"
WEIGHTS = {
    Weight.SAME: _("agrees"), Weight.UNTOLD: _("not told by both"),
    Weight.TOLERATED: _("within tolerance"), Weight.NOTED: _("noted"), Weight.DIFFERENT: _("differs"),
}  # fmt: skip


class NoSuchDeal(Invalid):
    code = "no-such-deal"
    title = gettext_noop("There is no such deal")
    detail = gettext_noop("%(deal)s is no deal that you may see.")
    hint = gettext_noop("Write its reference as D-12.")


class Confirmations(ListWithFile):
    """What they sent, and the form for a file of more: rows, or messages of SWIFT as they came."""

    permission = "deals.view_deal"
    sending = MAY_RECEIVE
    template_name = "deals/confirmations.html"
    listing = CONFIRMATIONS
    page_name = "confirmations"

    def take(self, file: IO[bytes], media_type: str) -> Outcome:
        now = timezone.now()
        if is_message(file.read(HEAD)):
            file.seek(0)
            raw = file.read(MAX_BYTES + 1)
            return take_confirmations(raw, source="page", actor=self.user, at=now).outcome()
        return take_file(file, media_type, source="page", actor=self.user, at=now)


class ShowConfirmation(Thing):
    permission = "deals.view_deal"
    template_name = "deals/confirmation.html"
    page_name = "confirmation"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.confirmation(kwargs["reference"], visible_to=self.user)
        head = self.head(history_of("confirmation", row.pk), [CONFIRMATION_LIFECYCLE])
        at = head["slider"].at
        if at is not None:
            go_back(row, head["known"])
        next_step, others = proposed("confirmation", [] if at else self.steps(row), None)
        open_now = row.state in UNSETTLED and at is None
        return {
            **head, "confirmation": row, "next_step": next_step, "others": others,
            "fields": [shown(f, row) for f in selectors.findings_of(row)],
            "causes": selectors.cause_documents(row),
            "our_side": MIRRORED[row.side],
            "later": getattr(row, "replaced_by", None),
            "may_link": open_now and self.user.has_perm("deals.link_confirmation"),
            "may_capture": open_now and row.state == ConfirmationState.ALLEGED
            and self.user.has_perm("deals.capture_deal"),
            "may_accept": at is None and may_accept(row, self.user),
            "typed_deal": self.request.POST.get("deal", "") if self.refused else "",
        }  # fmt: skip

    def steps(self, row: ReceivedConfirmation) -> Sequence[StepButton]:
        """The steps a person may take; of a match the confirming of its deal is the next one."""

        def url(action: str) -> str:
            return reverse("confirmation-step", args=[str(row), action])

        buttons = step_buttons(
            row, [CONFIRMATION_LIFECYCLE], user=self.user, permission="deals.{}_confirmation",
            asks_reason=("dispute", "reject", "withdraw"), without=("link",), url=url,
        )  # fmt: skip
        waits = row.state == ConfirmationState.MATCHED and row.deal and row.deal.state == "CAPTURED"
        if waits and self.user.has_perm("deals.confirm_deal"):
            buttons = [replace(b, primary=False) for b in buttons]
            buttons.insert(0, StepButton("confirm", url("confirm"), primary=True, seen=row.etag))
        return buttons


def go_back(row: ReceivedConfirmation, known: Sequence[Event]) -> None:
    """What was known of it after these events: its state, the deal it was held against, and why."""
    row.state = states_then([CONFIRMATION_LIFECYCLE], known)["state"]
    last = next((e for e in reversed(known) if e.target == row.state), None)
    facts: Mapping[str, Any] = last.facts if last else {}
    row.causes = list(facts.get("causes", ()))
    compared = row.state in (ConfirmationState.MATCHED, ConfirmationState.MISMATCHED)
    row.deal_id = number_in(facts["deal"], "D", "deal") if compared else None
    row.deal_version = facts["version"] if compared else None


def shown(finding: Finding, row: ReceivedConfirmation) -> dict[str, Any]:
    """A field as its three columns are read, and what the difference weighs."""
    off = finding.weight in (Weight.DIFFERENT, Weight.TOLERATED, Weight.NOTED)
    return {
        "name": finding.field, "title": FIELD_TITLES[finding.field],
        "ours": _written(finding, finding.ours, row), "theirs": _written(finding, finding.theirs, row),
        "difference": _written(finding, finding.difference, row) if off else "",
        "weight": finding.weight.value, "words": WEIGHTS[finding.weight], "off": off,
    }  # fmt: skip


def _written(finding: Finding, value: Any, row: ReceivedConfirmation) -> str:
    if value in (None, ""):
        return ""
    if finding.field == "side":
        if row.is_money:
            return gettext("We take money") if value == "buy" else gettext("We place money")
        return gettext("We buy") if value == "buy" else gettext("We sell")
    if isinstance(value, date):
        return desk.day(value)
    if isinstance(value, int):
        return gettext("%(days)s days") % {"days": value}
    if isinstance(value, Decimal):
        return (
            desk.money(value, row.currency) if finding.field == "amount" else desk.quantity(value)
        )
    return str(value)


class ConfirmationStep(ThingStep):
    model = ReceivedConfirmation
    app, subject = "deals", "confirmation"
    find = staticmethod(selectors.confirmation)
    page_class = ShowConfirmation
    without_reason = ("confirm",)
    actions = {  # noqa: RUF012
        "confirm": services.confirm_matched,
        "link": services.link_confirmations,
        "dispute": services.dispute_confirmations,
        "reject": services.reject_confirmations,
        "withdraw": services.withdraw_confirmations,
    }

    @property
    def permission(self) -> str:  # type: ignore[override]
        action = self.kwargs["action"]
        return "deals.confirm_deal" if action == "confirm" else f"deals.{action}_confirmation"

    def given(self, action: str) -> dict[str, Any]:
        more = super().given(action)
        if action != "link":
            return more
        typed = self.request.POST.get("deal", "").strip()[:24]
        try:
            return {**more, "deal_id": deal_id_of(typed, visible_to=self.user)}
        except NotFound:
            raise NoSuchDeal(deal=typed) from None


def prefilled(row: ReceivedConfirmation) -> dict[str, str]:
    """A new deal as their confirmation tells it, for a dealer to check and capture."""
    price = row.price
    if price is None and row.amount is not None:
        price = row.amount / row.quantity
    if row.is_money:
        return _prefilled_money(row, price or Decimal(0))
    product = {"product": "fx_spot", "pair": row.pair} if row.pair else {
        "product": "equity", "instrument": row.told,
    }  # fmt: skip
    return {
        **product, "side": MIRRORED[row.side], "quantity": plain_text(row.quantity),
        "price": plain_text(price or Decimal(0)), "currency": row.currency,
        "counterparty": row.sender.code, "traded_at": f"{row.trade_date.isoformat()}T12:00",
        "settlement.date": row.settlement_date.isoformat(),
        **({"external_ref": row.our_ref} if row.our_ref else {}),
    }  # fmt: skip


def _prefilled_money(row: ReceivedConfirmation, rate: Decimal) -> dict[str, str]:
    told = msgspec.json.decode(row.raw)
    return {
        "product": "deposit", "side": DEPOSIT_SIDES[MIRRORED[row.side]],
        "quantity": plain_text(row.quantity), "rate": plain_text(rate), "currency": row.currency,
        "counterparty": row.sender.code, "traded_at": f"{row.trade_date.isoformat()}T12:00",
        "settlement.date": row.settlement_date.isoformat(), "far_date": told.get("far_date") or "",
    }  # fmt: skip


def plain_text(value: Decimal) -> str:
    text = f"{value:.12f}"
    return text.rstrip("0").rstrip(".")
