"""What waits for people about interest claims and buy-ins: other eyes, the money, the purchase."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from backoffice.events.consumers import Happened, subjects_of
from backoffice.work.penalties import end_of
from backoffice.workflow.services import NewItem, close_items, open_items
from settlements.fails.claims.models import BuyIn, InterestClaim
from settlements.fails.claims.state import (
    BUY_IN_LIFECYCLE,
    INTEREST_CLAIM_LIFECYCLE,
    BuyInState,
    InterestClaimState,
)

# What waits in a state, and whose queue it is in.
CLAIMS: Mapping[str, tuple[str, str]] = {
    InterestClaimState.PROPOSED: ("interest-claim", "checker"),
    InterestClaimState.APPROVED: ("interest-claim-unpaid", "accountant"),
}
BUY_INS: Mapping[str, tuple[str, str]] = {
    BuyInState.PROPOSED: ("buy-in", "checker"),
    BuyInState.NOTIFIED: ("buy-in-to-execute", "clerk"),
    BuyInState.EXECUTED: ("buy-in-to-compensate", "checker"),
}
CLAIM_EVENTS = (
    "interestclaim.propose", "buyin.propose",
    *(f"interestclaim.{name}" for name in INTEREST_CLAIM_LIFECYCLE.transitions),
    *(f"buyin.{name}" for name in BUY_IN_LIFECYCLE.transitions),
)  # fmt: skip


def tell_of_claims(events: Sequence[Happened], *, at: datetime) -> None:
    """A claim or a buy-in waits for its next step, by what it is now."""
    claims = InterestClaim.objects.filter(pk__in=_ids("interestclaim", events)).order_by("pk")
    _tell("interestclaim", CLAIMS, [(row, row.amount, None) for row in claims], at)
    buy_ins = BuyIn.objects.select_related("settlement__place__calendar")
    rows = buy_ins.filter(pk__in=_ids("buyin", events)).order_by("pk")
    _tell("buyin", BUY_INS, [(row, row.agreed, row.execute_by) for row in rows], at)


def _ids(subject: str, events: Sequence[Happened]) -> list[int]:
    return subjects_of([each for each in events if each.subject_type == subject])


def _tell(
    subject: str, waits: Mapping[str, tuple[str, str]], rows: Iterable[tuple[Any, Any, date | None]],
    at: datetime,
) -> None:  # fmt: skip
    found = list(rows)
    for state, (kind, _) in waits.items():
        over = [row.pk for row, *_ in found if row.state != state]
        close_items(subject_type=subject, subject_ids=over, kinds=[kind], at=at)
    open_items(
        [
            NewItem(
                kind=waits[row.state][0], queue=waits[row.state][1], subject_type=subject,
                subject_id=row.pk, entity_id=row.entity_id, amount=amount, currency=row.currency,
                due_at=end_of(day, row.settlement.place.calendar.timezone) if day else None,
            )
            for row, amount, day in found
            if row.state in waits
        ],
        at=at,
    )  # fmt: skip
