"""The rest of a deal: a part is settled, or lives, and what else was due was cancelled at its place.

Two ways lead out of it. The rest is instructed anew; or both sides agree that it is settled no more,
and then it is cancelled like a deal, by document and under four eyes: what is settled stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.retrying import retried
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from deals.booking.posting import Moved
from deals.booking.rest import book_cancelled
from deals.models import Deal
from deals.services import cancel_rests
from deals.state import CancelState, DealState
from settlements.changing.situations import Standing, locked_standings, standings
from settlements.exposures import EXPOSURE
from settlements.remaining import Owed, rest_of

PENDING = (CancelState.REQUESTED, CancelState.AGREED, CancelState.APPROVED)


class NothingLeft(Conflict):
    code = "nothing-left"
    title = gettext_noop("Nothing of that deal is left to be instructed")
    detail = gettext_noop(
        "Everything that %(deal)s owes is settled, or instructed, or being cancelled."
    )
    hint = gettext_noop("Look at its settlements.")


def waits(standing: Standing) -> bool:
    """Whether a person has to say what becomes of the rest: nobody else is going to answer."""
    asked = any(
        each.cancellation == "REQUESTED" and each.settlement != "SETTLED"
        for each in standing.instructions
    )
    return bool(
        standing.rest and standing.instructions and not asked
        and standing.cancellation not in PENDING
    )  # fmt: skip


@retried()
@transaction.atomic
def reinstruct_rests(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Have the rest of deals prepared anew, with the instructions that are good then."""
    found = locked_standings(ids)
    refused: dict[int, Refusal] = {
        id: NotFound(what="deal", reference=f"D-{id}") for id in ids if id not in found
    }
    refused |= {id: NothingLeft(deal=f"D-{id}") for id, each in found.items() if not waits(each)}
    steps = [Step(id, reason) for id in sorted(found) if id not in refused]
    return advance(Deal, "reinstruct", steps, actor=actor, at=at).refusing(refused)


def end_rests(found: Sequence[Standing], *, actor: User, at: datetime) -> None:
    """Cancel the rest of locked deals to which everybody has agreed: what is settled is all there is."""
    rests = rest_of([each.id for each in found])
    steps = [Step(each.id, facts={"rest": _told(rests[each.id])}) for each in found]
    settled = [i.id for each in found for i in each.instructions]
    gone = {id: _sums(rest) for id, rest in rests.items()}
    cancel_rests(steps, actor=actor, at=at, gone=gone, ended={EXPOSURE: settled})


def _sums(rest: Sequence[Owed]) -> dict[tuple[int, date], Decimal]:
    """How much of each asset and date: positive was to be received."""
    sums: dict[tuple[int, date], Decimal] = {}
    for owed in rest:
        key = owed.asset_id, owed.due_date
        sums[key] = sums.get(key, Decimal(0)) + owed.quantity
    return sums


def _told(rest: Sequence[Owed]) -> list[dict[str, str | int]]:
    return [
        {
            "due_date": owed.due_date.isoformat(), "kind": owed.kind, "asset": owed.asset_id,
            "quantity": plain(owed.quantity),
        }
        for owed in rest
    ]  # fmt: skip


def book_rests(*, deal_ids: Sequence[int], at: datetime) -> None:
    """Take out of the books what both sides agreed to settle no more, once for each deal."""
    rests: Mapping[int, Sequence[Owed]] = rest_of(deal_ids)
    book_cancelled(
        rests={
            id: [Moved(owed.kind, owed.asset_id, owed.quantity) for owed in rest]
            for id, rest in rests.items()
        },
        at=at,
    )


def waiting_rests(deal_ids: Sequence[int]) -> dict[int, Standing]:
    """Of these deals those for whose rest a person has to decide."""
    found = standings(deal_ids)
    return {
        id: each for id, each in found.items() if each.state == DealState.SETTLING and waits(each)
    }
