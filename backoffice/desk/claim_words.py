"""Why interest claims, buy-ins and outturns in another currency wait for somebody."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

WHY: dict[str, Any] = {
    "interest-claim": _(
        "A claim for a late settlement is proposed; other eyes say whether it is owed"
    ),
    "interest-claim-unpaid": _("A claim is owed and stands in the books; its money has not moved"),
    "buy-in": _("A colleague proposes to buy in what was not delivered"),
    "buy-in-to-execute": _("The counterparty was told; the securities are to be bought by the day"),
    "buy-in-to-compensate": _("It is bought in; the difference is to be booked by other eyes"),
}
KINDS: dict[str, Any] = {
    "interest-claim": _("An interest claim waits for other eyes"),
    "interest-claim-unpaid": _("An interest claim is not paid"),
    "buy-in": _("A buy-in waits for other eyes"),
    "buy-in-to-execute": _("A buy-in is to be executed"),
    "buy-in-to-compensate": _("The difference of a buy-in is not booked"),
    "outturn-currency": _("A settlement was replaced by a payment in another currency"),
}
DOES: dict[str, Any] = {
    "interest-claim": _("Compare it with its penalties, then approve or decline it"),
    "interest-claim-unpaid": _("Chase the money, then record its document"),
    "buy-in": _("Look at what is late, then tell the counterparty or end it"),
    "buy-in-to-execute": _("Buy, then record the price by the contract note"),
    "buy-in-to-compensate": _("Compare the price with the contract note, then book it"),
    "outturn-currency": _("Check the details for that currency, then have it released"),
}
