"""What happened to documents, templates and purchases from individuals, and why their next step is due."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

DOCUMENT_TITLES: dict[str, Any] = {
    "purchase.open": _("Checklist begun"),
    "purchase.identify": _("Seller identified"),
    "purchase.screen": _("Seller screened"),
    "purchase.contract": _("Contract signed"),
    "purchase.order": _("Transfer order accepted"),
    "purchase.credit": _("Securities credited"),
    "purchase.act": _("Act signed"),
    "purchase.pay": _("Paid"),
    "purchase.ask_advance": _("Payment before the credit asked for"),
    "purchase.allow_advance": _("Payment before the credit allowed"),
    "purchase.refuse_advance": _("Payment before the credit refused"),
    "document.issue": _("Issued"),
    "document.sign": _("Signed copy accepted"),
    "signedcopy.propose": _("Signed copy brought"),
    "signedcopy.accept": _("Signed copy accepted"),
    "signedcopy.decline": _("Signed copy declined"),
    "template.load": _("Loaded with the base data"),
    "template.propose": _("Proposed"),
    "template.approve": _("Approved"),
    "template.decline": _("Declined"),
    "template.withdraw": _("Withdrawn"),
    "template.supersede": _("Another one is used instead"),
}
DOCUMENT_REASONS: dict[str, tuple[Any, Any]] = {
    "purchase.identify": (
        _("Nobody may be paid whom we have not identified."),
        _("Nothing else of the purchase goes on."),
    ),
    "purchase.screen": (
        _("A person on a list of sanctions may neither be contracted nor paid."),
        _("No contract is issued before it."),
    ),
    "purchase.contract": (
        _("The signed contract has been compared by two people: the seller agrees."),
        _("Until then no settlement is prepared."),
    ),
    "purchase.order": (
        _("The depository has taken the seller's order to transfer the securities."),
        _("Without it the securities do not come."),
    ),
    "purchase.credit": (
        _("The securities are on our account, as the place's word shows."),
        _("The act is not issued, and the seller is not paid, before it."),
    ),
    "purchase.act": (
        _("Both sides have signed that the securities were accepted; other eyes record it."),
        _("The seller is not paid before it."),
    ),
    "purchase.pay": (
        _("The money has gone, as the place's word shows."),
        _("The purchase stays open."),
    ),
    "template.approve": (
        _("A colleague wrote another text; look at the preview before documents are made by it."),
        _("Until then documents are made by the one before it."),
    ),
}
