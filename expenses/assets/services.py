"""The register: taken in by two people, disposed of by two people, and what an asset produced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself
from expenses.assets.booking import book_disposal, book_purchase
from expenses.assets.depreciating import depreciate_until
from expenses.assets.models import FixedAsset, UnitsProduced
from expenses.assets.rules import YEAR
from expenses.assets.state import HELD, Method
from expenses.costs.booking import lock
from expenses.costs.contracts import centre_of, entity_for
from expenses.costs.expecting import month_of
from refdata.firm_days import firm_day
from refdata.models import Party
from settlements.naming import asset_named, named, require_amount

SUBJECT = "fixedasset"


class AssetTwice(Conflict):
    code = "fixed-asset-twice"
    title = gettext_noop("That number is in the register already")
    detail = gettext_noop("%(asset)s has the number %(number)s.")
    hint = gettext_noop("Look at that one; each thing has a number of its own.")


class CannotBeSpent(Invalid):
    code = "asset-cannot-be-spent"
    title = gettext_noop("The cost cannot be spread like that")
    detail = gettext_noop("%(cost)s less %(salvage)s over %(months)s months by this method.")
    hint = gettext_noop(
        "What is left at the end is less than the cost; digits go by whole years, units need how many there will be."
    )


class NotInUse(Conflict):
    code = "asset-not-in-use"
    title = gettext_noop("The asset is not in use then")
    detail = gettext_noop("%(asset)s came into use on %(since)s.")
    hint = gettext_noop("Name a day from that day until today.")


class NotByUnits(Conflict):
    code = "asset-not-by-units"
    title = gettext_noop("The asset is not depreciated by what it produces")
    detail = gettext_noop("%(asset)s is depreciated by time, or is not in use.")
    hint = gettext_noop("Tell units only of an asset in use whose method asks for them.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAsset:
    """What comes into the register, by codes."""

    entity: str
    number: str
    name: str
    kind: str
    supplier: str
    document: str
    currency: str
    cost: Decimal
    bought_on: date
    in_use_on: date
    months: int
    method: str
    vat: Decimal = Decimal(0)
    salvage: Decimal = Decimal(0)
    factor: Decimal = Decimal(1)
    units: Decimal = Decimal(0)
    centre: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """How an asset leaves: scrapped, or sold to whom for how much, VAT apart."""

    disposal: str
    disposed_on: date
    proceeds: Decimal = Decimal(0)
    proceeds_vat: Decimal = Decimal(0)
    buyer: str = ""


@transaction.atomic
def propose_asset(*, new: NewAsset, actor: User, at: datetime) -> FixedAsset:
    """Propose an asset for the register.

    Raises NotFound, OutOfScope, UnknownCode, NotSoDivisible, CentreUnknown, AssetTwice, CannotBeSpent.
    """
    entity = entity_for(actor, new.entity)
    lock(entity.pk)
    known = FixedAsset.objects.filter(entity=entity, number=new.number).exclude(state="DECLINED")
    if (row := known.first()) is not None:
        raise AssetTwice(asset=str(row), number=new.number)
    _require_spendable(new)
    asset = asset_named(new.currency)
    for amount in (new.cost, new.vat, new.salvage):
        require_amount(asset, amount)
    row = FixedAsset.objects.create(
        entity=entity, number=new.number, name=new.name, kind=new.kind,
        supplier=named(Party, "party", new.supplier), document=new.document, currency=new.currency,
        cost=new.cost, vat=new.vat, salvage=new.salvage, bought_on=new.bought_on,
        in_use_on=new.in_use_on, months=new.months, method=new.method, factor=new.factor,
        units=new.units, centre=centre_of(entity, new.centre, new.in_use_on) if new.centre else None,
        proposed_by=actor, proposed_at=at, makers=[actor.pk],
    )  # fmt: skip
    event = NewEvent(
        kind=f"{SUBJECT}.propose", subject_type=SUBJECT, subject_id=row.pk, entity_id=entity.pk,
        target=row.state, facts={"cost": plain(row.cost), "currency": row.currency, "number": row.number},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


def _require_spendable(new: NewAsset) -> None:
    by_years = new.method == Method.DIGITS and new.months % YEAR
    without_units = new.method == Method.UNITS and not new.units
    if new.salvage >= new.cost or by_years or without_units or new.in_use_on < new.bought_on:
        raise CannotBeSpent(cost=plain(new.cost), salvage=plain(new.salvage), months=new.months)


def accept_assets(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Into the register, as other eyes, and into the books at cost against the supplier."""

    def accept(row: FixedAsset) -> None:
        advance(FixedAsset, "accept", [Step(row.pk)], actor=actor, at=at).raise_single()
        book_purchase(row, at=at)

    return _each(ids, accept)


