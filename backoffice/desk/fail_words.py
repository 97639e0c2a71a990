"""The words of fails: steps of statements, differences, claims and buy-ins, and why they wait for somebody."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES: dict[str, Any] = {
    "penaltystatement.receive": _("Statement of penalties received"),
    "penaltystatement.book": _("Booked"),
    "penaltystatement.decline": _("Declined"),
    "penaltystatement.replace": _("Replaced by a later statement"),
    "penaltybreak.open": _("The place says otherwise"),
    "penaltybreak.appeal": _("Appealed to the place"),
    "penaltybreak.accept": _("Accepted as the place says"),
    "penaltybreak.win": _("The place agrees with us"),
    "penaltybreak.settle": _("A later statement agrees with us"),
    "penaltybreak.void": _("The statement was declined"),
    "penaltybreak.reopen": _("A later statement says otherwise again"),
    "interestclaim.propose": _("Interest claim proposed"),
    "interestclaim.approve": _("Interest claim approved and booked"),
    "interestclaim.decline": _("Interest claim declined"),
    "interestclaim.pay": _("Interest claim paid"),
    "interestclaim.drop": _("Interest claim dropped"),
    "buyin.propose": _("Buy-in proposed"),
    "buyin.notify": _("Counterparty told of the buy-in"),
    "buyin.execute": _("Bought in"),
    "buyin.compensate": _("Difference of the buy-in booked"),
    "buyin.abandon": _("Buy-in abandoned"),
}
WHY: dict[str, Any] = {
    "penalty-to-book": _("A place says what the fails of a month cost; other eyes book it"),
    "penalty-different": _("The place penalises otherwise than we have counted"),
    "penalty-appealed": _("The place has not answered our appeal"),
}
KINDS: dict[str, Any] = {
    "penalty-to-book": _("A statement of penalties waits to be booked"),
    "penalty-different": _("A penalty differs from ours"),
    "penalty-appealed": _("An appeal against a penalty waits for the place"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "interestclaim.approve": (
        _(
            "A colleague claims it, or has written what they claim; other eyes compare it with the penalties."
        ),
        _("Until then it stands nowhere in the books."),
    ),
    "interestclaim.pay": (
        _("It is agreed and stands in the books; the money has not come or gone yet."),
        _("Until then it stays open with the counterparty."),
    ),
    "buyin.notify": (
        _("A colleague proposes to buy in; other eyes agree before the counterparty is told."),
        _("What is late stays late, and what it costs grows with the days."),
    ),
    "buyin.execute": (
        _(
            "The counterparty knows; once it is bought, the price is written from the contract note."
        ),
        _("After its date the buy-in is late itself."),
    ),
    "buyin.compensate": (
        _("What it cost more than was agreed is owed to us; other eyes look at the price."),
        _("Until then the counterparty is asked for nothing."),
    ),
    "penaltystatement.book": (
        _("A place says what the fails of a month cost; other eyes book it."),
        _("Until then what it collects stands nowhere in the books."),
    ),
    "penaltybreak.appeal": (
        _("The place penalises otherwise than we have counted."),
        _("After the deadline the place hears nobody, and collects what it says."),
    ),
    "penaltybreak.win": (
        _("The place has not answered our appeal."),
        _("Until then nobody knows which of both figures stands."),
    ),
}
DOES: dict[str, Any] = {
    "penalty-to-book": _("Look at its differences, then book it"),
    "penalty-different": _("Appeal to the place before the deadline, or have it accepted"),
    "penalty-appealed": _("Chase the place, then record its answer"),
}
