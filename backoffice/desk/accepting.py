"""What they confirm, as an amendment of our deal would take it: for a person to check and send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from backoffice.access.models import User
from backoffice.desk.confirmation_words import FIELD_TITLES
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import NotFound
from deals.amending.consequences import TABLE, Act
from deals.confirming import selectors
from deals.confirming.models import ReceivedConfirmation
from deals.confirming.rules import Finding, Weight
from deals.confirming.state import ConfirmationState
from settlements.changing.situations import standings

# Where a field of a confirmation stands in the terms of a deal; what is worked out stands nowhere.
MEMBERS = {
    "side": "side", "instrument": "instrument", "quantity": "quantity", "price": "price",
    "currency": "currency", "settlement_date": "settlement.date", "uti": "uti",
}  # fmt: skip
DEPOSIT_SIDES = {"sell": "place", "buy": "take"}  # of money, as confirming says it
TAKEN = (Weight.DIFFERENT, Weight.NOTED)


@dataclass(frozen=True, slots=True)
class Theirs:
    """The members that would change with what they are in the form, and the fields that cannot be taken."""

    confirmation: ReceivedConfirmation
    members: Mapping[str, str] = field(default_factory=dict)
    left: Sequence[str] = ()

    @property
    def said(self) -> str:
        told = gettext("Filled in as %(confirmation)s tells it: check it, then send.") % {
            "confirmation": self.confirmation
        }
        if not self.left:
            return told
        names = ", ".join(str(FIELD_TITLES[name]) for name in self.left)
        return f"{told} " + gettext("Not taken over, it follows from the rest or is settled elsewhere: %(fields)s.") % {
            "fields": names
        }  # fmt: skip


def may_accept(row: ReceivedConfirmation, user: User) -> bool:
    """Whether this person may put our deal right by what they say."""
    if row.state != ConfirmationState.MISMATCHED or row.deal_id is None:
        return False
    standing = standings([row.deal_id])[row.deal_id]
    return user.has_perm("deals.amend_deal") and TABLE[standing.situation][Act.AMEND].allowed


def theirs_of(reference: str, deal: Any, now: Mapping[str, str], *, user: User) -> Theirs:
    """What the confirmation says otherwise about this deal. Raises NotFound: it is about another, or agrees."""
    row = selectors.confirmation(reference, visible_to=user)
    if row.deal_id != deal.pk or row.state != ConfirmationState.MISMATCHED:
        raise NotFound(what="confirmation", reference=reference)
    members: dict[str, str] = {}
    left: list[str] = []
    for finding in selectors.findings_of(row):
        if finding.weight not in TAKEN:
            continue
        name = _member(finding, deal)
        if finding.field == "trade_date":
            members["traded_at"] = f"{finding.theirs.isoformat()}{now['traded_at'][10:]}"
        elif name is None:
            left.append(finding.field)
        else:
            theirs = finding.theirs
            members[name] = _typed(
                DEPOSIT_SIDES[theirs] if name == "side" and row.is_money else theirs
            )
    return Theirs(row, members, left)


def _member(finding: Finding, deal: Any) -> str | None:
    name = MEMBERS.get(finding.field)
    if name == "instrument" and "pair" in deal.details:
        return "pair"
    return (
        "rate"
        if name == "price" and "rate" in deal.details and deal.instrument_id is None
        else name
    )


def _typed(value: Any) -> str:
    """A value as the form holds it."""
    if isinstance(value, Decimal):
        return plain(value.normalize())
    return value.isoformat() if isinstance(value, date) else str(value)
