"""Screening: subjects are compared with the lists in use, and what is found is kept as hits.

Standings are locked first, ascending: what screens a subject twice at once does it one after the other.
A list that is loaded meanwhile, or a name that changes, marks them due again once they are let go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.transitions import Step, advance
from refdata.firm_days import firm_day
from refdata.models import Proposal, Screening, ScreeningHit, ScreeningRun
from refdata.screening.contents import (
    PROPOSED,
    Content,
    Subject,
    contents_of,
    forerunners_of,
)
from refdata.screening.lists import Like, Lists, lists_in_use
from refdata.screening.selectors import standings, stopped
from refdata.screening.state import Cause, HitState
from refdata.state import ProposalState

BATCH = 200  # so many are compared in well below a second

_ENSURE = """
INSERT INTO refdata_screeningstanding (subject_type, subject_id)
SELECT * FROM unnest(%s::text[], %s::bigint[]) ON CONFLICT DO NOTHING
"""
_LOCK = """
SELECT s.subject_type, s.subject_id FROM refdata_screeningstanding s
  JOIN unnest(%s::text[], %s::bigint[]) AS g(subject_type, subject_id)
    ON g.subject_type = s.subject_type AND g.subject_id = s.subject_id
 WHERE NOT %s OR s.due ORDER BY s.id FOR UPDATE OF s
"""
_TAKE_DUE = """
SELECT subject_type, subject_id FROM refdata_screeningstanding
 WHERE due ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
_ANY_DUE = "SELECT EXISTS (SELECT 1 FROM refdata_screeningstanding WHERE due)"
_SCREENED = """
UPDATE refdata_screeningstanding s SET due = false, screening_id = g.screening_id, against = %s
  FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS g(subject_type, subject_id, screening_id)
 WHERE s.subject_type = g.subject_type AND s.subject_id = g.subject_id
"""


@transaction.atomic
def screen(
    subjects: Iterable[Subject], *, actor: User | None, at: datetime, only_due: bool = False
) -> ScreeningRun | None:
    """Compare subjects with the lists in use, when they are proposed; None where nothing was to do.

    `only_due` leaves out those that were screened against them already.
    """
    wanted = sorted(set(subjects))
    types, ids = [each.type for each in wanted], [each.id for each in wanted]
    with connection.cursor() as cursor:
        cursor.execute(_ENSURE, [types, ids])
        cursor.execute(_LOCK, [types, ids, only_due])
        locked = [Subject(*row) for row in cursor.fetchall()]
    return _screen(locked, Cause.ONBOARDING, actor, at) if locked else None


def screen_due(*, at: datetime, limit: int = BATCH) -> int:
    """Compare what is due, at most `limit` subjects; how many there were. Running twice does nothing."""
    with connection.cursor() as cursor:  # looked at first without a lock: idle leaves no trace
        cursor.execute(_ANY_DUE)
        if not cursor.fetchone()[0]:
            return 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_DUE, [limit])
            taken = [Subject(*row) for row in cursor.fetchall()]
        if taken:
            _screen(taken, Cause.DUE, None, at)
    return len(taken)


def screen_proposal(proposal: Proposal, *, actor: User, at: datetime) -> None:
    """What is proposed of a party, a place or an instrument is screened with the proposing."""
    if proposal.subject_type in PROPOSED:
        screen([Subject("proposal", proposal.pk)], actor=actor, at=at)


def require_screened(proposal_id: int) -> None:
    """Raises ScreeningHitFound, ScreeningOutdated for a proposal that may not be approved."""
    rows = Proposal.objects.filter(
        pk=proposal_id, subject_type__in=PROPOSED, state=ProposalState.PROPOSED
    )
    if rows.exists():
        refusal = stopped(standings([Subject("proposal", proposal_id)]))
        if refusal is not None:
            raise refusal


def _screen(
    subjects: Sequence[Subject], cause: Cause, actor: User | None, at: datetime
) -> ScreeningRun:
    lists = lists_in_use(firm_day(at))
    contents = contents_of(subjects)
    found = {
        subject: lists.like(contents[subject]) if subject in contents else []
        for subject in subjects
    }
    run = ScreeningRun.objects.create(
        cause=cause, rule=lists.rule, versions=[version.id for version in lists.versions],
        subjects=len(subjects), hits=sum(map(len, found.values())), screened_at=at,
    )  # fmt: skip
    rows = Screening.objects.bulk_create(
        Screening(
            run=run, subject_type=subject.type, subject_id=subject.id, hits=len(found[subject]),
            content=contents[subject].document if subject in contents else {},
        )
        for subject in subjects
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            _SCREENED,
            [len(lists.versions), [s.type for s in subjects], [s.id for s in subjects],
             [row.pk for row in rows]],
        )  # fmt: skip
    _keep_hits(dict(zip(subjects, rows, strict=True)), contents, found, actor, at)
    _tell(run, lists, actor, at)
    return run


