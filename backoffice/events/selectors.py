"""Reading events: the history of a subject, the feed, and what was known at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Q

from backoffice.events.models import Event, SequencedEvent, Watermark
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop

NO_HORIZON = 2**63 - 1  # no transaction number reaches it


class NothingKnownThen(Invalid):
    code = "nothing-known-then"
    title = gettext_noop("Nothing had been recorded at that moment")
    detail = gettext_noop("The first watermark is later than %(known_at)s.")
    hint = gettext_noop("Ask for a later moment, or leave known_at out for the present.")


@dataclass(frozen=True, slots=True)
class KnownAt:
    """Up to which transaction an answer reads: `recorded_tx < horizon`, as of `at`."""

    at: datetime | None
    number: int
    horizon: int


def known_now() -> KnownAt:
    """Everything committed, numbered or not."""
    number = SequencedEvent.objects.aggregate(last=Max("number"))["last"] or 0
    return KnownAt(at=None, number=number, horizon=NO_HORIZON)


def known_at(at: datetime | None) -> KnownAt:
    """The last watermark at or before a moment; the present when no moment is given."""
    if at is None:
        return known_now()
    mark = Watermark.objects.filter(at__lte=at).order_by("-at", "-id").first()
    if mark is None:
        raise NothingKnownThen(known_at=at.isoformat())
    return _known(mark)


def known_covering(tx: int) -> KnownAt | None:
    """The last watermark once it covers a transaction and all before it; None: not yet."""
    mark = Watermark.objects.order_by("-id").first()
    return None if mark is None or mark.horizon <= tx else _known(mark)


def _known(mark: Watermark) -> KnownAt:
    return KnownAt(at=mark.at, number=mark.number, horizon=mark.horizon)


def history_of(subject_type: str, subject_id: int) -> list[Event]:
    """Everything that happened to one subject, first to last."""
    rows = Event.objects.filter(subject_type=subject_type, subject_id=subject_id)
    return list(rows.select_related("actor").order_by("tx", "id"))


def feed(
    *, after: int, limit: int, seen: Q, kinds: Sequence[str] = ()
) -> tuple[list[dict[str, Any]], int]:
    """The numbered events after a number, at most `limit`, and the number to go on from.

    `seen` is the condition for events that the reader may see, `kinds` those that are asked for (none:
    all): numbers between may be missing.
    """
    rows = SequencedEvent.objects.filter(seen, number__gt=after).select_related("event")
    if kinds:
        rows = rows.filter(event__kind__in=kinds)
    found = [
        {
            "number": row.number,
            "kind": row.event.kind,
            "subject": f"{row.event.subject_type}:{row.event.subject_id}",
            "recorded_at": row.event.recorded_at,
            "source": row.event.source,
            "target": row.event.target,
            "reason": row.event.reason,
            "facts": row.event.facts,
            "hash": row.hash,
        }
        for row in rows.order_by("number")[:limit]
    ]
    return found, found[-1]["number"] if found else after
