"""What of a file is screened: the party that is to be, and everybody who owns of it or signs for it."""

from __future__ import annotations

from django.db.models import F, Q

from onboarding.models import FilePerson, PartyFile
from onboarding.state import LIVE_STATES
from refdata.screening.contents import (
    Content,
    Subject,
    person_or_organisation,
    register_subject,
)

FILE, PERSON = "partyfile", "fileperson"
SCHEMES = ("LEI", "INN", "OGRN")


def subject_of(row: PartyFile) -> Subject:
    """As what the party of a file is screened: itself, or the file while it is none yet."""
    return Subject(FILE, row.pk) if row.party_id is None else Subject("party", row.party_id)


def subjects_of(row: PartyFile) -> list[Subject]:
    """Everybody of a file who is screened before it is approved."""
    persons = row.persons.filter(withdrawn_at=None).order_by("pk").values_list("pk", flat=True)
    return [subject_of(row), *(Subject(PERSON, id) for id in persons)]


def _files(ids: list[int]) -> dict[int, Content]:
    """Only what is no party yet: the party is screened as itself from then on."""
    rows = PartyFile.objects.filter(pk__in=ids, party=None, state__in=LIVE_STATES)
    return {
        row.pk: Content(
            person_or_organisation(row.kind), [n for n in (row.name, row.name_ru) if n],
            [(s, row.identity[s.lower()]) for s in SCHEMES if row.identity.get(s.lower())],
            row.country,
        )
        for row in rows
    }  # fmt: skip


# Whom the last approval saw stays looked at until the next one: who withdraws somebody does not lift a stop alone.
STANDS = Q(withdrawn_at=None) | Q(withdrawn_at__gt=F("file__approved_at"))


def _persons(ids: list[int]) -> dict[int, Content]:
    rows = FilePerson.objects.filter(STANDS, pk__in=ids, file__state__in=LIVE_STATES)
    return {
        row.pk: Content(
            person_or_organisation(row.kind), [n for n in (row.name, row.name_ru) if n],
            [(row.scheme, row.value)] if row.value else [], row.country,
        )
        for row in rows
    }  # fmt: skip


def _forerunners(subjects: set[Subject]) -> dict[Subject, Subject]:
    """The files from which parties came."""
    parties = [subject.id for subject in subjects if subject.type == "party"]
    rows = PartyFile.objects.filter(party_id__in=parties).values_list("pk", "party_id")
    return {Subject(FILE, id): Subject("party", party) for id, party in rows if party}


def register_subjects() -> None:
    register_subject(FILE, _files, _forerunners)
    register_subject(PERSON, _persons)


def file_of(subject_type: str, id: int) -> int:
    """The key of the file that a subject is, or stands in."""
    if subject_type == FILE:
        return id
    return FilePerson.objects.values_list("file_id", flat=True).get(pk=id)
