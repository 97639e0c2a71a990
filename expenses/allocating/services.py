"""Keys by which centres are shared out: proposed by one person, approved by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from expenses.allocating.models import AllocationKey, AllocationShare
from expenses.allocating.state import COUNTED, KeyState
from expenses.costs.booking import lock
from expenses.costs.contracts import centre_of, entity_for
from expenses.costs.expecting import month_of
from refdata.models import Book, Entity
from settlements.inventory.selectors import UnknownCode

SUBJECT = "allocationkey"


class KeyUnsound(Invalid):
    code = "allocation-key-unsound"
    title = gettext_noop("The key does not say to whom")
    detail = gettext_noop("%(centre)s by %(basis)s with %(count)s shares.")
    hint = gettext_noop(
        "Told shares name each centre or book once, never the centre itself; what is counted has none."
    )


class KeyTwice(Conflict):
    code = "allocation-key-twice"
    title = gettext_noop("A key of the centre begins in that month already")
    detail = gettext_noop("%(key)s holds from %(month)s.")
    hint = gettext_noop("Let this one begin in another month.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """How a centre is shared out, by codes; `centres` and `books` with their weights where these are told."""

    entity: str
    centre: str
    position: int
    basis: str
    valid_from: date
    centres: Sequence[tuple[str, Decimal]] = ()
    books: Sequence[tuple[str, Decimal]] = ()


@transaction.atomic
def propose_key(*, new: NewKey, actor: User, at: datetime) -> AllocationKey:
    """Propose a key. Raises NotFound, OutOfScope, CentreUnknown, UnknownCode, KeyUnsound."""
    entity = entity_for(actor, new.entity)
    shares = [*new.centres, *new.books]
    told, counted = bool(shares), new.basis in COUNTED
    codes = [code for code, _weight in new.centres]
    books = [code for code, _weight in new.books]
    alike = len(set(codes)) < len(codes) or len(set(books)) < len(books) or new.centre in codes
    if told == counted or alike or any(weight <= 0 for _code, weight in shares):
        raise KeyUnsound(centre=new.centre, basis=new.basis, count=len(shares))
    month = month_of(new.valid_from)
    row = AllocationKey.objects.create(
        entity=entity, centre=centre_of(entity, new.centre, month), position=new.position,
        basis=new.basis, valid_from=month, proposed_by=actor, proposed_at=at, makers=[actor.pk],
    )  # fmt: skip
    AllocationShare.objects.bulk_create([
        *(AllocationShare(key=row, centre=centre_of(entity, code, month), weight=weight)
          for code, weight in new.centres),
        *(AllocationShare(key=row, book=_book(entity, code), weight=weight) for code, weight in new.books),
    ])  # fmt: skip
    event = NewEvent(
        kind=f"{SUBJECT}.propose", subject_type=SUBJECT, subject_id=row.pk, entity_id=entity.pk,
        target=row.state, facts={"centre": new.centre, "basis": new.basis, "from": month.isoformat()},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


def _book(entity: Entity, code: str) -> Book:
    row = Book.objects.filter(entity=entity, code=code).first()
    if row is None:
        raise UnknownCode(what="book", value=code)
    return row


@transaction.atomic
def approve_keys(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """It holds from its month on, as other eyes than proposed it say. Refuses with KeyTwice."""
    rows = AllocationKey.objects.in_bulk(ids)
    for entity_id in sorted({row.entity_id for row in rows.values()}):
        lock(entity_id)

    def approve(id: int) -> None:
        if id not in rows:
            raise NotFound(what="key", reference=f"AK-{id}")
        row = rows[id]
        same = AllocationKey.objects.filter(
            centre=row.centre_id, valid_from=row.valid_from, state=KeyState.APPROVED
        )
        if (known := same.exclude(pk=id).first()) is not None:
            raise KeyTwice(key=str(known), month=f"{row.valid_from:%Y-%m}")
        advance(AllocationKey, "approve", [Step(id)], actor=actor, at=at).raise_single()

    return each_by_itself(ids, approve)


@transaction.atomic
def decline_keys(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """The centre is not shared out like that."""
    return advance(AllocationKey, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)
