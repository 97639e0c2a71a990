"""What follows from the next step of an item, and which of them is taken with one click."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

# The kinds whose next step is one of `bulk_steps.SUBJECTS`: its page says first what will happen.
ONE_CLICK: Mapping[str, tuple[str, str]] = {
    "ssi-revoked": ("settlement", "enrich"),
    "cancel-approval": ("deal", "approve_cancel"),
    "net-agree": ("netobligation", "agree"),
}
_SETTLES = _("Then it is released again by other eyes, and settles.")
_BOOKED = _("Then other eyes accept it, and it is booked.")
_CONFIRMED = _("Then other eyes approve the deal, and its settlement is prepared.")
FOLLOWS: Mapping[str, Any] = {
    "failing": _("Once nothing is lacking the next run settles it, and no penalty is counted any more."),
    "ssi-missing": _("Once other eyes approve it, the settlement of the deal is prepared by itself."),
    "ssi-revoked": _SETTLES,
    "reinstruct": _SETTLES,
    "settlement-limit": _SETTLES,
    "unconfirmed": _CONFIRMED,
    "confirmation-matched": _CONFIRMED,
    "confirmation-mismatched": _CONFIRMED,
    "confirmation-alleged": _CONFIRMED,
    "confirmation-ambiguous": _CONFIRMED,
    "repair": _("The deal is captured with its limits, and waits to be confirmed."),
    "break-open": _BOOKED,
    "break-remedy": _("It is booked at once, and the break is closed."),
    "evidence": _("The settlement is settled and booked at once."),
    "ssi": _("It is used from then on; deals that waited for it are prepared."),
    "proposal": _("The change is written at once."),
    "cancel-approval": _("The deal is cancelled, its trade reversed, its limits are free again."),
    "withdrawal": _("Tax is kept back, and the payment waits to be released."),
    "net-agree": _("One settlement on the net is prepared."),
    "netting-agree": _("One payment on the net is prepared."),
    "breach": _("The deal stands, or its limit is raised by other eyes."),
    "sign-off": _("The day is closed, and its entries go to the bookkeeping."),
    "broken-night": _("The night goes on with the step that broke off."),
    "penalty-different": _("Then other eyes accept the difference, or the place answers."),
    "purchase-pay": _("The seller is paid, and the purchase is over."),
}  # fmt: skip
