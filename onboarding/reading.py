"""A file as it is read: its documents, owners, grades and screening, and the checklist that comes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.translation import get_language

from backoffice.access.problems import translated
from backoffice.kernel.errors import Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.processes.definition import Words
from onboarding.calendars import DocumentTypes, Held, Lack, lacking
from onboarding.models import FileDocument, FilePerson, FileStake, PartyFile
from onboarding.ownership import (
    Key,
    OwnershipLoop,
    Stake,
    Unexplained,
    beneficial_owners,
    unexplained,
    weights_in,
)
from onboarding.rule_kinds import DOCUMENTS, OWNERSHIP, SCORECARD, OwnerThreshold
from onboarding.rules import Point, identity_points, screening_point
from onboarding.scoring import Score, score_of
from onboarding.screening import PERSON, subject_of
from refdata.models.parties import PartyKind
from refdata.screening.contents import Subject
from refdata.screening.selectors import StandingOf, standings
from refdata.selectors import reference_data

PARTY: Key = 0  # the party itself among its owners, who are named by their keys


@dataclass(frozen=True, slots=True)
class InLanguage:
    """A name that a rule gives in two languages, as a text in the reader's."""

    words: Words

    def __str__(self) -> str:
        return self.words.inside(get_language() or "en")


@dataclass(frozen=True, slots=True)
class Said:
    """Why something was refused, as a text in the reader's language."""

    refusal: Refusal

    def __str__(self) -> str:
        return translated(self.refusal.detail, self.refusal.facts)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Everything that a page or a decision needs to know of a file on a day."""

    row: PartyFile
    types: DocumentTypes
    documents: Sequence[FileDocument]
    lacks: Sequence[Lack]
    persons: Sequence[FilePerson]
    stakes: Sequence[FileStake]
    threshold: OwnerThreshold
    weights: Mapping[Key, Fraction]
    looped: bool
    owners: Sequence[FilePerson]  # the beneficial ones, the largest first
    gaps: Sequence[Unexplained]
    credit: Score | None  # None: no scorecard is in force for such a party
    risk: Score | None
    standings: Mapping[Subject, StandingOf]

    @property
    def party_subject(self) -> Subject:
        return subject_of(self.row)

    def name_of(self, key: Key) -> str:
        """Of a person or of the party itself, in the language of the reader."""
        one = next((p for p in self.persons if p.pk == key), self.row)
        in_russian = (get_language() or "en").startswith("ru")
        return (in_russian and one.name_ru) or one.name


def read_file(row: PartyFile, *, on: date) -> ReadFile:
    """Raises NoRuleInForce where the rules say nothing about such a file on that day."""
    rules = reference_data().rules
    types = rules.in_force(DOCUMENTS, on, row.rule_key)
    threshold = rules.in_force(OWNERSHIP, on)
    documents = list(
        row.documents.filter(withdrawn_at=None)
        .select_related("scan__received_by")
        .defer("scan__content")
        .order_by("type", "pk")
    )
    persons = list(row.persons.filter(withdrawn_at=None).order_by("pk"))
    stakes = list(row.stakes.filter(withdrawn_at=None).order_by("pk"))
    owned = _owned(row, persons, stakes, threshold)
    cards = {what: rules.find(SCORECARD, on, f"{what}-{row.kind}") for what in ("CREDIT", "RISK")}
    scores = {what: score_of(card, row.answers) if card else None for what, card in cards.items()}
    wanted = [subject_of(row), *(Subject(PERSON, person.pk) for person in persons)]
    return ReadFile(
        row=row, types=types, documents=documents, lacks=lacking(types, held_of(documents), on),
        persons=persons, stakes=stakes, threshold=threshold, credit=scores["CREDIT"],
        risk=scores["RISK"], standings=standings(wanted), **owned,
    )  # fmt: skip


def held_of(documents: Sequence[FileDocument]) -> list[Held]:
    return [Held(each.type, each.expires_on) for each in documents]


def stakes_of(rows: Sequence[FileStake]) -> list[Stake]:
    return [Stake(row.owner_id, row.owned_id or PARTY, row.share) for row in rows]


def _owned(
    row: PartyFile, persons: Sequence[FilePerson], rows: Sequence[FileStake], rule: OwnerThreshold
) -> dict[str, Any]:
    """Who owns how much in the end; of a person nobody is looked for behind it."""
    nothing: dict[str, Any] = {"weights": {}, "looped": False, "owners": [], "gaps": []}
    if not row.is_organisation:
        return nothing
    stakes = stakes_of(rows)
    try:
        weights = weights_in(PARTY, stakes)
    except OwnershipLoop:
        return nothing | {"looped": True}
    people = {p.pk: p for p in persons if p.kind == PartyKind.INDIVIDUAL}
    behind: list[Key] = [
        PARTY, *(p.pk for p in persons if p.kind == PartyKind.ORGANISATION and not p.spared)
    ]  # fmt: skip
    threshold, or_more = rule.share, rule.or_more
    keys = beneficial_owners(weights, list(people), threshold, or_more=or_more)
    gaps = unexplained(weights, stakes, behind, threshold, or_more=or_more)
    return {
        "weights": weights, "looped": False, "owners": [people[int(key)] for key in keys], "gaps": gaps,
    }  # fmt: skip


def points_of(read: ReadFile, *, screened: bool = True) -> list[Point]:
    """The checklist of a file; `screened` says whether the lists are among it."""
    row = read.row
    identity = dict(row.identity)
    found = list(
        identity_points(
            organisation=row.is_organisation, country=row.country, identity=identity,
            details=row.details, contact=row.contact,
        )
    ) if row.party_id is None else []  # fmt: skip
    found += _document_points(read)
    if row.is_organisation:
        found += _ownership_points(read)
    found += _score_points(read)
    if screened:
        found += _screening_points(read)
    return found


def _document_points(read: ReadFile) -> Iterator[Point]:
    lacks = {lack.type.code: lack for lack in read.lacks}
    for each in read.types.documents:
        if not each.required:
            continue
        lack, name = lacks.get(each.code), InLanguage(each.name)
        facts: dict[str, Any] = {"document": name}
        if lack is not None and lack.expired_on is not None:
            facts["day"] = lack.expired_on.isoformat()
            yield Point(
                "document-expired", "/documents", name, False,
                gettext_noop("%(document)s: expired on %(day)s."),
                gettext_noop("Ask for the one that took its place, and add it."), facts,
            )  # fmt: skip
        else:
            yield Point(
                "document-missing", "/documents", name, lack is None,
                gettext_noop("%(document)s: not there."),
                gettext_noop("Ask for it, and add the scan with its dates."), facts,
            )  # fmt: skip


def _ownership_points(read: ReadFile) -> Iterator[Point]:
    if read.looped:
        yield Point(
            "ownership-loop", "/owners", gettext_noop("Who owns it"), False,
            gettext_noop("Those who own it are owned by themselves alone."),
            gettext_noop("Name who stands behind them, with their shares."),
        )  # fmt: skip
    else:
        gap = max(read.gaps, key=lambda each: each.share, default=None)
        facts = {
            "name": read.name_of(gap.owner) if gap else "",
            "share": f"{float(gap.share * 100):.2f}" if gap else "",
        }
        yield Point(
            "owners-unexplained", "/owners", gettext_noop("Who owns it"), gap is None,
            gettext_noop("Of %(name)s nobody knows who owns it: %(share)s %% of the party hang on that."),
            gettext_noop("Name its owners with their shares, or why nobody is to be looked for."), facts,
        )  # fmt: skip
    yield Point(
        "signatory-missing", "/signatories", gettext_noop("Who signs for it"),
        any(person.signs_as for person in read.persons),
        gettext_noop("Nobody is named who signs for it."),
        gettext_noop("Add whoever the charter or a power of attorney names."),
    )  # fmt: skip


def _score_points(read: ReadFile) -> Iterator[Point]:
    for title, score in (
        (gettext_noop("Credit grade"), read.credit),
        (gettext_noop("Risk"), read.risk),
    ):
        if score is not None:
            yield Point(
                "answers-missing", "/answers", title, not score.missing,
                gettext_noop("Not answered: %(factors)s."),
                gettext_noop("Answer each question of the scorecard."),
                {"factors": ", ".join(str(InLanguage(each.name)) for each in score.missing)},
            )  # fmt: skip


def _screening_points(read: ReadFile) -> Iterator[Point]:
    names = {read.party_subject: read.row.name} | {
        Subject(PERSON, person.pk): person.name for person in read.persons
    }
    stopped = [
        (name, refusal)
        for subject, name in names.items()
        if (refusal := read.standings[subject].refusal(subject)) is not None
    ]
    for name, refusal in stopped:
        yield screening_point(refusal, Said(refusal), name)
    if not stopped:
        yield screening_point(None, "", "")
