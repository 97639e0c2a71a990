"""Why a row of a file is no deal of ours, in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from backoffice.desk.words import problem_words

CODES: dict[str, Any] = {
    "": "",
    "blank-row": _("Blank row"),
    "before-header": _("Above the header"),
    "left-out": _("Left out by the mapping"),
    "not-mapped": _("Not mapped yet"),
    "not-a-deal-cash": _("A transfer of cash, no deal"),
    "not-a-deal-dividend": _("A dividend, no deal"),
    "not-a-deal-interest": _("Interest, no deal"),
    "not-a-deal-tax": _("A tax, no deal"),
    "not-a-deal-fee": _("A fee, no deal"),
    "not-a-deal-split": _("A split of shares, no deal"),
    "not-a-deal-adjustment": _("An adjustment, no deal"),
    "not-a-deal-position": _("A position, no deal"),
    "not-a-deal-payment": _("A single payment, no deal"),
    "not-a-deal-rate": _("A rate, no deal"),
    "not-a-deal-order": _("An order, no deal"),
    "not-a-deal-total": _("A total, no deal"),
    "not-a-deal-continuation": _("Goes on with the row above"),
    "unsupported-option": _("Options are not kept here"),
    "unsupported-future": _("Futures are not kept here"),
    "unsupported-fra": _("Forward rate agreements are not kept here"),
    "unsupported-swap": _("Interest rate swaps are not kept here"),
    "unknown-product": _("A product that is not known here"),
    "duplicate-deal": _("There already"),
    "amount-differs": _("Its total is not what it comes to"),
    "notional-in-quote": _("The amount is in the other currency of the pair"),
    "not-a-number": _("Not a number"),
    "not-a-date": _("Not a date"),
    "not-a-time": _("Not a time"),
    "not-of-product": _("Not of that product"),
}


def code_words(code: str) -> Any:
    """The first reason of a row in the reader's language."""
    return CODES[code] if code in CODES else problem_words(code)
