"""Reference data that can lose money when it is wrong: proposed by one person, approved by another.

What is approved is written in the transaction that approves it, once, and only if the row is still what
the proposer saw. Each written row leaves an event with what it was and what it is: its history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, FieldProblem, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.references import number_in
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from refdata.models import Book, Entity, Proposal
from refdata.proposable import PROPOSABLE, Proposable
from refdata.scopes import OutOfScope, scope_of, visible, visible_or_shared
from refdata.screening.services import require_screened, screen_proposal
from refdata.state import ProposalState
from refdata.values import filled, written_row


class ProposalWrong(Invalid):
    code = "change-wrong"
    title = gettext_noop("The change cannot be made")
    detail = gettext_noop("%(name)s would not be right with it.")
    hint = gettext_noop("Mend what is named, and propose it again.")


class NothingChanges(Invalid):
    code = "nothing-changes"
    title = gettext_noop("Nothing would change")
    detail = gettext_noop("%(name)s has these values already.")
    hint = gettext_noop("Change a value.")


class AlreadyProposed(Conflict):
    code = "already-proposed"
    title = gettext_noop("A change of this row waits already")
    detail = gettext_noop("%(proposal)s waits for other eyes.")
    hint = gettext_noop("Have it decided or withdrawn first.")


class ProposalStale(Conflict):
    code = "proposal-stale"
    title = gettext_noop("The row has changed since the proposal")
    detail = gettext_noop("%(name)s is not what the proposer saw any more: %(differs)s.")
    hint = gettext_noop("Decline it and propose the change anew, from what is there now.")


@transaction.atomic
def propose_change(
    *, subject_type: str, subject_id: int | None, changes: Mapping[str, Any],
    valid_from: date | None, reason: str, actor: User, at: datetime,
) -> Proposal:  # fmt: skip
    """Ask for a change of a row, or without an id for a new one; nothing is changed by it.

    Of a dated row `valid_from` ends it on a day and begins another with the changes. Raises
    ProposalWrong with every wrong value, NothingChanges, AlreadyProposed, NotFound.
    """
    kind = kind_of(subject_type)
    row = None if subject_id is None else _row(kind, subject_id)
    before = {} if row is None else written_row(row)
    if valid_from is not None and (row is None or not kind.dated):
        raise ProposalWrong(
            [FieldProblem("/valid_from", "not-dated", NOT_DATED)], name=_title(kind)
        )
    name = "" if row is None else title_of(row)
    after, old = _changed(kind, row, changes, valid_from)
    name = name or title_of(after)
    with transaction.atomic():  # what it would be is written, looked at by the database, and undone
        _write(kind, after, old)
        told = written_row(after)
        transaction.set_rollback(True)
    wanted = {k: told[k] for k, sent in changes.items() if _says(sent, row, told[k], before.get(k))}
    if not wanted:
        raise NothingChanges(name=name)
    seen = {k: before[k] for k in (*wanted, *(_ENDS if old else ()))} if row is not None else {}
    entity_id = getattr(after, "entity_id", None)
    if entity_id is not None and not scope_of(actor).covers(entity_id=entity_id):
        raise OutOfScope(what=name)
    proposal = _store(
        Proposal(
            entity_id=entity_id, subject_type=subject_type, subject_id=subject_id, name=name,
            changes=wanted, before=seen, valid_from=valid_from,
            reason=reason, proposed_by=actor, proposed_at=at, makers=[actor.pk],
        )
    )  # fmt: skip
    event = NewEvent(
        kind="proposal.file", subject_type="proposal", subject_id=proposal.pk,
        entity_id=entity_id, target=ProposalState.PROPOSED.value, reason=reason,
        facts={"subject": f"{subject_type}:{subject_id or ''}", "name": name},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    screen_proposal(proposal, actor=actor, at=at)
    return proposal


NOT_DATED = gettext_noop("Only a row that is there and has days of validity changes from a day on.")
_ENDS = ("valid_from", "valid_until")


def _says(sent: Any, row: Model | None, told: Any, before: Any) -> bool:
    """Whether a value says something: of a new row what is left empty does not."""
    return sent not in (None, "") if row is None else told != before


def kind_of(subject_type: str) -> Proposable:
    """The kind of row by its name. Raises NotFound."""
    kind = PROPOSABLE.get(subject_type)
    if kind is None:
        raise NotFound(what="kind of reference data", reference=subject_type)
    return kind


def _row(kind: Proposable, id: int) -> Model:
    row = kind.model._default_manager.select_for_update(of=("self",)).filter(pk=id).first()
    if row is None:
        raise NotFound(what="row", reference=f"{kind.model._meta.model_name}:{id}")
    return row


def _changed(
    kind: Proposable, row: Model | None, changes: Mapping[str, Any], valid_from: date | None
) -> tuple[Model, Model | None]:
    """The row with the changes, and for a dated change the one that it takes the place of, ended."""
    key = None if row is None else row.pk
    if row is None:
        after, old = kind.model(), None
    elif valid_from is None:
        after, old = row, None
    else:
        after, old = kind.model._default_manager.get(pk=row.pk), row
        after.pk, after._state.adding = None, True
        after.valid_from, old.valid_until = valid_from, valid_from  # type: ignore[attr-defined]
    wrong = filled(after, changes)
    if row is not None and old is None and after.pk != key:
        wrong["asset"] = ValidationError(_("A row stays the row it is."), "key")
    if wrong:
        raise _wrong(kind, {name: error.error_list for name, error in wrong.items()})
    return after, old


def _write(kind: Proposable, after: Model, old: Model | None) -> None:
    """Check and write, as the forms, the model and the database have it. Raises ProposalWrong."""
    try:
        with transaction.atomic():
            if old is not None:
                old.full_clean()
                old.save()
            after.full_clean()
            if kind.check is not None:
                kind.check(after)
            after.save()
            if kind.then is not None:
                kind.then(after)
    except ValidationError as error:
        raise _wrong(kind, error.error_dict if hasattr(error, "error_dict") else {
            NON_FIELD_ERRORS: error.error_list}) from None  # fmt: skip
    except IntegrityError as error:
        text = str(error).partition("\n")[0]
        raise ProposalWrong([_problem("", "refused", text)], name=_title(kind)) from None


def _wrong(kind: Proposable, found: Mapping[str, Sequence[ValidationError]]) -> ProposalWrong:
    problems = [
        _problem("" if name == NON_FIELD_ERRORS else name, each.code or "invalid",
                 " ".join(each.messages))
        for name, errors in found.items()
        for each in errors
    ]  # fmt: skip
    return ProposalWrong(problems, name=_title(kind))


def _problem(name: str, code: str, text: str) -> FieldProblem:
    return FieldProblem(f"/changes/{name}".rstrip("/"), code, text)


def _title(kind: Proposable) -> str:
    return str(kind.model._meta.verbose_name)


def title_of(row: Model) -> str:
    """What a row is called; where its model does not say, its first values."""
    if type(row).__str__ is not Model.__str__:
        return str(row)[:200]
    values = [str(value) for value in written_row(row).values() if value not in (None, "")]
    return " ".join(values[:4])[:200]


def _store(proposal: Proposal) -> Proposal:
    try:
        with transaction.atomic():
            proposal.save()
    except IntegrityError:
        waiting = Proposal.objects.get(
            subject_type=proposal.subject_type, subject_id=proposal.subject_id,
            state=ProposalState.PROPOSED,
        )  # fmt: skip
        raise AlreadyProposed(proposal=str(waiting)) from None
    return proposal


@transaction.atomic
def approve_proposals(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """As the second pair of eyes: what was proposed is written now, each for itself.

    Refused, and left as it was proposed: ProposalStale where the row has changed since,
    ProposalWrong where it would not be right any more, ScreeningHitFound and ScreeningOutdated.
    """

    def approve(id: int) -> None:
        require_screened(id)
        step = Step(id, columns={"approved_by": actor.pk})
        advance(Proposal, "approve", [step], actor=actor, at=at).raise_single()
        _apply(Proposal.objects.get(pk=id), actor, at)

    return each_by_itself(ids, approve)


@transaction.atomic
def decline_proposals(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Refuse changes that another person proposed."""
    return advance(Proposal, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def withdraw_proposals(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Take back changes that nobody has decided about."""
    return advance(Proposal, "withdraw", [Step(id, reason) for id in ids], actor=actor, at=at)


def _apply(proposal: Proposal, actor: User, at: datetime) -> None:
    kind = kind_of(proposal.subject_type)
    row = None if proposal.subject_id is None else _row(kind, proposal.subject_id)
    before = {} if row is None else written_row(row)
    differs = [
        f"{name}: {value} → {before.get(name)}"
        for name, value in proposal.before.items()
        if before.get(name) != value
    ]
    if differs:
        raise ProposalStale(name=proposal.name, differs="; ".join(differs))
    after, old = _changed(kind, row, proposal.changes, proposal.valid_from)
    _write(kind, after, old)
    told = written_row(after)
    if old is None and row is not None:
        changes = {after.pk: {name: [before[name], told[name]] for name in proposal.changes}}
    else:
        changes = {after.pk: {k: [None, v] for k, v in told.items() if v not in (None, "", [])}}
    if old is not None:
        ended = [before["valid_until"], written_row(old)["valid_until"]]
        changes = {old.pk: {"valid_until": ended}, **changes}
    if proposal.subject_id is None:
        Proposal.objects.filter(pk=proposal.pk).update(subject_id=after.pk)
    events = [
        NewEvent(
            kind="refdata.change", subject_type=proposal.subject_type, subject_id=id,
            entity_id=proposal.entity_id, reason=proposal.reason,
            facts={"proposal": str(proposal), "proposed_by": proposal.proposed_by.username,
                   "changes": what},
        )
        for id, what in changes.items()
    ]  # fmt: skip
    record_events(events, actor_id=actor.pk, at=at)


def write_decided(
    subject_type: str, values: Mapping[str, Any], *, origin: str, proposed_by: User, actor: User, at: datetime
) -> Model:  # fmt: skip
    """Write a new row that was part of something else on which two people decided (`origin`), with its history.

    In the caller's transaction, which has seen to the other eyes. Raises ProposalWrong.
    """
    kind = kind_of(subject_type)
    row, _ended = _changed(kind, None, values, None)
    _write(kind, row, None)
    told = {k: [None, v] for k, v in written_row(row).items() if v not in (None, "", [])}
    event = NewEvent(
        kind="refdata.change", subject_type=subject_type, subject_id=row.pk,
        entity_id=getattr(row, "entity_id", None),
        facts={"proposal": origin, "proposed_by": proposed_by.username, "changes": told},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


def proposals(*, visible_to: User) -> QuerySet[Proposal]:
    """The changes of what is everybody's, and of the entities that a person may see."""
    rows = Proposal.objects.select_related("entity", "proposed_by", "approved_by")
    return visible_or_shared(rows, visible_to)


def proposal(reference: str, *, visible_to: User) -> Proposal:
    """The proposed change of a reference such as `RP-3`. Raises NotFound."""
    id = number_in(reference, "RP", "proposal")
    row = proposals(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="proposal", reference=reference)
    return row


def rows_of(kind: Proposable, *, visible_to: User) -> QuerySet[Any]:
    """The rows of a kind that a person may see: of whole entities, and of its books."""
    names = {field.name for field in kind.model._meta.concrete_fields}
    rows = kind.model._default_manager.all()
    if kind.model is Entity:
        return visible(rows, visible_to, entity="pk")
    book = "pk" if kind.model is Book else "book_id" if "book" in names else ""
    return visible(rows, visible_to, book=book) if "entity" in names else rows


def row_of(reference: str, *, visible_to: User) -> tuple[str, Model]:
    """The kind and the row of a reference such as `place-12`. Raises NotFound."""
    subject_type = reference.rpartition("-")[0]
    kind = kind_of(subject_type)
    id = number_in(reference, subject_type, "row")
    row = rows_of(kind, visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="row", reference=reference)
    return subject_type, row
