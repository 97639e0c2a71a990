"""Closed days that somebody wants open again, and months and years that wait to be signed off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened
from backoffice.workflow.services import NewItem, close_items, open_items

_OPENS = {
    "businessday.ask_reopen": ("reopening", "businessday"),
    "businessperiod.seal": ("period-sign-off", "businessperiod"),
}
# What each ends, of its own subject.
_ENDS = {
    "businessday.approve_reopen": ("reopening", "businessday"),
    "businessday.decline_reopen": ("reopening", "businessday"),
    "businessperiod.sign_off": ("period-sign-off", "businessperiod"),
    "businessperiod.reopen": ("period-sign-off", "businessperiod"),
}
REOPENING_EVENTS = (*_OPENS, *_ENDS, "businessday.reopen_with", "night.overtake")


def tell_of_reopening(events: Sequence[Happened], *, at: datetime) -> None:
    """The manager decides whether a closed day opens again, and signs months and years off."""
    for e in events:
        if e.kind in _OPENS:
            kind, subject = _OPENS[e.kind]
            item = NewItem(
                kind=kind, queue="manager", subject_type=subject, subject_id=e.subject_id,
                entity_id=e.entity_id, reason=e.reason,
            )  # fmt: skip
            open_items([item], at=at)
        elif e.kind in _ENDS:
            kind, subject = _ENDS[e.kind]
            close_items(subject_type=subject, subject_ids=[e.subject_id], kinds=[kind], at=at)
        else:
            _close_overtaken(e, at)


def _close_overtaken(event: Happened, at: datetime) -> None:
    """What waited for somebody in a round that is over now."""
    day = event.facts["day"] if event.kind == "night.overtake" else event.subject_id
    kinds = ["broken-night"] if event.kind == "night.overtake" else ["reopening", "sign-off"]
    close_items(subject_type="businessday", subject_ids=[day], kinds=kinds, at=at)
