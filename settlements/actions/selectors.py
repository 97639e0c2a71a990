"""Reading what follows from corporate actions: entitlements, payments, differences, elections, expected income."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.scopes import visible
from settlements.actions.models import (
    Election,
    Entitlement,
    IncomeDifference,
    IncomePayment,
)
from settlements.models import RecordEvent

# What of money the place pays on it, as `Entitlement.receipt`.
RECEIPT = "(n.gross - CASE n.withheld_by WHEN 'SOURCE' THEN n.withheld ELSE 0 END + n.fraction_amount - n.price_paid)"


class AtPlace(NamedTuple):
    """What is entitled at one place for one entity, all its owners together, and what stands there by our books."""

    entity: str
    place: str
    owners: int
    quantity: Decimal
    gross: Decimal
    withheld: Decimal
    given: Decimal
    taken: Decimal
    expected: Decimal
    paid: Decimal


_BY_PLACE = f"""
SELECT e.code, p.code, count(DISTINCT n.owner_id), sum(n.quantity), sum(n.gross), sum(n.withheld), sum(n.given),
       sum(n.taken), coalesce(sum({RECEIPT}) FILTER (WHERE n.state = 'EXPECTED'), 0), coalesce(sum(n.paid_amount), 0)
  FROM settlements_entitlement n
  JOIN refdata_entity e ON e.id = n.entity_id JOIN refdata_place p ON p.id = n.place_id
 WHERE n.event_id = %(event)s AND n.state IN ('EXPECTED', 'PAID')
   AND (%(entities)s::bigint[] IS NULL OR n.entity_id = ANY(%(entities)s::bigint[]))
 GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608


def by_place(event: RecordEvent, *, entity_ids: Sequence[int] | None) -> list[AtPlace]:
    """The sums of an event's entitlements by entity and place: what each place is expected to pay."""
    whole = None if entity_ids is None else list(entity_ids)
    with connection.cursor() as cursor:
        cursor.execute(_BY_PLACE, {"event": event.pk, "entities": whole})
        return [AtPlace(*row) for row in cursor.fetchall()]


class ExpectedIncome(NamedTuple):
    """What is expected to come of one event at one place of cash: of whom all together, in which currency, when."""

    place_id: int
    money_asset_id: int
    value_date: date
    amount: Decimal
    event: str


_EXPECTED = f"""
SELECT n.cash_place_id, n.money_asset_id, v.payment_date, sum({RECEIPT}), 'CA-' || v.id
  FROM settlements_entitlement n JOIN settlements_recordevent v ON v.id = n.event_id
 WHERE n.entity_id = %(entity)s AND n.state = 'EXPECTED' AND n.money_asset_id IS NOT NULL
   AND v.payment_date >= %(since)s AND v.payment_date <= %(until)s
 GROUP BY v.id, 1, 2, 3 HAVING sum({RECEIPT}) <> 0 ORDER BY 3, v.id, 1, 2
"""  # noqa: S608


def expected_income(entity_id: int, since: date, until: date) -> list[ExpectedIncome]:
    """What corporate actions bring, or below zero take, in money from a value date until another, both counted.

    For the cash ladder.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EXPECTED, {"entity": entity_id, "since": since, "until": until})
        return [ExpectedIncome(*row) for row in cursor.fetchall()]


def entitlements_of(event: RecordEvent, *, visible_to: User) -> QuerySet[Entitlement]:
    """The entitlements of an event, those that were corrected among them."""
    rows = Entitlement.objects.filter(event=event).select_related(
        "entity", "owner", "place", "money_asset", "outturn", "option", "cash_place"
    )
    return visible(rows.order_by("id"), visible_to)


def payments(*, visible_to: User) -> QuerySet[IncomePayment]:
    rows = IncomePayment.objects.select_related(
        "event__money_asset", "entity", "place", "proposed_by"
    )
    return visible(rows.order_by("-id"), visible_to)


def payment(reference: str, *, visible_to: User) -> IncomePayment:
    """The payment of a reference such as `PY-3`. Raises NotFound."""
    id = number_in(reference, "PY", "payment of income")
    row = payments(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="payment of income", reference=reference)
    return row


def differences(*, visible_to: User) -> QuerySet[IncomeDifference]:
    rows = IncomeDifference.objects.select_related(
        "event", "entity", "place", "money_asset", "payment"
    )
    return visible(rows.order_by("-id"), visible_to)


def difference(reference: str, *, visible_to: User) -> IncomeDifference:
    """The difference of a reference such as `ID-1`. Raises NotFound."""
    id = number_in(reference, "ID", "difference of income")
    row = differences(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="difference of income", reference=reference)
    return row


def elections(*, visible_to: User) -> QuerySet[Election]:
    rows = Election.objects.select_related("event__instrument", "entity", "owner", "place")
    return visible(rows.order_by("-id"), visible_to)


def election(reference: str, *, visible_to: User) -> Election:
    """The election of a reference such as `EL-4`. Raises NotFound."""
    id = number_in(reference, "EL", "election")
    row = elections(visible_to=visible_to).filter(pk=id).first()
    if row is None:
        raise NotFound(what="election", reference=reference)
    return row
