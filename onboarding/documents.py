"""Files of parties as they are told: in lists, and whole with their checklist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from backoffice.access.personal import note_read
from backoffice.access.problems import field_problem
from backoffice.kernel.decimals import plain
from onboarding.models import FilePerson, PartyFile
from onboarding.reading import InLanguage, ReadFile, points_of, read_file
from onboarding.rules import Point
from onboarding.scoring import Score
from onboarding.screening import PERSON
from refdata.screening.contents import Subject


def file_document(row: PartyFile) -> dict[str, Any]:
    """A file as lists show it."""
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "role": row.role,
        "kind": row.kind, "code": row.code, "name": row.name,
        "party": row.party.code if row.party else None, "grade": row.grade, "risk": row.risk,
        "review_on": row.review_on, "version": row.version, "opened_by": row.opened_by.username,
        "opened_at": row.opened_at,
        "approved_by": row.approved_by.username if row.approved_by else None,
        "approved_at": row.approved_at,
    }  # fmt: skip


def listed(rows: Sequence[PartyFile]) -> list[dict[str, Any]]:
    note_read(rows)
    return [file_document(row) for row in rows]


def whole_document(row: PartyFile, *, on: date) -> dict[str, Any]:
    """A file with all of its parts, and the checklist as it stands on a day."""
    read = read_file(row, on=on)
    note_read([row, *read.persons])
    return {
        **file_document(row), "name_ru": row.name_ru, "country": row.country,
        "identity": row.identity, "details": row.details, "contact": row.contact,
        "documents": [
            {
                "reference": str(each), "type": each.type, "number": each.number,
                "issued_on": each.issued_on, "expires_on": each.expires_on, "name": each.scan.name,
                "sha256": each.scan.sha256, "accepted_at": each.accepted_at,
                "file": f"/api/v1/party-files/{row}/documents/{each}/file",
            }
            for each in read.documents
        ],
        "owners": [_person(read, person) for person in read.persons],
        "stakes": [
            {"owner": each.owner_id, "owned": each.owned_id, "share": plain(each.share)}
            for each in read.stakes
        ],
        "answers": row.answers, "credit": _score(read.credit), "risk_score": _score(read.risk),
        "screening": _screened(read, read.party_subject),
        "checklist": [point_document(point) for point in points_of(read)],
    }  # fmt: skip


def _person(read: ReadFile, person: FilePerson) -> dict[str, Any]:
    weight = read.weights.get(person.pk, Fraction(0))
    return {
        "id": person.pk, "kind": person.kind, "name": person.name, "name_ru": person.name_ru,
        "country": person.country, "birth_date": person.birth_date, "scheme": person.scheme,
        "value": person.value, "signs_as": person.signs_as, "spared": person.spared,
        "weight": f"{float(weight):.6f}", "beneficial": person in read.owners,
        "screening": _screened(read, Subject(PERSON, person.pk)),
    }  # fmt: skip


def _screened(read: ReadFile, subject: Subject) -> dict[str, Any]:
    found = read.standings[subject]
    return {
        "standing": found.standing.value, "screening": found.screening, "hits": list(found.hits)
    }  # fmt: skip


def _score(score: Score | None) -> dict[str, Any] | None:
    if score is None:
        return None
    return {
        "points": plain(score.points), "grade": score.grade,
        "parts": [
            {"factor": part.factor.code, "answer": part.answer.code, "counts": plain(part.counts)}
            for part in score.parts
        ],
        "missing": [factor.code for factor in score.missing],
    }  # fmt: skip


def point_document(point: Point) -> dict[str, Any]:
    title = str(point.title) if isinstance(point.title, InLanguage) else point.title
    met = {"met": point.met, "title": title}
    return met if point.met else met | field_problem(point.problem)
