"""Opening files, and filling them in: who it is, documents, owners and signatories, answers.

Whoever fills in a file is one of its makers, and does not approve it. Each change raises its version: who
approves names the one that was seen. The file is locked first, so its parts change one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, FieldProblem, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from onboarding.models import PartyFile
from onboarding.rules import IdentityWrong, identity_problems
from onboarding.screening import subject_of
from onboarding.state import OPEN_STATES, FileRole, FileState
from refdata.models import Entity, Party
from refdata.models.parties import PartyKind
from refdata.scopes import OutOfScope, scope_of
from refdata.screening.services import screen

SUBJECT = "partyfile"
IDENTITY = ("town", "legal_form", "address", "lei", "inn", "ogrn")
PLAIN = ("name", "name_ru", "country")


class FileNotOpen(Conflict):
    code = "file-not-open"
    title = gettext_noop("The file is not being filled in")
    detail = gettext_noop("%(file)s is %(state)s.")
    hint = gettext_noop("Have it sent back; or take an approved one up again, and say why.")


class FileExists(Conflict):
    code = "file-exists"
    title = gettext_noop("There is such a file already")
    detail = gettext_noop("%(file)s is the file of %(name)s in that role.")
    hint = gettext_noop("Go on with that file.")


class PartyUnfit(Invalid):
    code = "party-unfit"
    title = gettext_noop("The file cannot be of that party")
    detail = gettext_noop("%(code)s is no %(kind)s, or does not have the role %(role)s.")
    hint = gettext_noop("Have the role or the kind changed under Reference data first.")


class CodeTaken(Conflict):
    code = "party-code-taken"
    title = gettext_noop("A party of that code is known")
    detail = gettext_noop("%(code)s is %(name)s.")
    hint = gettext_noop("Open the file of that party, or choose another code.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file about to be opened: of a party that exists (`party`, its code), or of one that is to be."""

    entity: str
    role: str
    kind: str = PartyKind.ORGANISATION
    party: str = ""
    code: str = ""
    name: str = ""
    name_ru: str = ""
    country: str = ""
    identity: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    contact: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def open_file(*, new: NewFile, actor: User, at: datetime) -> PartyFile:
    """Begin a file. Raises OutOfScope, PartyUnfit, CodeTaken, FileExists, IdentityWrong, NotFound."""
    entity = Entity.objects.filter(code=new.entity).first()
    if entity is None:
        raise NotFound(what="entity", reference=new.entity)
    if not scope_of(actor).covers(entity_id=entity.pk):
        raise OutOfScope(what=entity.code)
    party = _party_of(new)
    row = PartyFile(
        entity=entity, role=new.role, kind=new.kind, party=party,
        code=party.code if party else new.code, name=party.name if party else new.name,
        name_ru=party.name_ru if party else new.name_ru,
        country=party.country if party else new.country, identity=_told(new.identity, IDENTITY),
        details=dict(new.details), contact=dict(new.contact), makers=[actor.pk], opened_by=actor,
        opened_at=at,
    )  # fmt: skip
    _require_right(row)
    _store(row)
    event = NewEvent(
        kind="partyfile.open", subject_type=SUBJECT, subject_id=row.pk, entity_id=entity.pk,
        target=FileState.DRAFT.value,
        facts={"role": row.role, "kind": row.kind, "code": row.code, "name": row.name},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    screen([subject_of(row)], actor=actor, at=at, only_due=True)
    return row


def _party_of(new: NewFile) -> Party | None:
    """The party that exists already, if the file is of one."""
    if not new.party:
        taken = Party.objects.filter(code=new.code).first()
        if taken is not None:
            raise CodeTaken(code=taken.code, name=taken.name)
        return None
    party = Party.objects.filter(code=new.party).first()
    if party is None:
        raise NotFound(what="party", reference=new.party)
    if party.kind != new.kind or new.role not in party.roles:
        raise PartyUnfit(code=party.code, kind=new.kind, role=new.role)
    return party


def _told(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if given.get(name)}


def _require_right(row: PartyFile) -> None:
    """Raises IdentityWrong where identifiers cannot be right, or a new party would have no name."""
    problems = identity_problems(organisation=row.is_organisation, identity=row.identity)
    for name in ("code", "name", "country"):
        if not getattr(row, name) and row.party_id is None:
            problems.append(
                FieldProblem(
                    f"/{name}", "required", gettext_noop("It is needed of a new party."),
                    gettext_noop("Fill it in."),
                )
            )  # fmt: skip
    if problems:
        raise IdentityWrong(problems, name=row.name or row.code)


def _store(row: PartyFile) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        live = PartyFile.objects.exclude(state__in=(FileState.DECLINED, FileState.CLOSED))
        of_party = live.filter(party=row.party, role=row.role) if row.party else live.none()
        there = of_party.first() or live.filter(party=None, code=row.code).first()
        if there is None:
            raise
        raise FileExists(file=str(there), name=there.name) from None


def locked(id: int) -> PartyFile:
    """The file under lock. Raises NotFound."""
    rows = PartyFile.objects.select_for_update(of=("self",)).select_related("entity", "party")
    row = rows.filter(pk=id).first()
    if row is None:
        raise NotFound(what="file", reference=f"CF-{id}")
    return row


def begin_change(id: int) -> PartyFile:
    """The file under lock, while it may be filled in. Raises FileNotOpen, NotFound."""
    row = locked(id)
    if row.state not in OPEN_STATES:
        raise FileNotOpen(file=str(row), state=row.state)
    return row


def end_change(row: PartyFile, what: Mapping[str, Any], *, actor: User, at: datetime) -> None:
    """Count a change of a locked file, remember who made it, and tell it."""
    makers = [*row.makers, *([] if actor.pk in row.makers else [actor.pk])]
    PartyFile.objects.filter(pk=row.pk).update(version=F("version") + 1, makers=makers)
    event = NewEvent(
        kind="partyfile.keep", subject_type=SUBJECT, subject_id=row.pk, entity_id=row.entity_id,
        facts=dict(what),
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)


@transaction.atomic
def change_identity(*, id: int, values: Mapping[str, Any], actor: User, at: datetime) -> PartyFile:
    """Write who it is anew: plain values, identifiers, details of a person, and whom we call.

    Of a party that exists the reference data say it; only whom we call may be written here. Raises IdentityWrong.
    """
    row = begin_change(id)
    before = {name: getattr(row, name) for name in (*PLAIN, "identity", "details", "contact")}
    if row.party_id is None:
        for name in PLAIN:
            setattr(row, name, values.get(name, getattr(row, name)))
        row.identity = _told({**row.identity, **values}, IDENTITY)
        row.details = dict(values.get("details", row.details))
    row.contact = dict(values.get("contact", row.contact))
    _require_right(row)
    row.save(update_fields=list(before))
    changed = [name for name, value in before.items() if getattr(row, name) != value]
    end_change(row, {"changed": changed}, actor=actor, at=at)
    screen([subject_of(row)], actor=actor, at=at, only_due=True)
    return row


@transaction.atomic
def answer_file(*, id: int, answers: Mapping[str, str], actor: User, at: datetime) -> PartyFile:
    """Answer questions of the scorecards; what is not named stays as it is."""
    row = begin_change(id)
    row.answers = {**row.answers, **answers}
    row.save(update_fields=["answers"])
    end_change(row, {"answers": dict(answers)}, actor=actor, at=at)
    return row


ROLES = tuple(FileRole.values)