def decline_assets(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It is nothing for the register."""
    return _moved("decline", ids, reason, actor, at)


def keep_assets(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """It does not leave."""
    columns = {
        "disposal": "", "disposed_on": None, "proceeds": None, "proceeds_vat": None, "buyer_id": None,
    }  # fmt: skip
    return _moved("keep", ids, reason, actor, at, columns)


def _moved(
    name: str, ids: Sequence[int], reason: str, actor: User, at: datetime,
    columns: Mapping[str, object] | None = None,
) -> Outcome:  # fmt: skip
    def move(row: FixedAsset) -> None:
        step = Step(row.pk, reason, columns=columns or {})
        advance(FixedAsset, name, [step], actor=actor, at=at).raise_single()

    return _each(ids, move)


def ask_disposals(
    *, ids: Sequence[int], leaving: Leaving, reason: str, actor: User, at: datetime
) -> Outcome:
    """Say how assets leave; other eyes dispose of them. Refuses with NotInUse, UnknownCode, NotSoDivisible."""

    def ask(row: FixedAsset) -> None:
        if not row.in_use_on <= leaving.disposed_on <= firm_day(at):
            raise NotInUse(asset=str(row), since=row.in_use_on.isoformat())
        asset = asset_named(row.currency)
        for amount in (leaving.proceeds, leaving.proceeds_vat):
            require_amount(asset, amount)
        buyer = named(Party, "party", leaving.buyer).pk if leaving.buyer else None
        columns = {
            "disposal": leaving.disposal, "disposed_on": leaving.disposed_on, "buyer_id": buyer,
            "proceeds": leaving.proceeds, "proceeds_vat": leaving.proceeds_vat,
        }  # fmt: skip
        facts = {"proceeds": plain(leaving.proceeds), "on": leaving.disposed_on.isoformat()}
        step = Step(row.pk, reason, facts=facts, columns=columns)
        advance(FixedAsset, "ask_disposal", [step], actor=actor, at=at).raise_single()

    return _each(ids, ask)


def dispose_assets(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Out of the books, as other eyes: depreciated to its last month, the rest against what it brought."""

    def dispose(row: FixedAsset) -> None:
        advance(FixedAsset, "dispose", [Step(row.pk)], actor=actor, at=at).raise_single()
        assert row.disposed_on is not None
        depreciate_until(row, month_of(row.disposed_on), day=row.disposed_on, at=at)
        book_disposal(row, at=at)

    return _each(ids, dispose)


@transaction.atomic
def tell_units(*, id: int, month: date, units: Decimal, actor: User, at: datetime) -> UnitsProduced:
    """Record what an asset produced in a month; the last word on it counts. Raises NotByUnits."""
    row = FixedAsset.objects.get(pk=id)
    if row.method != Method.UNITS or row.state not in HELD:
        raise NotByUnits(asset=str(row))
    told = UnitsProduced.objects.create(
        asset=row, month=month_of(month), units=units, told_by=actor, recorded_at=at
    )
    event = NewEvent(
        kind=f"{SUBJECT}.tell_units", subject_type=SUBJECT, subject_id=row.pk,
        entity_id=row.entity_id, facts={"month": told.month.isoformat(), "units": plain(units)},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return told


def _each(ids: Sequence[int], take: Callable[[FixedAsset], None]) -> Outcome:
    @transaction.atomic
    def all_of_them() -> Outcome:
        rows = FixedAsset.objects.select_related("entity").in_bulk(ids)
        for entity_id in sorted({row.entity_id for row in rows.values()}):
            lock(entity_id)

        def decide(id: int) -> None:
            if id not in rows:
                raise NotFound(what="asset", reference=f"EQ-{id}")
            take(rows[id])

        return each_by_itself(ids, decide)

    return all_of_them()
