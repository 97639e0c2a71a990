"""What the steps of a purchase from an individual are: who takes each, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.documents.kinds import DocumentKind


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a step is, who takes it, what proves it, and the document that belongs to it."""

    title: Any
    role: str
    needs: Any
    paper: DocumentKind | None = None


WANTED = {
    "identify": Wanted(_("Identify the seller"), "clerk",
                       _("Identity document, address and bank, put in force by two people")),
    "screen": Wanted(_("Screen the seller"), "clerk", _("Nothing stands against the seller")),
    "contract": Wanted(_("Sign the contract"), "clerk", _("The signed contract, accepted by another person"),
                       DocumentKind.PURCHASE_CONTRACT),
    "order": Wanted(_("Have the transfer order accepted"), "clerk",
                    _("The order with the depository's mark, accepted by another person"),
                    DocumentKind.TRANSFER_ORDER),
    "credit": Wanted(_("Record the credit of the securities"), "clerk",
                     _("Evidence that the securities are on our account")),
    "act": Wanted(_("Sign the act of acceptance"), "checker",
                  _("The signed act, accepted by another person"), DocumentKind.ACCEPTANCE_ACT),
    "pay": Wanted(_("Pay the seller"), "checker",
                  _("The payment order, the payment released by another person, and its evidence"),
                  DocumentKind.PAYMENT_ORDER),
}  # fmt: skip
