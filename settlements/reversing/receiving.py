"""Taking in what a venue reports void: the deal leaves its nets and is cancelled once other eyes approve.

A report is kept as it came, and the same one again adds nothing while its request stands. It asks for the
cancellation of its deal with the venue's agreement recorded; the deal stays live until another person approves.
Where a net of the deal has gone to its house the report is kept as late, and a clerk captures the deal the
other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.events.retrying import retried
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Invalid, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.services import NewItem, open_items
from backoffice.workflow.transitions import Step, advance
from deals.amending.consequences import Act, Situation, consequence_of
from deals.models import Deal
from settlements.changing.rest import PENDING
from settlements.changing.services import CancellationPending
from settlements.changing.situations import Standing, locked_standings
from settlements.reversing.models import VenueReversal

LATE_ITEM, LATE_EVENT = "venue-reversed-late", "deal.report_late"
RECEIVED, DUPLICATE, LATE = "received", "duplicate", "late"


class DocumentMissing(Invalid):
    code = "venue-report-missing"
    title = gettext_noop("The venue's report is not named")
    detail = gettext_noop("What shows that %(deal)s is void has to be named.")
    hint = gettext_noop("Send document: the number or the name of the venue's report.")


@dataclass(frozen=True, slots=True)
class Report:
    """A venue's word that a deal is void, and by which document it says so."""

    deal_id: int
    document: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a report."""

    outcome: str
    reversal: VenueReversal


@retried()
@transaction.atomic
def receive_reversals(
    reports: Sequence[Report], *, source: str, actor: User, at: datetime
) -> list[Received | Refusal]:
    """Keep reports in the order they came; what became of each, or why it cannot be taken.

    One that is there already asks again where its request was withdrawn or denied: the row stays as it is.
    """
    standings = locked_standings(sorted({each.deal_id for each in reports}))
    rows = VenueReversal.objects.filter(deal_id__in=standings)
    known = {(row.deal_id, row.document): row for row in rows}
    entities = dict(Deal.objects.filter(pk__in=standings).values_list("pk", "entity_id"))
    answers: list[Received | Refusal] = []
    asked: set[int] = set()
    told = _told_late(known.values())
    again: dict[str, list[VenueReversal]] = {RECEIVED: [], LATE: []}
    for report in reports:
        key = (report.deal_id, report.document)
        standing, row = standings.get(report.deal_id), known.get(key)
        if row is not None and standing is not None and _stands(row, standing, asked, told):
            answers.append(Received(DUPLICATE, row))
            continue
        refusal = _unfit(report, standing, asked)
        if refusal is not None or standing is None:
            answers.append(refusal or NotFound(what="deal", reference=f"D-{report.deal_id}"))
            continue
        late = standing.situation == Situation.NET_GONE
        outcome = LATE if late else RECEIVED
        if row is None:
            row = known[key] = VenueReversal(
                entity_id=entities[report.deal_id], deal_id=report.deal_id, document=report.document,
                reason=report.reason, source=source, late=late, received_by=actor, received_at=at,
            )  # fmt: skip
        else:
            again[outcome].append(row)
        answers.append(Received(outcome, row))
        (told if late else asked).add(report.deal_id)
    new = [row for row in known.values() if row.pk is None]
    VenueReversal.objects.bulk_create(new)
    _ask([*again[RECEIVED], *(row for row in new if not row.late)], actor, at)
    _tell_late([*again[LATE], *(row for row in new if row.late)], actor, at)
    return answers


def _told_late(rows: Iterable[VenueReversal]) -> set[int]:
    """The deals about which it was said that a report came too late."""
    ids = sorted({row.deal_id for row in rows})
    found = Event.objects.filter(subject_type="deal", subject_id__in=ids, kind=LATE_EVENT)
    return set(found.values_list("subject_id", flat=True)) if ids else set()


def _stands(row: VenueReversal, standing: Standing, asked: set[int], told: set[int]) -> bool:
    """Whether a report that is there already still does what it can: it waits, or it was followed."""
    if row.late or standing.cancellation in PENDING or standing.id in asked:
        return True
    if standing.situation == Situation.NET_GONE:
        return standing.id in told
    return standing.situation == Situation.CANCELLED


def _unfit(report: Report, standing: Standing | None, asked: set[int]) -> Refusal | None:
    name = f"D-{report.deal_id}"
    if standing is None:
        return NotFound(what="deal", reference=name)
    if not report.document:
        return DocumentMissing(deal=name)
    if standing.situation == Situation.NET_GONE:
        return None
    try:
        consequence_of(standing.situation, Act.REVERSE)
    except Refusal as refusal:
        return refusal
    pending = standing.id in asked or standing.cancellation in PENDING
    return CancellationPending(deal=name) if pending else None


def _ask(rows: Sequence[VenueReversal], actor: User, at: datetime) -> None:
    """The cancellation is asked for, and the venue's report is the agreement to it."""
    ordered = sorted(rows, key=lambda row: row.deal_id)
    told = {row.deal_id: {"evidence": row.document, "report": str(row)} for row in ordered}
    situation = {"situation": Situation.CLEARED.value}
    steps = [Step(row.deal_id, row.reason, told[row.deal_id] | situation) for row in ordered]
    advance(Deal, "request_cancel", steps, actor=actor, at=at)
    steps = [Step(row.deal_id, row.reason, told[row.deal_id]) for row in ordered]
    advance(Deal, "agree_cancel", steps, actor=actor, at=at)


def _tell_late(rows: Sequence[VenueReversal], actor: User, at: datetime) -> None:
    events = [
        NewEvent(
            kind=LATE_EVENT, subject_type="deal", subject_id=row.deal_id,
            entity_id=row.entity_id, reason=row.reason,
            facts={"evidence": row.document, "report": str(row)},
        )
        for row in rows
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk, at=at)
    open_items(
        [
            NewItem(
                kind=LATE_ITEM, queue="clerk", subject_type="deal", subject_id=row.deal_id,
                entity_id=row.entity_id, reason=f"{row}: {row.document}",
            )
            for row in rows
        ],
        at=at,
    )  # fmt: skip
