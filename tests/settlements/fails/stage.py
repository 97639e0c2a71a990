"""A depository under CSDR with instructions that fail there, told in the fewest words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from backoffice.events.services import NewEvent, record_events
from refdata.models import (
    Asset,
    DatedRule,
    Entity,
    Instrument,
    InterestRate,
    Party,
    Place,
    Price,
    StandingInstruction,
)
from refdata.selectors import forget_reference_data
from settlements.fails.models import Penalty, PenaltyClassOf
from settlements.models import Settlement

PLACE = "CSDX"
MON, TUE, WED, THU, FRI = (date(2026, 11, day) for day in (23, 24, 25, 26, 27))
NIGHT = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)
BANK_FIVE = "999900DEMOBANKFIVE78"


def put_in_force(kind: str, key: str, value: dict[str, Any], since: date = date(2022, 2, 1)) -> int:
    row = DatedRule.objects.create(
        kind=kind, key=key, value=value, vectors=[], valid_from=since, source="test",
        born_state="IN_FORCE", state="IN_FORCE",
    )  # fmt: skip
    forget_reference_data()
    return int(row.pk)


def instrument(
    ticker: str, kind: str, penalty_class: str, nominal: str | None = None
) -> Instrument:
    """A security of its own, dealt in euro abroad."""
    asset = Asset.objects.create(kind="SECURITY", code=ticker, name=ticker)
    row = Instrument.objects.create(
        asset=asset, ticker=ticker, kind=kind, currency="EUR", market="XETR",
        nominal=nominal, nominal_currency="EUR" if nominal else "",
    )  # fmt: skip
    PenaltyClassOf.objects.create(
        instrument=row, penalty_class=penalty_class, valid_from=date(2022, 2, 1), source="test"
    )
    return row


def price(of: Instrument, day: date, value: str, currency: str = "EUR") -> None:
    Price.objects.create(
        instrument=of, price_date=day, source="TEST", value=Decimal(value), currency=currency
    )


def central_bank(value: str, day: date = MON, code: str = "ECB_MLF") -> None:
    InterestRate.objects.create(code=code, rate_date=day, source="TEST", value=Decimal(value))


def failing(of: Instrument | None, quantity: str, **more: Any) -> Settlement:
    """A delivery of ours against payment, released and matched in time, that lacks securities."""
    asset = Asset.objects.get(pk=of.pk) if of else Asset.objects.get(code="EUR")
    entity, bank = Entity.objects.get(code="EUR"), Party.objects.get(code=BANK_FIVE)
    place = Place.objects.get(code=more.pop("place", PLACE))
    terms = {
        "entity": entity, "owner": entity.own_party, "counterparty": bank, "source_type": "test",
        "source_id": Settlement.objects.count() + 1, "place": place,
        "ssi": StandingInstruction.objects.filter(party=bank).order_by("pk")[0],
        "method": "DVP", "delivers": True, "asset": asset, "quantity": Decimal(quantity),
        "money_asset": Asset.objects.get(code="EUR"), "amount": Decimal(100_000), "due_date": MON,
        "matched_date": MON, "approval": "APPROVED", "transmission": "ACKNOWLEDGED",
        "matching": "MATCHED", "settlement": "FAILING", "reason": "LACK",
    }  # fmt: skip
    return Settlement.objects.create(**terms | more)


def happened(row: Settlement, kind: str, day: date) -> None:
    """A step of a settlement, at noon of a day."""
    at = datetime.combine(day, datetime.min.time(), tzinfo=UTC).replace(hour=11)
    event = NewEvent(kind=f"settlement.{kind}", subject_type="settlement", subject_id=row.pk)
    record_events([event], actor_id=None, at=at)


def amounts(row: Settlement, kind: str = "SEFP", payer: str = "OURS") -> dict[date, Decimal | None]:
    """What each day costs one side, by the versions that count."""
    rows = Penalty.objects.filter(settlement=row, kind=kind, payer=payer).order_by("version")
    return dict(rows.values_list("day", "amount"))


def versions(row: Settlement) -> list[tuple[date, str, int, str, Decimal | None]]:
    rows = Penalty.objects.filter(settlement=row).order_by("day", "payer", "version")
    return list(rows.values_list("day", "payer", "version", "status", "amount"))
