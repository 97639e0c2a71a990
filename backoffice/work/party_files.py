"""Work for files of parties: what waits for other eyes, what was sent back, what is due for review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.events.consumers import Happened, subjects_of
from backoffice.workflow.services import NewItem, close_items, open_items
from onboarding.models import PartyFile
from onboarding.processing.kinds import ONBOARDING
from onboarding.services import SUBJECT
from onboarding.state import FILE_LIFECYCLE, FileState
from onboarding.watching import KINDS, REVIEW_DUE, end_of
from refdata.processes.cases import open_cases

APPROVAL, SENT_BACK = "party-file", "party-file-sent-back"
PARTY_FILE_EVENTS = (
    "partyfile.open",
    *(f"{SUBJECT}.{name}" for name in FILE_LIFECYCLE.transitions),
)
# In which state of a file who has to do what; a draft waits for nobody until it was sent back.
WAITS: dict[str, tuple[str, str]] = {
    FileState.SUBMITTED.value: (APPROVAL, "checker"),
    FileState.DRAFT.value: (SENT_BACK, "clerk"),
    FileState.DUE.value: (REVIEW_DUE, "clerk"),
}
OVER = (FileState.DECLINED, FileState.CLOSED)


def tell_of_party_files(events: Sequence[Happened], *, at: datetime) -> None:
    """A submitted file waits for other eyes, unless its process has another step; sent back or due, for a clerk."""
    ids = subjects_of(events)
    rows = {row.pk: row for row in PartyFile.objects.filter(pk__in=ids).order_by("pk")}
    reasons = {e.subject_id: e.reason for e in events if e.kind == "partyfile.send_back"}
    in_process = open_cases(ONBOARDING.name, ONBOARDING.subject, ids)  # whose step is told there
    waiting = {
        id: WAITS[row.state]
        for id, row in rows.items()
        if row.state in WAITS
        and id not in in_process
        and (row.state != FileState.DRAFT or id in reasons)
    }
    for kind, _queue in WAITS.values():
        over = [id for id in ids if waiting.get(id, ("",))[0] != kind]
        close_items(subject_type=SUBJECT, subject_ids=over, kinds=[kind], at=at)
    ended = [id for id, row in rows.items() if row.state in OVER]
    close_items(subject_type=SUBJECT, subject_ids=ended, kinds=KINDS, at=at)
    open_items(
        [_item(rows[id], *waits, reasons.get(id, "")) for id, waits in waiting.items()], at=at
    )


def _item(row: PartyFile, kind: str, queue: str, reason: str) -> NewItem:
    due = end_of(row.review_on) if kind == REVIEW_DUE and row.review_on else None
    return NewItem(
        kind=kind, queue=queue, subject_type=SUBJECT, subject_id=row.pk, entity_id=row.entity_id,
        reason=reason or row.name, due_at=due,
    )  # fmt: skip
