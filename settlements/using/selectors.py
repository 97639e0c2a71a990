"""Reading uses of clients' assets, and what of a client may be used at a place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.models import Party, UseRight
from refdata.scopes import Scope, visible
from settlements.inventory.selectors import Asked, lines
from settlements.using.models import AssetUse


def asset_uses(*, visible_to: User) -> QuerySet[AssetUse]:
    """Those of the entities that a person sees whole, newest first."""
    rows = AssetUse.objects.select_related(
        "entity", "right__client", "place", "asset", "proposed_by"
    )
    return visible(rows.order_by("-id"), visible_to)


def asset_use(reference: str, *, visible_to: User) -> AssetUse:
    """The use of a reference such as `UA-2`. Raises NotFound."""
    id = number_in(reference, "UA", "asset use")
    row = asset_uses(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="asset use", reference=reference)
    return row


def covers(right: UseRight, asset_code: str, day: date) -> bool:
    """Whether a right is in force on a day and means an asset; the database asks the same."""
    in_force = right.valid_from <= day and (right.valid_until is None or day < right.valid_until)
    return in_force and (not right.assets or asset_code in right.assets)


def right_by(*, entity_id: int, client: Party, asset_code: str, day: date) -> UseRight | None:
    """The right by which an asset of a client may be used on a day: of several the latest."""
    rows = UseRight.objects.filter(entity_id=entity_id, client=client, valid_from__lte=day)
    found = rows.order_by("-valid_from", "-id").select_related("client")
    return next((row for row in found if covers(row, asset_code, day)), None)


def free_of(row: AssetUse, *, day: date) -> Decimal:
    """What the client could deliver, or pay, there on a day: no more than that may be used."""
    asked = Asked(on=day, place=row.place.code, owner=row.right.client.code, asset=row.asset.code)
    found = lines(asked, scope=Scope(entities=(row.entity_id,)))
    return max((line.free for line in found), default=Decimal(0))
