"""Applying record-date events: pending settlements become what the security became, distributions are claimed.

Set-based, in chunks of one transaction each; running again finds nothing of what is done. It goes on for some
weeks after the record date: what was dealt before it may be captured or cancelled late.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Step, advance
from settlements.actions.applying import LOOKED_AFTER, entitle
from settlements.models import RecordEvent
from settlements.transforming.claiming import claim_chunk
from settlements.transforming.replacing import replace_chunk
from settlements.transforming.state import DISTRIBUTIONS, EventKind, EventState

__all__ = ["LOOKED_AFTER", "RecordDateNotOver", "apply_due_events", "apply_event"]


class RecordDateNotOver(Conflict):
    code = "record-date-not-over"
    title = gettext_noop("The record date is not over")
    detail = gettext_noop("%(event)s is applied after %(day)s.")
    hint = gettext_noop("What is pending at the end of that day counts.")


def apply_event(*, event_id: int, business_date: date, at: datetime) -> int:
    """Apply an approved event to what was pending at the end of its record date; how many were changed.

    Who held then is entitled to what it brings; what comes late is found by the night. Raises RecordDateNotOver.
    """
    event = RecordEvent.objects.select_related("instrument", "outturn").get(pk=event_id)
    if business_date <= event.record_date:
        raise RecordDateNotOver(event=str(event), day=event.record_date.isoformat())
    done = 0 if event.kind == EventKind.OFFER else _change_pending(event, at)
    if event.state == EventState.APPROVED:
        entitle(event_id=event_id, at=at)
        advance(RecordEvent, "apply", [Step(event_id, facts={"changed": done})], actor=None, at=at)
    return done


def _change_pending(event: RecordEvent, at: datetime) -> int:
    chunk = claim_chunk if event.kind in DISTRIBUTIONS else replace_chunk
    done = last = 0
    while True:
        with transaction.atomic():
            found = chunk(event, after=last, at=at)
        done += found.changed
        if found.last is None:
            return done
        last = found.last


def apply_due_events(*, business_date: date, at: datetime) -> int:
    """Apply every approved event whose record date is over, and look after those of the last weeks."""
    rows = RecordEvent.objects.filter(
        state__in=(EventState.APPROVED, EventState.APPLIED), record_date__lt=business_date,
        record_date__gte=business_date - LOOKED_AFTER,
    )  # fmt: skip
    return sum(
        apply_event(event_id=id, business_date=business_date, at=at)
        for id in rows.order_by("record_date", "pk").values_list("pk", flat=True)
    )
