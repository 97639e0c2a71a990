"""Whether the party of a file is dealt with, and until when: written beside the reference data for capture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from onboarding.calendars import ONE_DAY, Expiry, Review, expiries, review_of
from onboarding.models import FileDocument, FilePerson, PartyFile
from onboarding.reading import held_of
from onboarding.rule_kinds import DOCUMENTS, REVIEW
from onboarding.screening import PERSON, STANDS
from onboarding.state import FileState
from refdata.admissions import Admission, keep_admissions
from refdata.firm_days import firm_day
from refdata.models import ScreeningHit
from refdata.screening.state import BLOCKING
from refdata.selectors import reference_data
from refdata.state import Ending, Stopped


class Calendar(NamedTuple):
    """What of an approved file ends by itself: its documents, the first one first, and its review."""

    expiries: Sequence[Expiry]
    review: Review | None


def calendar_of(row: PartyFile, documents: Iterable[FileDocument], *, on: date) -> Calendar:
    """By the documents that the last approval saw, and the rules of a day; nothing where there was none."""
    rules = reference_data().rules
    types = rules.find(DOCUMENTS, on, row.rule_key)
    levels = rules.find(REVIEW, on)
    held = held_of([each for each in documents if _counted(each, row)])
    review = None
    if levels is not None and row.approved_at is not None:
        review = review_of(levels, row.risk, firm_day(row.approved_at))
    return Calendar(expiries(types, held) if types else [], review)


def _counted(document: FileDocument, row: PartyFile) -> bool:
    """Whether the last approval saw it: what one person adds or withdraws since changes nothing for dealing."""
    if document.accepted_at is None or row.approved_at is None:
        return False
    return document.withdrawn_at is None or document.withdrawn_at > row.approved_at


def admit(ids: Sequence[int], *, on: date) -> None:
    """Write anew what these files say about dealing with their parties, where no later one was approved.

    In the caller's transaction. The files are locked: what is written here is what the last decision left.
    """
    list(PartyFile.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    newer = PartyFile.objects.filter(
        party=OuterRef("party"),
        role=OuterRef("role"),
        pk__gt=OuterRef("pk"),
        approved_at__isnull=False,
    )
    rows = PartyFile.objects.filter(~Exists(newer), pk__in=ids, party__isnull=False).order_by("pk")
    found = {row.pk: row for row in rows.prefetch_related("documents")}
    hit = _with_hits(list(found))
    keep_admissions([_admission(row, row.pk in hit, on) for row in found.values() if _counts(row)])


def _counts(row: PartyFile) -> bool:
    """A party that exists is dealt with as before while its first file is being filled in."""
    return row.approved_at is not None or row.state == FileState.DECLINED


def _admission(row: PartyFile, hit: bool, on: date) -> Admission:
    assert row.party_id is not None
    stopped = {
        FileState.DECLINED.value: Stopped.DECLINED.value, FileState.CLOSED.value: Stopped.CLOSED.value
    }.get(row.state, Stopped.HIT.value if hit else "")  # fmt: skip
    until, ends = _end(calendar_of(row, row.documents.all(), on=on))
    return Admission(row.party_id, row.role, str(row), stopped, until, ends)


def _end(calendar: Calendar) -> tuple[date | None, str]:
    """The first day on which the party is not dealt with any more, if nothing is done before."""
    ends = [(each.last_day + ONE_DAY, Ending.DOCUMENT.value) for each in calendar.expiries[:1]]
    if calendar.review is not None:
        ends.append((calendar.review.last_day + ONE_DAY, Ending.REVIEW.value))
    return min(ends, default=(None, ""))


def files_hit(hits: Sequence[int]) -> list[int]:
    """The files in whose owners or signatories these hits were found."""
    rows = ScreeningHit.objects.filter(pk__in=hits, subject_type=PERSON)
    persons = rows.values_list("subject_id", flat=True)
    found = FilePerson.objects.filter(pk__in=persons).values_list("file_id", flat=True)
    return sorted(set(found))


def _with_hits(ids: Sequence[int]) -> set[int]:
    """The files of which an owner or signatory is stopped by a list."""
    persons = FilePerson.objects.filter(STANDS, file__in=ids).values_list("pk", "file_id")
    file_of = dict(persons)
    hits = ScreeningHit.objects.filter(
        subject_type=PERSON, subject_id__in=file_of, state__in=BLOCKING
    )
    return {file_of[id] for id in hits.values_list("subject_id", flat=True)}
