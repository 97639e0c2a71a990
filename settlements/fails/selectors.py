"""Reading fails and what they cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from backoffice.access.models import User
from ledger.models import BusinessDay
from refdata.scopes import entities_seen_by, visible
from refdata.selectors import reference_data
from settlements.fails.days import collection_days
from settlements.fails.kinds import COLLECTION
from settlements.fails.models import Penalty
from settlements.fails.reading import LAST

# Since a penalty was counted: a price for its day, or where it has no amount any rate; a part, or the
# whole, that was final by its day; the instruction was matched or cancelled otherwise than was known.
_AGAIN = f"""
SELECT DISTINCT p.counted_on
  FROM ({LAST.format(where="p.entity_id = %(entity)s AND p.counted_on >= %(since)s AND p.counted_on < %(day)s")}) p
  JOIN settlements_settlement s ON s.id = p.settlement_id
  LEFT JOIN refdata_price own ON own.id = p.price_id
 WHERE (p.kind = 'SEFP' AND p.status <> 'REMO' AND s.settlement = 'SETTLED' AND s.settled_date <= p.counted_on)
    OR EXISTS (SELECT 1 FROM settlements_settlementpart t
                WHERE t.settlement_id = p.settlement_id AND t.settled_date <= p.counted_on
                  AND t.recorded_tx > p.recorded_tx)
    OR EXISTS (SELECT 1 FROM refdata_price q
                WHERE q.instrument_id = s.asset_id AND q.price_date <= p.day AND q.recorded_tx > p.recorded_tx
                  AND q.price_date >= coalesce(own.price_date, q.price_date))
    OR p.amount IS NULL AND p.payer <> 'UNKNOWN' AND (
       EXISTS (SELECT 1 FROM refdata_interestrate r WHERE r.rate_date <= p.day AND r.recorded_tx > p.recorded_tx)
       OR EXISTS (SELECT 1 FROM refdata_fxrate r WHERE r.rate_date <= p.day AND r.recorded_tx > p.recorded_tx))
 ORDER BY p.counted_on
"""  # noqa: S608


# Word of a matching that came after its day, of what is unsettled or was matched late: the nights between did not
# know of it. The days are those of the place, until the one on which the word came.
_TOLD_LATE = """
SELECT DISTINCT g.day::date
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id
  JOIN refdata_calendar k ON k.id = p.calendar_id
 CROSS JOIN LATERAL (
       SELECT max((e.recorded_at AT TIME ZONE k.timezone)::date) AS day FROM events_event e
        WHERE e.subject_type = 'settlement' AND e.subject_id = s.id AND e.kind = 'settlement.match') told
 CROSS JOIN LATERAL generate_series(
       greatest(s.matched_date, least(s.due_date, s.original_due_date), %(since)s), least(told.day, %(day)s) - 1,
       interval '1 day') AS g(day)
 WHERE s.entity_id = %(entity)s AND s.matched_date < told.day AND s.cancellation <> 'AGREED' AND (
       s.settlement <> 'SETTLED'
       OR s.matched_date > least(s.due_date, s.original_due_date) AND s.matched_date >= %(since)s)
   AND NOT EXISTS (SELECT 1 FROM settlements_penalty c WHERE c.settlement_id = s.id AND c.counted_on = g.day::date)
 ORDER BY 1
"""


def days_to_count_again(entity_id: int, day: date) -> list[date]:
    """The days of this month and the last of which something came after they were counted."""
    since = (day.replace(day=1) - date.resolution).replace(day=1)
    asked: dict[str, Any] = {"entity": entity_id, "since": since, "day": day}
    found: set[date] = set()
    with connection.cursor() as cursor:
        for statement in (_AGAIN, _TOLD_LATE):
            cursor.execute(statement, asked)
            found |= {row[0] for row in cursor.fetchall()}
    return sorted(found)


def last_day_before(entity_id: int, day: date) -> date | None:
    """The last business day of an entity before a day, if its books had one."""
    rows = BusinessDay.objects.filter(entity_id=entity_id, day__lt=day).order_by("-day")
    return rows.values_list("day", flat=True).first()


def penalties(*, visible_to: User, all_versions: bool = False) -> QuerySet[Penalty]:
    """The last version of each penalty that a person may see, or every version."""
    rows = Penalty.objects.select_related(
        "entity",
        "settlement__counterparty",
        "settlement__place",
        "settlement__asset",
        "price",
        "rule",
    )
    if not all_versions:
        rows = rows.filter(~Exists(_NEWER))
    return visible(rows.order_by("-id"), visible_to, book="settlement__book_id")


_NEWER = Penalty.objects.filter(
    settlement=OuterRef("settlement"), day=OuterRef("day"), kind=OuterRef("kind"),
    payer=OuterRef("payer"), version__gt=OuterRef("version"),
)  # fmt: skip


def last_versions() -> QuerySet[Penalty]:
    """The version of each penalty that counts, of everybody."""
    return Penalty.objects.filter(~Exists(_NEWER))


class Net(NamedTuple):
    """What a month of one counterparty at one place comes to in one currency; above zero we are owed."""

    entity: str
    place: str
    calendar: str
    counterparty: str
    currency: str
    ours: Decimal
    theirs: Decimal
    penalties: int
    without_amount: int

    @property
    def net(self) -> Decimal:
        return self.theirs - self.ours


_OF_MONTH = (
    "p.entity_id = ANY(%(entities)s) AND p.counted_on >= %(first)s AND p.counted_on < %(next)s"
)
_NETS = f"""
SELECT e.code, l.code, k.code, c.code, p.currency,
       coalesce(sum(p.amount) FILTER (WHERE p.payer = 'OURS'), 0),
       coalesce(sum(p.amount) FILTER (WHERE p.payer = 'THEIRS'), 0),
       count(*), count(*) FILTER (WHERE p.amount IS NULL)
  FROM ({LAST.format(where=_OF_MONTH)}) p
  JOIN settlements_settlement s ON s.id = p.settlement_id
  JOIN refdata_entity e ON e.id = p.entity_id
  JOIN refdata_place l ON l.id = s.place_id
  JOIN refdata_calendar k ON k.id = l.calendar_id
  JOIN refdata_party c ON c.id = s.counterparty_id
 WHERE p.status <> 'REMO'
 GROUP BY e.code, l.code, k.code, c.code, p.currency
 ORDER BY e.code, l.code, c.code, p.currency
"""  # noqa: S608


def nets_of_month(*, month: date, visible_to: User) -> list[Net]:
    """The penalties of a month netted per counterparty and place, of the entities seen whole."""
    first = month.replace(day=1)
    facts: dict[str, Any] = {
        "entities": [entity.pk for entity in entities_seen_by(visible_to)], "first": first,
        "next": (first + 32 * date.resolution).replace(day=1),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_NETS, facts)
        return [Net(*row) for row in cursor.fetchall()]


def due_date_of(net: Net, month: date) -> date | None:
    """When a month is collected at a place, by the rule in force in it; none: no rule."""
    reference = reference_data()
    rule = reference.rules.find(COLLECTION, month.replace(day=1))
    if rule is None:
        return None
    calendar = reference.calendars[net.calendar]
    return collection_days(month, rule.appeal_day, rule.due_day, calendar)[1]
