"""Open points: what a day cannot end with unless somebody explains it, kept up to date until FINAL.

They are listed anew as often as somebody looks. A point whose count or amount moved after it was
explained is open again; one that is not found any more is gone, with nothing to explain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from ledger.models import BusinessDay, OpenPoint
from ledger.state import PointState


class ExplanationMissing(Invalid):
    code = "explanation-missing"
    title = gettext_noop("An open point is explained in words")
    detail = gettext_noop("The explanation is empty.")
    hint = gettext_noop("Say why the day may end with it, and what is being done.")


@dataclass(frozen=True, slots=True)
class FoundPoint:
    """Something open: of which kind, about what, how many, and its effect in money."""

    kind: str
    key: str
    count: int
    amount: Decimal | None = None
    currency: str = ""

    @property
    def name(self) -> tuple[str, str, str]:
        return self.kind, self.key, self.currency


@transaction.atomic
def list_points(day: BusinessDay, found: Sequence[FoundPoint], *, at: datetime) -> int:
    """Bring the open points of a day up to what was found; return how many are open."""
    BusinessDay.objects.select_for_update().get(pk=day.pk)
    known = {(p.kind, p.key, p.currency): p for p in OpenPoint.objects.filter(day=day)}
    fresh = [point for point in found if point.name not in known]
    _open(day, fresh, at)
    moved = [
        Step(
            known[p.name].pk,
            facts={"day": day.pk},
            columns={"count": p.count, "amount": p.amount, "explanation": ""},
        )
        for p in found
        if p.name in known and _differs(known[p.name], p)
    ]
    advance(OpenPoint, "recur", moved, actor=None, at=at)
    _correct_counts(known, found)
    names = {point.name for point in found}
    gone = [Step(p.pk) for name, p in known.items() if name not in names and p.state != "GONE"]
    advance(OpenPoint, "vanish", gone, actor=None, at=at)
    return OpenPoint.objects.filter(day=day, state=PointState.OPEN).count()


def _differs(known: OpenPoint, found: FoundPoint) -> bool:
    """Explained for other figures, or gone and here again."""
    if known.state == PointState.OPEN:
        return False
    return known.state == PointState.GONE or (known.count, known.amount) != (
        found.count, found.amount,
    )  # fmt: skip


def _correct_counts(
    known: dict[tuple[str, str, str], OpenPoint], found: Sequence[FoundPoint]
) -> None:
    """Points that nobody has explained yet show the figures of now."""
    rows = [
        OpenPoint(pk=known[p.name].pk, count=p.count, amount=p.amount)
        for p in found
        if p.name in known and known[p.name].state == PointState.OPEN
    ]
    OpenPoint.objects.bulk_update(rows, ["count", "amount"])


def _open(day: BusinessDay, fresh: Sequence[FoundPoint], at: datetime) -> None:
    rows = OpenPoint.objects.bulk_create(
        OpenPoint(day=day, entity_id=day.entity_id, **asdict(point)) for point in fresh
    )
    record_events(list(_events(rows)), actor_id=None, at=at)


def _events(rows: Sequence[OpenPoint]) -> Iterator[NewEvent]:
    for row in rows:
        facts = {
            "day": row.day_id,
            "kind": row.kind,
            "key": row.key,
            "count": row.count,
            "currency": row.currency,
        }
        yield NewEvent(
            kind="openpoint.open", subject_type="openpoint", subject_id=row.pk,
            entity_id=row.entity_id, target=PointState.OPEN.value,
            facts=facts | {"amount": None if row.amount is None else f"{row.amount:f}"},
        )  # fmt: skip


@transaction.atomic
def explain_points(*, ids: Sequence[int], explanation: str, actor: User, at: datetime) -> Outcome:
    """Say why a day may end with these points. Raises ExplanationMissing."""
    if not explanation.strip():
        raise ExplanationMissing
    steps = [Step(id, explanation, columns={"explanation": explanation.strip()}) for id in ids]
    return advance(OpenPoint, "explain", steps, actor=actor, at=at)
