"""Using a client's assets by its right: proposed by one, moved to us by another, given back by other eyes again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from ledger.services import effective_dates
from refdata.firm_days import firm_day
from refdata.models import Entity, Party, Place
from refdata.scopes import OutOfScope, scope_of
from settlements.naming import asset_named, named, require_amount
from settlements.using.booking import SOURCE, book_return, book_use
from settlements.using.models import AssetUse
from settlements.using.selectors import covers, free_of, right_by


class NoRightToUse(Conflict):
    code = "no-right-to-use"
    title = gettext_noop("The client has not let us use it")
    detail = gettext_noop(
        "No right of %(client)s to use %(asset)s is in force for %(entity)s on %(day)s."
    )
    hint = gettext_noop(
        "Have two people record the right by the client's contract; without one a client's assets are never used."
    )


class MoreThanFree(Conflict):
    code = "more-than-free"
    title = gettext_noop("The client has not so much free there")
    detail = gettext_noop(
        "%(client)s has %(free)s %(asset)s free at %(place)s, and %(quantity)s would be used."
    )
    hint = gettext_noop("Use less: what is pledged, restricted or on its way is not free.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUse:
    """What would be used, by codes; `document` is the order or report by which the place moves it."""

    entity: str
    client: str
    place: str
    asset: str
    quantity: Decimal
    document: str


@transaction.atomic
def propose_use(*, new: NewUse, actor: User, at: datetime) -> AssetUse:
    """Propose to use what a client holds at a place. Raises UnknownCode, OutOfScope, NoRightToUse, MoreThanFree."""
    entity, client = named(Entity, "entity", new.entity), named(Party, "client", new.client)
    place, asset = named(Place, "place", new.place), asset_named(new.asset)
    if not scope_of(actor).covers(entity_id=entity.pk):
        raise OutOfScope(what=entity.code)
    require_amount(asset, new.quantity)
    day = firm_day(at)
    right = right_by(entity_id=entity.pk, client=client, asset_code=asset.code, day=day)
    if right is None:
        raise NoRightToUse(
            client=client.code, asset=asset.code, entity=entity.code, day=day.isoformat()
        )
    row = AssetUse(
        entity=entity, right=right, place=place, asset=asset, quantity=new.quantity,
        document=new.document, makers=[actor.pk], proposed_by=actor, proposed_at=at,
    )  # fmt: skip
    _require_free(row, day)
    row.save()
    event = NewEvent(
        kind=f"{SOURCE}.propose", subject_type=SOURCE, subject_id=row.pk, entity_id=entity.pk,
        target=row.state,
        facts={"quantity": plain(new.quantity), "asset": asset.code, "client": client.code},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


def approve_uses(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Other eyes see the right and the document: it is moved to us, and owed back from now on.

    Refuses with NoRightToUse where the right has ended since, and with MoreThanFree.
    """

    def take(row: AssetUse, day: date) -> None:
        if not covers(row.right, row.asset.code, day):
            raise NoRightToUse(
                client=row.right.client.code, asset=row.asset.code, entity=row.entity.code,
                day=day.isoformat(),
            )  # fmt: skip
        _require_free(row, day)
        step = Step(row.pk, columns={"used_on": day})
        advance(AssetUse, "approve", [step], actor=actor, at=at).raise_single()
        book_use(row, day=day, at=at)

    return _each(ids, take, at)


@transaction.atomic
def decline_uses(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is not used."""
    return advance(AssetUse, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


def give_back_uses(*, ids: Sequence[int], document: str, actor: User, at: datetime) -> Outcome:
    """It stands in the client's account again, as a document shows, and other eyes than the proposer's say so.

    Refuses with WouldBeNegative what we do not have there.
    """

    def take(row: AssetUse, day: date) -> None:
        day = max(day, row.used_on or day)
        columns = {"returned_on": day, "returned_document": document}
        step = Step(row.pk, facts={"document": document}, columns=columns)
        advance(AssetUse, "give_back", [step], actor=actor, at=at).raise_single()
        book_return(row, day=day, at=at)

    return _each(ids, take, at)


@transaction.atomic
def _each(ids: Sequence[int], take: Callable[[AssetUse, date], None], at: datetime) -> Outcome:
    """Each by itself, on the oldest day from today on that its books are open for."""

    def decide(id: int) -> None:
        rows = AssetUse.objects.select_related("entity", "right__client", "place", "asset")
        row = rows.filter(pk=id).first()
        if row is None:
            raise NotFound(what="asset use", reference=f"UA-{id}")
        key = (row.entity_id, firm_day(at))
        take(row, effective_dates({key})[key])

    return each_by_itself(ids, decide)


def _require_free(row: AssetUse, day: date) -> None:
    free = free_of(row, day=day)
    if row.quantity > free:
        raise MoreThanFree(
            client=row.right.client.code, asset=row.asset.code, place=row.place.code, free=plain(free),
            quantity=plain(row.quantity),
        )  # fmt: skip
