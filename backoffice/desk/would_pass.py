"""What would make a deal pass its limits, in words: each was tried by the server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from backoffice.access.models import User
from backoffice.kernel.errors import Refusal
from backoffice.templatetags import desk
from deals.capturing.schema import terms_of
from deals.exposing.asking import Suggestion, ask
from limits.services import LimitExceeded


def would_pass(refusal: Refusal | None, document: dict[str, Any], user: User) -> list[str]:
    """What a deal that a limit refused could be instead; nothing where even asking is refused."""
    if refusal is None or refusal.code != LimitExceeded.code:
        return []
    try:
        answer = ask(terms_of(document), actor=user, at=timezone.now())
    except Refusal:
        return []
    return [text for each in answer.would_pass for text in _said(each)]


def _said(suggestion: Suggestion) -> Iterator[str]:
    value = suggestion.value
    if suggestion.change == "quantity":
        yield gettext("The largest quantity that fits is %(value)s.") % {"value": value}
    elif suggestion.change == "settlement.method":
        yield gettext("Against payment (%(value)s) it fits.") % {"value": value}
    elif suggestion.change == "settlement.date":
        yield gettext("Settled on %(value)s it fits.") % {"value": value}
    elif suggestion.change == "book":
        yield gettext("In book %(value)s it fits.") % {"value": value}
    for need, more in suggestion.limits:
        yield gettext("Or ask risk for %(amount)s %(currency)s more under %(limit)s.") % {
            "amount": desk.money(more, need.limit.currency), "currency": need.limit.currency,
            "limit": need.limit.name,
        }  # fmt: skip
