"""Using a client's assets by its right: proposed by one, moved to us by another, given back by other eyes again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.db import transaction
from django.db.models import Q

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from ledger.services import effective_dates
from refdata.firm_days import firm_day
from refdata.models import Asset, Entity, Party, Place
from refdata.scopes import OutOfScope, scope_of
from refdata.selectors import reference_data
from settlements.inventory.selectors import UnknownCode
from settlements.using.booking import SOURCE, book_return, book_use
from settlements.using.models import AssetUse
from settlements.using.selectors import covers, free_of, right_by

Row = TypeVar("Row", Entity, Party, Place)


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


class NotSoDivisible(Invalid):
    code = "not-so-divisible"
    title = gettext_noop("Money does not come in such parts")
    detail = gettext_noop("%(quantity)s is no amount of %(asset)s.")
    hint = gettext_noop("Round it to the minor unit of the currency.")


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
    entity, client = _found(Entity, "entity", new.entity), _found(Party, "client", new.client)
    place, asset = _found(Place, "place", new.place), _asset(new.asset)
    if not scope_of(actor).covers(entity_id=entity.pk):
        raise OutOfScope(what=entity.code)
    _require_amount(asset, new.quantity)
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


def _found(model: type[Row], what: str, code: str) -> Row:
    row = model._default_manager.filter(code=code).first()
    if row is None:
        raise UnknownCode(what=what, value=code)
    return row


def _asset(code: str) -> Asset:
    row = Asset.objects.filter(Q(code=code) | Q(instrument__isin=code)).first()
    if row is None:
        raise UnknownCode(what="asset", value=code)
    return row


def _require_amount(asset: Asset, quantity: Decimal) -> None:
    currency = reference_data().currencies.get(asset.code)
    if currency is not None and quantity != round(quantity, currency.minor_unit):
        raise NotSoDivisible(quantity=plain(quantity), asset=asset.code)


def _require_free(row: AssetUse, day: date) -> None:
    free = free_of(row, day=day)
    if row.quantity > free:
        raise MoreThanFree(
            client=row.right.client.code, asset=row.asset.code, place=row.place.code, free=plain(free),
            quantity=plain(row.quantity),
        )  # fmt: skip
