"""The parts of a file: its documents, those who own of it or sign for it, and their shares."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from backoffice.access.models import User
from backoffice.documents.receiving import keep_received
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, FieldProblem, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.identifiers import SCHEMES, problem_with
from backoffice.kernel.references import number_in
from onboarding.models import FileDocument, FilePerson, FileStake, PartyFile
from onboarding.ownership import MOST_OWNERS, Key, Stake, require_whole
from onboarding.reading import PARTY, stakes_of
from onboarding.rule_kinds import DOCUMENTS
from onboarding.screening import PERSON
from onboarding.services import begin_change, end_change
from refdata.firm_days import firm_day
from refdata.models.parties import PartyKind
from refdata.screening.contents import Subject
from refdata.screening.services import screen
from refdata.selectors import reference_data

MOST_DOCUMENTS = 200


class DocumentWrong(Invalid):
    code = "file-document-wrong"
    title = gettext_noop("The document cannot be kept so")
    detail = gettext_noop("What is said about the document does not hold.")
    hint = gettext_noop("See the fields; the dates stand on the document.")


class PersonWrong(Invalid):
    code = "file-person-wrong"
    title = gettext_noop("The person cannot be kept so")
    detail = gettext_noop("What is said about %(name)s does not hold.")
    hint = gettext_noop("See the fields.")


class FileFull(Conflict):
    code = "file-full"
    title = gettext_noop("The file takes no more of them")
    detail = gettext_noop("%(file)s has %(most)s of them already.")
    hint = gettext_noop("Withdraw what does not hold any more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    type: str
    number: str = ""
    issued_on: date
    expires_on: date | None = None
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """Somebody of a file; `signs_as` is the capacity in which they sign, empty where they do not."""

    kind: str
    name: str
    name_ru: str = ""
    country: str = ""
    birth_date: date | None = None
    scheme: str = ""
    value: str = ""
    signs_as: str = ""
    spared: str = ""


@transaction.atomic
def add_document(*, id: int, new: NewDocument, actor: User, at: datetime) -> FileDocument:
    """Keep a document with its dates. Raises DocumentWrong, ScanRefused, FileFull, FileNotOpen."""
    row, today = begin_change(id), firm_day(at)
    if row.documents.filter(withdrawn_at=None).count() >= MOST_DOCUMENTS:
        raise FileFull(file=str(row), most=MOST_DOCUMENTS)
    problems = _document_problems(row, new, today)
    if problems:
        raise DocumentWrong(problems)
    scan = keep_received(
        entity_id=row.entity_id, name=new.name, content=new.content, actor=actor, at=at
    )
    made = FileDocument.objects.create(
        file=row, type=new.type, number=new.number, issued_on=new.issued_on,
        expires_on=new.expires_on, scan=scan,
    )  # fmt: skip
    told = {"document": str(made), "type": made.type, "sha256": scan.sha256}
    end_change(row, told, actor=actor, at=at)
    return made


def _document_problems(row: PartyFile, new: NewDocument, today: date) -> list[FieldProblem]:
    types = reference_data().rules.in_force(DOCUMENTS, today, row.rule_key)
    kind = types.named(new.type)
    found = []
    if kind is None:
        text = gettext_noop("%(value)s is no document of such a file.")
        hint = gettext_noop("Choose one of the types that the file needs.")
        found.append(FieldProblem("/type", "unknown-type", text, hint, {"value": new.type}))
    if new.issued_on > today:
        text = gettext_noop("It would be issued in the future.")
        found.append(FieldProblem("/issued_on", "in-the-future", text, ""))
    if kind is not None and kind.expires and new.expires_on is None:
        text = gettext_noop("A document of this type has a last day.")
        hint = gettext_noop("Write the last day on which it is good.")
        found.append(FieldProblem("/expires_on", "required", text, hint))
    if new.expires_on is not None and new.expires_on < max(today, new.issued_on):
        text = gettext_noop("It has expired already.")
        hint = gettext_noop("Ask for the one that took its place.")
        found.append(FieldProblem("/expires_on", "expired", text, hint))
    return found


@transaction.atomic
def withdraw_document(*, id: int, reference: str, actor: User, at: datetime) -> None:
    """Say that a document does not belong there; it is kept, and counts no more. Raises NotFound, FileNotOpen."""
    row = begin_change(id)
    number = number_in(reference, "FX", "document")
    done = row.documents.filter(pk=number, withdrawn_at=None).update(withdrawn_at=at)
    if not done:
        raise NotFound(what="document", reference=reference)
    end_change(row, {"withdrawn": reference}, actor=actor, at=at)


@transaction.atomic
def add_person(*, id: int, new: NewPerson, actor: User, at: datetime) -> FilePerson:
    """Add an owner or a signatory, who is screened at once. Raises PersonWrong, FileFull, FileNotOpen."""
    row = begin_change(id)
    if row.persons.filter(withdrawn_at=None).count() >= MOST_OWNERS:
        raise FileFull(file=str(row), most=MOST_OWNERS)
    problems = _person_problems(new)
    if problems:
        raise PersonWrong(problems, name=new.name)
    try:
        with transaction.atomic():
            made = FilePerson.objects.create(file=row, added_at=at, **asdict(new))
    except IntegrityError:
        text = gettext_noop("Somebody of that name stands there already.")
        hint = gettext_noop("Add the share or the capacity to that one.")
        problem = FieldProblem("/name", "there-already", text, hint)
        raise PersonWrong([problem], name=new.name) from None
    told = {"person": made.name, "kind": made.kind, "signs_as": made.signs_as}
    end_change(row, told, actor=actor, at=at)
    screen([Subject(PERSON, made.pk)], actor=actor, at=at, only_due=True)
    return made


def _person_problems(new: NewPerson) -> list[FieldProblem]:
    found = []
    if new.value and new.scheme not in SCHEMES:
        text = gettext_noop("%(value)s is no kind of identifier.")
        found.append(FieldProblem("/scheme", "unknown-scheme", text, "", {"value": new.scheme}))
    elif new.value and (wrong := problem_with(new.scheme, new.value)):
        text = gettext_noop("%(value)s is no right %(scheme)s.")
        hint = gettext_noop("Copy it from the document; its check digits do not fit.")
        facts = {"value": new.value, "scheme": new.scheme}
        found.append(FieldProblem("/value", wrong, text, hint, facts))
    if new.kind == PartyKind.INDIVIDUAL and new.birth_date is None:
        text = gettext_noop(
            "Of a person the date of birth is needed: names alone tell nobody apart."
        )
        found.append(FieldProblem("/birth_date", "required", text, ""))
    if new.spared and new.kind != PartyKind.ORGANISATION:
        text = gettext_noop("Behind a person nobody is looked for anyway.")
        found.append(FieldProblem("/spared", "of-a-person", text, ""))
    return found


@transaction.atomic
def withdraw_person(*, id: int, person_id: int, actor: User, at: datetime) -> None:
    """Say that somebody owns or signs no more; their shares go with them. Raises NotFound, FileNotOpen."""
    row = begin_change(id)
    person = _person(row, person_id)
    row.stakes.filter(withdrawn_at=None, owner=person).update(withdrawn_at=at)
    row.stakes.filter(withdrawn_at=None, owned=person).update(withdrawn_at=at)
    row.persons.filter(pk=person.pk).update(withdrawn_at=at)
    end_change(row, {"withdrawn": person.name}, actor=actor, at=at)
    screen([Subject(PERSON, person.pk)], actor=actor, at=at)


def _person(row: PartyFile, id: int) -> FilePerson:
    found = row.persons.filter(pk=id, withdrawn_at=None).first()
    if found is None:
        raise NotFound(what="owner", reference=id)
    return found


@transaction.atomic
def set_stake(
    *, id: int, owner_id: int, owned_id: int | None, share: Decimal, actor: User, at: datetime
) -> None:
    """Say how much of the party, or of another owner, belongs to an owner; nothing takes the share away.

    Raises SharesOverWhole where the owners of it would hold more than all, PersonWrong for itself.
    """
    row = begin_change(id)
    owner = _person(row, owner_id)
    owned = None if owned_id is None else _person(row, owned_id)
    if owner == owned:
        text = gettext_noop("Nobody owns itself directly.")
        problem = FieldProblem("/owned", "itself", text, "")
        raise PersonWrong([problem], name=owner.name)
    row.stakes.filter(withdrawn_at=None, owner=owner, owned=owned).update(withdrawn_at=at)
    stakes = stakes_of(list(row.stakes.filter(withdrawn_at=None)))
    if share:
        stakes.append(Stake(owner.pk, owned.pk if owned else PARTY, share))
    names: dict[Key, str] = {PARTY: row.name} | {p.pk: p.name for p in row.persons.all()}
    require_whole(stakes, names=names)
    if share:
        FileStake.objects.create(file=row, owner=owner, owned=owned, share=share)
    told = {"owner": owner.name, "of": owned.name if owned else row.name, "share": plain(share)}
    end_change(row, told, actor=actor, at=at)
