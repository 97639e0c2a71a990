"""Caps of open currency positions that follow the own funds of an entity, by dated rules.

What people decided stays; the rule lowers it where own funds allow less, by the rate of the day where the
limit is in another currency. Both the own funds and the shares are dated rows that two people put in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.decimals import plain
from limits.changes import put_bounds
from limits.models import Limit
from limits.rule_kinds import OWN_FUNDS, POSITION_BOUNDS
from limits.rules import share_of_funds
from limits.state import LimitKind
from refdata.dated_rules.rows import RuleBook
from refdata.firm_days import firm_day
from refdata.quotes import rate_on
from refdata.selectors import ReferenceData, reference_data

BOUNDED: Mapping[str, str] = {
    LimitKind.OPEN_CURRENCY_POSITION: "one_currency",
    LimitKind.OPEN_CURRENCY_TOTAL: "total",
}


@transaction.atomic
def keep_bounds(*, at: datetime) -> int:
    """Bring the bounds of all these limits to what the rules say now; how many caps moved. Twice does nothing.

    Without a rate the bound stays as it was: nobody knows better.
    """
    reference, day = reference_data(), firm_day(at)
    rows = Limit.objects.filter(kind__in=BOUNDED, closed_at=None).select_related("entity")
    wanted = {}
    for row in rows.order_by("pk"):
        known, bound = bound_of(row, reference, day)
        if known and bound != row.bound:
            wanted[row.pk] = bound
    moved = put_bounds(wanted, at=at) if wanted else []
    limits = Limit.objects.in_bulk([id for id, _, _ in moved])
    events = [
        NewEvent(
            kind="limit.bound", subject_type="limit", subject_id=id, entity_id=limits[id].entity_id,
            facts={
                "before": str(before), "after": str(after), "currency": limits[id].currency,
                "bound": None if wanted[id] is None else plain(wanted[id] or Decimal(0)),
            },
        )
        for id, before, after in moved
    ]  # fmt: skip
    record_events(events, actor_id=None, at=at)
    return len(moved)


def bound_of(row: Limit, reference: ReferenceData, day: date) -> tuple[bool, Decimal | None]:
    """Whether it is known, and what the rules allow at most in the limit's currency: None where nothing bounds it."""
    rules: RuleBook = reference.rules
    funds = rules.find(OWN_FUNDS, day, row.entity.code)
    shares = rules.find(POSITION_BOUNDS, day)
    if funds is None or shares is None:
        return True, None
    rate = rate_on(funds.currency, row.currency, day)
    if rate is None:
        return False, None
    share = Decimal(getattr(shares, BOUNDED[row.kind]))
    unit = reference.currencies[row.currency].minor_unit
    bound = share_of_funds(Decimal(funds.amount) * rate.value, share, minor_unit=unit)
    return True, max(bound, Decimal(0))  # own funds that are used up allow nothing
