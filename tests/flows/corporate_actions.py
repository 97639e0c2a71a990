"""An action of a company in tests: announced, applied, paid; who holds, and what stands on their accounts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from backoffice.workflow.models import WorkItem
from ledger.models import LedgerAccount
from ledger.selectors import balances
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from refdata.models import Asset, Entity, Party, Place
from settlements.actions.models import Entitlement
from settlements.models import RecordEvent
from settlements.transforming.services import apply_event
from tests.following import follow_events

D = Decimal
RECORD, AFTER, PAID = date(2026, 11, 25), date(2026, 11, 26), date(2026, 12, 1)
AT = datetime.fromisoformat("2026-11-26T09:00:00+03:00")
SBER = "RU0009029540"
ANNA, BORIS, FUND = "CL-ANNA", "CL-BORIS", "999900DEMOCLFUND0041"
_numbers = iter(range(1, 10**6))


def announced(api: Any, **more: Any) -> RecordEvent:
    body = {
        "instrument": SBER, "record_date": RECORD.isoformat(), "payment_date": PAID.isoformat(),
        "document": "NSD 17",
    } | more  # fmt: skip
    answer = api("clerk").post("/record-events/", body)
    assert answer.status_code == 201, answer.content
    reference = answer.json()["reference"]
    assert api("checker").post(f"/record-events/{reference}/approve/").status_code == 200
    follow_events()
    return RecordEvent.objects.get(pk=int(reference.removeprefix("CA-")))


def dividend(api: Any, rate: str = "33.335", **more: Any) -> RecordEvent:
    return announced(api, action="DIVIDEND", rate=rate, currency="RUB", **more)


def applied(event: RecordEvent) -> None:
    apply_event(event_id=event.pk, business_date=AFTER, at=AT)
    follow_events()
    event.refresh_from_db()


def brought(
    owner: str,
    quantity: int,
    *,
    on: date = date(2026, 11, 20),
    place: str = "NSD",
    asset: str = SBER,
) -> None:
    """So much of the share comes to an owner at a place, or below zero goes."""
    entity, party = Entity.objects.get(code="RUS"), Party.objects.get(code=owner)
    there = AccountKey(entity.pk, "HOLDING", party.pk, place_id=Place.objects.get(code=place).pk)
    from_where = AccountKey(entity.pk, "OPENING", party.pk)
    ids = account_ids([there, from_where])
    sides = (ids[there], ids[from_where]) if quantity > 0 else (ids[from_where], ids[there])
    share = Asset.objects.get(code=asset)
    entry = NewEntry(
        entity_id=entity.pk, kind="test", source_type="brought", source_id=next(_numbers),
        effective_date=on, postings=[NewPosting(*sides, share.pk, D(abs(quantity)))],
    )  # fmt: skip
    post_entries([entry], at=timezone.now())


def entitled(event: RecordEvent, place: str = "NSD") -> dict[str, Entitlement]:
    rows = Entitlement.objects.filter(event=event, place__code=place).exclude(
        state__in=("CORRECTED", "CANCELLED")
    )
    return {row.owner.code: row for row in rows.select_related("owner").order_by("pk")}


def standing(owner: str, kind: str, asset: str = "RUB", place: str | None = None) -> Decimal:
    """What stands on the accounts of an owner, debits less credits, at a place or anywhere."""
    rows = LedgerAccount.objects.filter(owner__code=owner, kind=kind, entity__code="RUS")
    if place:
        rows = rows.filter(place__code=place)
    ids = list(rows.values_list("pk", flat=True))
    asset_id = Asset.objects.get(code=asset).pk
    return sum((b.amount for b in balances(account_ids=ids) if b.asset_id == asset_id), D(0))


@contextmanager
def moved(*asked: tuple[Any, ...]) -> Iterator[list[Decimal]]:
    """By how much each of these changes meanwhile."""
    before = [standing(*each) for each in asked]
    found: list[Decimal] = []
    yield found
    found += [standing(*each) - was for each, was in zip(asked, before, strict=True)]


def paid(
    api: Any, event: RecordEvent, amount: str, *, place: str = "NSD", status: int = 200, **more: Any
) -> Any:
    """A clerk records the document, a checker accepts it; the last answer."""
    body = {
        "entity": "RUS", "place": place, "amount": amount, "document": "Report 21",
        "settled_at": "2026-11-27T12:00:00+03:00",
    } | more  # fmt: skip
    answer = api("clerk").post(f"/record-events/{event}/payments/", body)
    if answer.status_code != 201:
        return answer
    reference = answer.json()["reference"]
    follow_events()
    assert WorkItem.objects.filter(kind="income-payment", closed_at=None).count() == 1
    assert api("clerk").post(f"/income-payments/{reference}/accept/").status_code == 403
    answer = api("checker").post(f"/income-payments/{reference}/accept/")
    assert answer.status_code == status, answer.content
    follow_events()
    return answer


OWN = "999900DEMOSEVERRU017"


def clients_behind() -> None:
    """Three clients behind the omnibus account at the depository, beside what is there of ours."""
    for owner, quantity in ((ANNA, 7), (BORIS, 11), (FUND, 101)):
        brought(owner, quantity)