def _tell(run: ScreeningRun, lists: Lists, actor: User | None, at: datetime) -> None:
    facts = {
        "cause": run.cause, "rule": run.rule, "lists": [str(each) for each in lists.versions],
        "subjects": run.subjects, "hits": run.hits,
    }  # fmt: skip
    event = NewEvent(
        kind="screening.run", subject_type="screeningrun", subject_id=run.pk, facts=facts
    )
    record_events([event], actor_id=actor.pk if actor else None, at=at)


def _keep_hits(
    screenings: dict[Subject, Screening],
    contents: dict[Subject, Content],
    found: dict[Subject, list[Like]],
    actor: User | None,
    at: datetime,
) -> None:
    """New likenesses open hits, those that are back open again, those that are gone vanish."""
    known = _known(screenings)
    seen: set[int] = set()
    new: list[ScreeningHit] = []
    for subject, likes in found.items():
        for like in likes:
            row = known.get((subject, like.entry_id, like.ours))
            if row is not None:
                seen.add(row.pk)
            else:
                new.append(_hit(subject, like, screenings[subject], contents[subject]))
    _open(new, list(known.values()), actor, at)
    back = [row.pk for row in known.values() if row.pk in seen and row.state == HitState.GONE]
    advance(ScreeningHit, "recur", [Step(id) for id in sorted(back)], actor=None, at=at)
    waiting = (HitState.OPEN, HitState.CLEARING)
    gone = [row.pk for row in known.values() if row.pk not in seen and row.state in waiting]
    advance(ScreeningHit, "vanish", [Step(id) for id in sorted(gone)], actor=None, at=at)


def _known(screenings: dict[Subject, Screening]) -> dict[tuple[Subject, int, str], ScreeningHit]:
    ids: dict[str, list[int]] = {}
    for subject in screenings:
        ids.setdefault(subject.type, []).append(subject.id)
    rows = [
        row
        for type, numbers in ids.items()
        for row in ScreeningHit.objects.select_related("entry").filter(
            subject_type=type, subject_id__in=numbers
        )
    ]
    return {(Subject(r.subject_type, r.subject_id), r.entry_id, r.ours): r for r in rows}


def _hit(subject: Subject, like: Like, screening: Screening, content: Content) -> ScreeningHit:
    return ScreeningHit(
        subject_type=subject.type, subject_id=subject.id, subject_name=content.label,
        entry_id=like.entry_id, scheme=like.scheme[:12], ours=like.ours, listed=like.listed,
        score=like.score, screening=screening,
    )  # fmt: skip


def _open(
    new: list[ScreeningHit], known: list[ScreeningHit], actor: User | None, at: datetime
) -> None:
    """What was cleared before it became what it is stays cleared; the rest is open."""
    if not new:
        return
    cleared = _cleared_before(new)
    before = {(r.subject_type, r.subject_id, r.entry.list_code, r.entry.key): r for r in known}
    rows = ScreeningHit.objects.bulk_create(new)
    of_entry = ScreeningHit.objects.select_related("entry").in_bulk([row.pk for row in rows])
    events = []
    for row in rows:
        entry = of_entry[row.pk].entry
        follows = cleared.get((row.subject_type, row.subject_id, row.entry_id, row.ours))
        row.state = HitState.CLEARED if follows else HitState.OPEN
        row.follows = follows or before.get(
            (row.subject_type, row.subject_id, entry.list_code, entry.key)
        )
        facts: dict[str, Any] = {
            "subject": f"{row.subject_type}-{row.subject_id}", "entry": str(entry),
            "score": row.score, "by": row.scheme or "name", "follows": str(row.follows or ""),
        }  # fmt: skip
        events.append(
            NewEvent(
                kind="screeninghit.open", subject_type="screeninghit", subject_id=row.pk,
                target=row.state.value, facts=facts,
            )
        )  # fmt: skip
    ScreeningHit.objects.bulk_update(
        [row for row in rows if row.follows is not None], ["follows", "state"]
    )
    record_events(events, actor_id=actor.pk if actor else None, at=at)


def _cleared_before(
    new: Sequence[ScreeningHit],
) -> dict[tuple[str, int, int, str], ScreeningHit]:
    """Cleared hits of that from which these subjects came, by subject, entry and name."""
    subjects = {Subject(r.subject_type, r.subject_id) for r in new if r.subject_type != "proposal"}
    became = forerunners_of(subjects) if subjects else {}
    if not became:
        return {}
    rows = ScreeningHit.objects.filter(
        subject_type__in={each.type for each in became}, state=HitState.CLEARED,
        subject_id__in={each.id for each in became}, entry_id__in=[row.entry_id for row in new],
    )  # fmt: skip
    found: dict[tuple[str, int, int, str], ScreeningHit] = {}
    for row in rows:
        subject = became.get(Subject(row.subject_type, row.subject_id))
        if subject is not None:
            found[subject.type, subject.id, row.entry_id, row.ours] = row
    return found
