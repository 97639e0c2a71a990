"""What may still be done about a deal, who must agree, and what follows: one table. Pure.

Domain-decisions 3, 5, 6 and 7: one-sided only while the counterparty has not confirmed; after that
with its agreement and under other eyes; after matching the place is asked; what is settled is never
cancelled; a cleared deal is reversed by the report of its venue alone, until a net of it has gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.lifecycle import TransitionNotAllowed


class Act(TextChoices):
    """What is to be done about a deal."""

    CANCEL = "CANCEL", _("Cancel")
    AMEND = "AMEND", _("Amend the economics")
    ANNOTATE = "ANNOTATE", _("Amend details")
    SUBSTITUTE = "SUBSTITUTE", _("Substitute collateral")
    CLOSE_EARLY = "CLOSE_EARLY", _("Close early")
    UNDO_ALLOCATION = "UNDO_ALLOCATION", _("Take the allocation of its block back")
    REVERSE = "REVERSE", _("Reverse by the venue's report")


class Situation(TextChoices):
    """How far a deal has come, as far as that decides what may be done about it."""

    CAPTURED = "CAPTURED", _("Captured")
    PENDING_APPROVAL = "PENDING_APPROVAL", _("Pending approval")
    CONFIRMED = "CONFIRMED", _("Confirmed, nothing released")
    RELEASED = "RELEASED", _("Released, not sent")
    SENT = "SENT", _("Sent to its place, not matched")
    INSIDE = "INSIDE", _("Matched in our own books")
    MATCHED = "MATCHED", _("Matched at an outside place")
    PARTLY_SETTLED = "PARTLY_SETTLED", _("Partly settled")
    REST_CANCELLED = "REST_CANCELLED", _("Partly settled, the rest cancelled at its place")
    SETTLED = "SETTLED", _("Settled")
    CLEARED = "CLEARED", _("Cleared by a central counterparty")
    NET_GONE = "NET_GONE", _("Cleared, and a net of it has gone to the clearing house")
    CANCELLED = "CANCELLED", _("Cancelled, or replaced by other deals")


class Agreement(TextChoices):
    """Whose word is needed beside our own."""

    NONE = "NONE", _("nobody's")
    DOCUMENT = "DOCUMENT", _("the counterparty's, by a document or message")
    PLACE = "PLACE", _("the counterparty's, through the place")
    VENUE = "VENUE", _("the venue's, by its report")


class Follows(TextChoices):
    """One thing that follows."""

    NEW_VERSION = "NEW_VERSION", _("a new version")
    APPROVAL_VOIDED = "APPROVAL_VOIDED", _("the confirmation and its approval are void")
    WITHDRAWN = "WITHDRAWN", _("its settlements are withdrawn")
    PLACE_ASKED = (
        "PLACE_ASKED",
        _("its places are asked to cancel; until they agree the deal stays live"),
    )
    REVERSED = "REVERSED", _("the trade-date entry and the lots are reversed")
    REBOOKED = "REBOOKED", _("the trade-date entry and the lots are reversed and booked anew")
    PARTS_CANCELLED = "PARTS_CANCELLED", _("the parts of the block are cancelled")
    BLOCK_RESTORED = (
        "BLOCK_RESTORED",
        _("the block stands in their place, and is confirmed as it was"),
    )
    REST_WITHDRAWN = "REST_WITHDRAWN", _("what of it is not settled is withdrawn and prepared anew")
    REST_REVERSED = (
        "REST_REVERSED",
        _("what is settled stays; what is not leaves the books and the lots"),
    )
    LEAVES_NETS = (
        "LEAVES_NETS",
        _("it leaves its nets, which are compared and agreed to anew"),
    )
    LIMITS_GIVEN_BACK = "LIMITS_GIVEN_BACK", _("its limits get their room back")
    LIMITS_REPLACED = "LIMITS_REPLACED", _("its limits are used as the new terms need")


@dataclass(frozen=True, slots=True)
class Consequence:
    """A cell of the table: not `allowed`, `instead` says what is done."""

    allowed: bool
    agreement: Agreement = Agreement.NONE
    eyes: bool = False
    follows: tuple[Follows, ...] = ()
    instead: str = ""


_OVER = (Follows.REVERSED, Follows.LIMITS_GIVEN_BACK)
_ANEW = (Follows.NEW_VERSION, Follows.REBOOKED, Follows.LIMITS_REPLACED)
_ANEW_AND_AGAIN = (
    Follows.NEW_VERSION, Follows.APPROVAL_VOIDED, Follows.WITHDRAWN, Follows.REBOOKED,
    Follows.LIMITS_REPLACED,
)  # fmt: skip
_NOTED = Consequence(True, follows=(Follows.NEW_VERSION,))
_AGREED = Consequence(True, Agreement.DOCUMENT, eyes=True, follows=(Follows.WITHDRAWN, *_OVER))
_AMENDED = Consequence(True, Agreement.DOCUMENT, eyes=True, follows=_ANEW_AND_AGAIN)
_ASKED = (Follows.PLACE_ASKED, *_OVER)


def _no(instead: str) -> Consequence:
    return Consequence(False, instead=instead)


_AT_THE_PLACE = gettext_noop("Cancel its settlements at their places first, then amend.")
_REST = Consequence(
    True, Agreement.DOCUMENT, eyes=True, follows=(Follows.REST_REVERSED, Follows.LIMITS_GIVEN_BACK)
)
# A repo between its dates: what is settled stays, what is not is agreed on anew.
_BETWEEN = Consequence(
    True, Agreement.DOCUMENT, eyes=True,
    follows=(
        Follows.NEW_VERSION, Follows.APPROVAL_VOIDED, Follows.REST_WITHDRAWN, Follows.LIMITS_REPLACED
    ),
)  # fmt: skip
_REVERSE = gettext_noop("A settled part is undone by a deal the other way.")
_NOT_BEGUN = gettext_noop("Its first date is not settled: amend it instead.")
_REST_FIRST = gettext_noop("Its rest was cancelled: have it instructed anew first.")
_LEFT_ALREADY = gettext_noop("Something of its parts has left: amend or cancel them one by one.")
_VENUE = gettext_noop("Only a report of the venue reverses a cleared deal.")
_OPPOSITE = gettext_noop(
    "Capture the deal the other way, as the venue's report has it: it joins the next round of the net."
)
_NOT_CLEARED = gettext_noop("It was not cleared by a central counterparty: cancel it instead.")
_NOTHING_LEFT = gettext_noop("A deal that is over stays as it is; look at what took its place.")

# What is done between the dates of a repo comes after the first of them. An allocation is taken back, by
# what has become of each of its parts, until something of one has left.
_BILATERAL = {Act.REVERSE: _no(_NOT_CLEARED)}
_AHEAD = {Act.SUBSTITUTE: _no(_NOT_BEGUN), Act.CLOSE_EARLY: _no(_NOT_BEGUN), **_BILATERAL}
_UNDONE = (Follows.PARTS_CANCELLED, *_OVER, Follows.BLOCK_RESTORED)
_FREE = {Act.UNDO_ALLOCATION: Consequence(True, follows=_UNDONE)}
_AGREED_ON = {
    Act.UNDO_ALLOCATION: Consequence(True, eyes=True, follows=(Follows.WITHDRAWN, *_UNDONE))
}
_GONE = {Act.UNDO_ALLOCATION: _no(_LEFT_ALREADY)}

# Situation: what a cancellation, a change of its economics, and one of its details come to.
TABLE: dict[Situation, dict[Act, Consequence]] = {
    Situation.CAPTURED: {
        Act.CANCEL: Consequence(True, follows=_OVER),
        Act.AMEND: Consequence(True, follows=_ANEW),
        Act.ANNOTATE: _NOTED,
        **_AHEAD, **_FREE,
    },
    Situation.PENDING_APPROVAL: {
        Act.CANCEL: Consequence(True, follows=_OVER),
        Act.AMEND: Consequence(True, follows=(Follows.APPROVAL_VOIDED, *_ANEW)),
        Act.ANNOTATE: _NOTED,
        **_AHEAD, **_FREE,
    },
    Situation.CONFIRMED: {
        Act.CANCEL: _AGREED, Act.AMEND: _AMENDED, Act.ANNOTATE: _NOTED, **_AHEAD, **_AGREED_ON
    },
    Situation.RELEASED: {Act.CANCEL: _AGREED, Act.AMEND: _AMENDED, Act.ANNOTATE: _NOTED, **_AHEAD, **_AGREED_ON},
    Situation.SENT: {
        Act.CANCEL: Consequence(True, Agreement.DOCUMENT, eyes=True, follows=_ASKED),
        Act.AMEND: _no(_AT_THE_PLACE),
        Act.ANNOTATE: _NOTED,
        **_AHEAD, **_GONE,
    },
    Situation.INSIDE: {Act.CANCEL: _AGREED, Act.AMEND: _AMENDED, Act.ANNOTATE: _NOTED, **_AHEAD, **_GONE},
    Situation.MATCHED: {
        Act.CANCEL: Consequence(True, Agreement.PLACE, eyes=True, follows=_ASKED),
        Act.AMEND: _no(_AT_THE_PLACE),
        Act.ANNOTATE: _NOTED,
        **_AHEAD, **_GONE,
    },
    Situation.PARTLY_SETTLED: {
        Act.CANCEL: _no(_REVERSE), Act.AMEND: _no(_REVERSE), Act.ANNOTATE: _NOTED,
        Act.SUBSTITUTE: _BETWEEN, Act.CLOSE_EARLY: _BETWEEN,
        **_BILATERAL, **_GONE,
    },
    Situation.REST_CANCELLED: {
        Act.CANCEL: _REST, Act.AMEND: _no(_REVERSE), Act.ANNOTATE: _NOTED,
        Act.SUBSTITUTE: _no(_REST_FIRST), Act.CLOSE_EARLY: _no(_REST_FIRST),
        **_BILATERAL, **_GONE,
    },
    Situation.SETTLED: {
        Act.CANCEL: _no(_REVERSE), Act.AMEND: _no(_REVERSE), Act.ANNOTATE: _NOTED,
        Act.SUBSTITUTE: _no(_REVERSE), Act.CLOSE_EARLY: _no(_REVERSE),
        **_BILATERAL, **_GONE,
    },
    Situation.CLEARED: dict.fromkeys(Act, _no(_VENUE)) | {
        Act.REVERSE: Consequence(
            True, Agreement.VENUE, eyes=True, follows=(Follows.LEAVES_NETS, *_OVER)
        )
    },
    Situation.NET_GONE: dict.fromkeys(Act, _no(_OPPOSITE)),
    Situation.CANCELLED: dict.fromkeys(Act, _no(_NOTHING_LEFT)),
}  # fmt: skip


class Part(NamedTuple):
    """A settlement of a deal that is not cancelled, as far as it decides about the situation."""

    inside: bool
    approved: bool
    sent: bool
    matched: bool
    settled: bool  # wholly or partly
    final: bool = False  # wholly


def situation_of(
    state: str, *, cleared: bool, parts: Sequence[Part], rest: bool = False, gone: bool = False
) -> Situation:
    """The situation of a deal, from its state and its live settlements: what went farthest decides.

    `rest`: it owes something that no live settlement settles. `gone`: a net of it is released or settled.
    """
    if state in ("CANCELLED", "REPLACED"):
        return Situation.CANCELLED
    if cleared:
        over = gone or state in ("SETTLED", "CLOSED")
        return Situation.NET_GONE if over else Situation.CLEARED
    if state in ("SETTLED", "CLOSED"):
        return Situation.SETTLED
    if rest and state == "SETTLING" and parts and all(part.final for part in parts):
        return Situation.REST_CANCELLED
    if any(part.settled for part in parts):
        return Situation.PARTLY_SETTLED
    if state in ("CAPTURED", "PENDING_APPROVAL"):
        return Situation(state)
    if any(part.matched and part.sent for part in parts):
        return Situation.MATCHED
    if any(part.sent or (part.matched and not part.inside) for part in parts):
        return Situation.SENT
    if any(part.matched for part in parts):
        return Situation.INSIDE
    return Situation.RELEASED if any(part.approved for part in parts) else Situation.CONFIRMED


def consequence_of(situation: Situation, act: Act) -> Consequence:
    """What the table says. Raises TransitionNotAllowed, with what is allowed and what is done instead."""
    cell = TABLE[situation][act]
    if not cell.allowed:
        allowed = [each.lower() for each, other in TABLE[situation].items() if other.allowed]
        raise TransitionNotAllowed(
            action=act.lower(), subject="deal", state=situation.value, instead=cell.instead,
            allowed=", ".join(allowed) or "-",
        )  # fmt: skip
    return cell
