"""New limits: proposed by one person, approved by another, there from their time on.

Two may propose the same limit, or approve it at once: those of one entity are opened one after the
other, and whoever comes second lapses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance
from limits.changes import CapInPast
from limits.defining.rules import NAMES, problems_of
from limits.models import Limit, Opening
from limits.state import ChangeState
from refdata.models import Entity
from refdata.scopes import OutOfScope, scope_of
from refdata.selectors import reference_data

SWEPT_AT_ONCE = 1_000
_FOREIGN = gettext_noop("The book is of another entity."), gettext_noop("Name one of its own.")
_WORDS = frozenset({"trader", "tenor", "nostro_currency"})  # columns that are text


class LimitNotPossible(Invalid):
    code = "limit-not-possible"
    title = gettext_noop("Such a limit cannot be")
    detail = gettext_noop("What is proposed makes no limit of its kind.")
    hint = gettext_noop("See the fields.")


class LimitExists(Conflict):
    code = "limit-exists"
    title = gettext_noop("There is such a limit already")
    detail = gettext_noop("%(limit)s caps the same: change its cap, or close it first.")
    hint = gettext_noop("Propose a new cap of that limit.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTerms:
    """A limit as it is proposed; `about` has rows, or words, by the columns of NAMES."""

    entity: Entity
    kind: str
    name: str
    currency: str
    amount: Decimal
    about: Mapping[str, Any] = field(default_factory=dict)
    valid_from: datetime | None = None
    reason: str
    document: str = ""


@transaction.atomic
def propose_opening(*, terms: LimitTerms, actor: User, at: datetime) -> Opening:
    """Ask for a new limit, from a moment on or from its approval.

    Raises LimitNotPossible, LimitExists, CapInPast, OutOfScope.
    """
    book = terms.about.get("book")
    if not scope_of(actor).covers(entity_id=terms.entity.pk, book_id=book.pk if book else None):
        raise OutOfScope(what=book.code if book else terms.entity.code)
    if terms.valid_from is not None and terms.valid_from < at:
        raise CapInPast(valid_from=terms.valid_from.isoformat())
    unit = reference_data().currencies[terms.currency].minor_unit
    problems = problems_of(
        terms.kind, terms.about, currency=terms.currency, cap=terms.amount, minor_unit=unit
    )
    if book and book.entity_id != terms.entity.pk:
        text, hint = _FOREIGN
        problems.append(FieldProblem("/book", "other-entity", text, hint))
    if problems:
        raise LimitNotPossible(problems)
    row = Opening(
        entity=terms.entity, kind=terms.kind, name=terms.name, currency=terms.currency,
        amount=terms.amount, valid_from=terms.valid_from or at, reason=terms.reason,
        document=terms.document, makers=[actor.pk], proposed_by=actor, proposed_at=at,
        **_columns(terms.about),
    )  # fmt: skip
    _require_none(row)
    row.save()
    facts = {
        "limit": row.name, "kind": row.kind, "amount": str(row.amount), "currency": row.currency,
        "valid_from": row.valid_from.isoformat(), "document": row.document,
    }  # fmt: skip
    event = NewEvent(
        kind="opening.propose", subject_type="opening", subject_id=row.pk,
        entity_id=row.entity_id, target=ChangeState.PROPOSED.value, reason=row.reason, facts=facts,
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


def _columns(about: Mapping[str, Any]) -> dict[str, Any]:
    return {name: about.get(name) or ("" if name in _WORDS else None) for name in NAMES}


def _same(row: Opening) -> Any:
    """The limit that caps the same, if there is one."""
    about = {name: getattr(row, f"{name}_id" if name not in _WORDS else name) for name in NAMES}
    return Limit.objects.filter(
        entity_id=row.entity_id, kind=row.kind, closed_at=None,
        **{f"{name}__isnull" if value is None else name: value is None or value
           for name, value in about.items()},
    ).first()  # fmt: skip


def _require_none(row: Opening) -> None:
    same = _same(row)
    if same is not None:
        raise LimitExists(limit=f"L-{same.pk}")


@transaction.atomic
def approve_openings(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Let new limits be, as the second pair of eyes; those whose time has come are there at once."""
    refused = {}
    for row in Opening.objects.filter(pk__in=ids, state=ChangeState.PROPOSED).order_by("pk"):
        try:
            _require_none(row)
        except LimitExists as refusal:
            refused[row.pk] = refusal
    steps = [Step(id, columns={"approved_by": actor.pk}) for id in ids if id not in refused]
    outcome = advance(Opening, "approve", steps, actor=actor, at=at)
    _apply(outcome.done, at)
    return outcome.refusing(refused)


@transaction.atomic
def decline_openings(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Refuse new limits that another person proposed."""
    return advance(Opening, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def withdraw_openings(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Take back new limits that are not there yet."""
    return advance(Opening, "withdraw", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def open_due(*, at: datetime) -> int:
    """The limits whose time has come are there from now on; again does nothing."""
    waiting = Opening.objects.filter(state=ChangeState.APPROVED, valid_from__lte=at)
    ids = waiting.order_by("valid_from", "pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE]
    return _apply(list(ids), at)


def _apply(ids: Sequence[int], at: datetime) -> int:
    """What is live under a new limit is counted by a worker: its event asks for that."""
    due = Opening.objects.filter(pk__in=ids, valid_from__lte=at).select_for_update(of=("self",))
    rows = [row for row in due.order_by("pk") if row.state == ChangeState.APPROVED]
    entities = sorted({row.entity_id for row in rows})
    list(Entity.objects.select_for_update(no_key=True).filter(pk__in=entities).order_by("pk"))
    for row in rows:
        same = _same(row)
        if same is not None:
            step = Step(row.pk, facts={"limit": f"L-{same.pk}"})
            advance(Opening, "lapse", [step], actor=None, at=at)
            continue
        limit = Limit.objects.create(
            entity_id=row.entity_id, kind=row.kind, name=row.name, currency=row.currency,
            cap=row.amount, defined_at=at, **{name: getattr(row, name) for name in NAMES},
        )  # fmt: skip
        facts = {"limit": f"L-{limit.pk}", "amount": str(row.amount), "currency": row.currency}
        step = Step(row.pk, facts=facts, columns={"limit": limit.pk})
        advance(Opening, "apply", [step], actor=None, at=at)
    return len(rows)
