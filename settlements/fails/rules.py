"""Who fails, with what, and what becomes of a penalty when it is looked at again. Pure.

CSDR art. 7; Delegated Regulations (EU) 2017/389 and 2018/1229; rules, section 1.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from settlements.advising.reasons import MEANS, Acts, Fault, Means, known
from settlements.fails.state import Cause, Lack, Payer, PenaltyStatus


def failing_sides(
    *, hold: str, reasons: Collection[str], is_payment: bool
) -> dict[Payer, Lack] | None:
    """Each side that fails and what it fails with; nobody: an empty answer, not known: none.

    A hold fails like a lack of securities, whoever holds; where both hold, both fail
    (domain-decisions 15). What a payment lacks is cash.
    """
    found: dict[Payer, Lack] = {}
    if hold == "OURS":
        found[Payer.OURS] = Lack.SECURITIES
    if hold == "THEIRS":
        found[Payer.THEIRS] = Lack.SECURITIES
    for means in _meant(reasons):
        if means.fault in (Fault.OURS, Fault.THEIRS):
            found.setdefault(Payer(means.fault), Lack.CASH if means.cash else Lack.SECURITIES)
    if is_payment:
        found = dict.fromkeys(found, Lack.CASH)
    if found:
        return found
    return {} if hold == "CSD" or _is_nobodys(reasons) else None


def _meant(reasons: Collection[str]) -> list[Means]:
    """What is known of some reasons, in their order."""
    return [MEANS[found] for reason in reasons if (found := known(reason))]


def _is_nobodys(reasons: Collection[str]) -> bool:
    """Whether the place, or the security, stands in the way."""
    return any(means.fault == Fault.NOBODY for means in _meant(reasons))


def late_side(
    *, instructed: date | None, alleged: date | None, matched: date, intended: date
) -> Payer:
    """Who instructed last, where the sides matched after the intended date.

    `alleged` is the day on which the place told us that they wait for us; `instructed` that on which ours
    went out. Ours went out in time, or before the day of the matching: they were late.
    """
    if instructed is None:
        return Payer.UNKNOWN
    if instructed <= intended or (
        instructed < matched and (alleged is None or alleged > instructed)
    ):
        return Payer.THEIRS
    return Payer.OURS


class Figures(NamedTuple):
    """What a penalty of a day comes to, by which price and rates; no amount where one is missing."""

    quantity: Decimal
    base: Decimal | None
    amount: Decimal | None
    valued_with: str = ""


class Before(NamedTuple):
    """The last version of the same penalty."""

    status: str
    figures: Figures


NOTHING = Figures(Decimal(0), Decimal(0), Decimal(0))


def status_after(
    before: Before | None, found: Figures | None, *, others: bool
) -> PenaltyStatus | None:
    """The status of the next version; none where nothing changed (L5).

    `found` is none where it does not count any more; `others` says whether the other side paid for that
    day until now.
    """
    if found is None:
        gone = before is None or before.status == PenaltyStatus.REMO
        return None if gone else PenaltyStatus.REMO
    if before is None:
        if found.amount is None:
            return PenaltyStatus.NCOM
        return PenaltyStatus.SWIC if others else PenaltyStatus.ACTV
    if before.status != PenaltyStatus.REMO and before.figures == found:
        return None
    if found.amount is None:
        return PenaltyStatus.NCOM
    return PenaltyStatus.REIC if before.status == PenaltyStatus.REMO else PenaltyStatus.ACTV


class Story(NamedTuple):
    """What the steps of a settlement and of its deal say about why it fails: the day of each."""

    intended: date
    allocated: date | None = None
    enriched: date | None = None
    instructed: date | None = None


class Attribution(NamedTuple):
    """What caused a fail, whose it is, and the step that did it (empty: none of ours)."""

    cause: Cause
    whose: Payer
    step: str = ""


_OWN_STEP: Mapping[str, tuple[Cause, str]] = {
    "LACK": (Cause.INVENTORY, ""),
    "set-apart": (Cause.INVENTORY, ""),
    "MONY": (Cause.CASH, ""),
    "PREA": (Cause.HELD, "settlement.hold"),
    "ssi-revoked": (Cause.WRONG_SSI, "ssi.revoke"),
    "LIMT": (Cause.STOPPED, "settlement.exceed_limit"),
    "restricted": (Cause.STOPPED, ""),
    "screening": (Cause.STOPPED, "screeninghit.open"),
}


def attribute(story: Story, *, payer: Payer, hold: str, reasons: Collection[str]) -> Attribution:
    """The step and the side that caused a fail, from what happened and the market's reasons.

    What is lacking now comes first: a late step explains only what nothing else holds up.
    """
    if payer == Payer.THEIRS:
        return Attribution(Cause.COUNTERPARTY, Payer.THEIRS)
    if hold == "OURS":
        return Attribution(Cause.HELD, Payer.OURS, "settlement.hold")
    for reason in reasons:
        if reason in _OWN_STEP:
            cause, step = _OWN_STEP[reason]
            return Attribution(cause, Payer.OURS, step)
    if hold == "CSD" or _is_nobodys(reasons):
        return Attribution(Cause.PLACE, Payer.UNKNOWN)
    late = _late_step(story)
    if late is not None and payer == Payer.OURS:
        return late
    return Attribution(Cause.UNKNOWN, payer)


def _late_step(story: Story) -> Attribution | None:
    if story.allocated is not None and story.allocated >= story.intended:
        return Attribution(Cause.LATE_ALLOCATION, Payer.OURS, "deal.allocate")
    if story.enriched is not None and story.enriched >= story.intended:
        return Attribution(Cause.WRONG_SSI, Payer.OURS, "settlement.enrich")
    if story.instructed is not None and story.instructed > story.intended:
        return Attribution(Cause.LATE_INSTRUCTION, Payer.OURS, "settlement.release")
    return None


def desk_of(*, hold: str, reasons: Collection[str], matched: bool) -> Acts:
    """Who acts on a fail now: by its first reason, by its hold, by what it waits for."""
    if hold == "OURS":
        return Acts.RELEASE
    if meant := _meant(reasons):
        return meant[0].acts
    if hold == "THEIRS":
        return Acts.CHASE
    return Acts.NOBODY if matched else Acts.CONFIRMATIONS
