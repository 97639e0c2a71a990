"""What goes into a capture and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from backoffice.access.models import User
from backoffice.kernel.errors import Refusal
from deals.exposing.exposure import DealNeed
from deals.rules import ResolvedDeal
from limits.rules import Allotment, LimitRequest


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What makes a repeated request recognisable."""

    key: str
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A checked deal about to be captured, by whom, and under which key."""

    deal: ResolvedDeal
    needs: Sequence[DealNeed]
    request: LimitRequest
    actor: User
    at: datetime
    key: RequestKey | None = None


@dataclass(frozen=True, slots=True)
class CapturedDeal:
    """What capture decided about one candidate; what an answer is written from."""

    id: int
    candidate: Candidate
    allotment: Allotment
    available: Mapping[int, Decimal]  # under each limit, after this deal; for the answer


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was or will be sent."""

    status: int
    location: str
    media_type: str
    body: str


@dataclass(frozen=True, slots=True)
class Captured:
    """The outcome of one candidate: captured (or replayed) with its answer, or refused."""

    deal_id: int | None = None
    answer: Answer | None = None
    replayed: bool = False
    refusal: Refusal | None = None
    duplicate: bool = False


Render = Callable[[CapturedDeal], Answer | None]


def no_answer(_: CapturedDeal) -> Answer | None:
    """Bulk rows are answered together, by their request."""
    return None
