"""The kinds of documents, and the languages in which they are written."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DocumentKind(TextChoices):
    CONFIRMATION = "CONFIRMATION", _("Confirmation")
    PURCHASE_CONTRACT = "PURCHASE_CONTRACT", _("Purchase contract")
    TRANSFER_ORDER = "TRANSFER_ORDER", _("Transfer order")
    ACCEPTANCE_ACT = "ACCEPTANCE_ACT", _("Act of acceptance")
    PAYMENT_ORDER = "PAYMENT_ORDER", _("Payment order")
    AGREEMENT_SHEET = "AGREEMENT_SHEET", _("Agreement sheet")
    MESSAGE_FORM = "MESSAGE_FORM", _("Form of a message")
    INVOICE = "INVOICE", _("Invoice")


LAYOUT = "LAYOUT"  # what the templates of a language share: page, letterhead, how money is written


class TemplateKind(TextChoices):
    """What templates there are: one for each kind of document, and the layout."""

    LAYOUT = LAYOUT, _("Layout")
    CONFIRMATION = "CONFIRMATION", _("Confirmation")
    PURCHASE_CONTRACT = "PURCHASE_CONTRACT", _("Purchase contract")
    TRANSFER_ORDER = "TRANSFER_ORDER", _("Transfer order")
    ACCEPTANCE_ACT = "ACCEPTANCE_ACT", _("Act of acceptance")
    PAYMENT_ORDER = "PAYMENT_ORDER", _("Payment order")
    AGREEMENT_SHEET = "AGREEMENT_SHEET", _("Agreement sheet")
    MESSAGE_FORM = "MESSAGE_FORM", _("Form of a message")
    INVOICE = "INVOICE", _("Invoice")


class Language(TextChoices):
    EN = "en", _("English")
    RU = "ru", _("Russian")
