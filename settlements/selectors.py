"""Reading settlements: one, many, what may settle, and who may see which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Prefetch, QuerySet

from backoffice.access.models import User
from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from backoffice.kernel.rows import array
from refdata.scopes import visible
from refdata.selectors import reference_data
from settlements.linking.selectors import linked_with as linked_with
from settlements.models import (
    EvidenceClaim,
    RunDecision,
    Settlement,
    SettlementPart,
    SettlementRun,
    StatusAdvice,
)
from settlements.posting import SettledTerms
from settlements.rules import last_stop

# What is left of settlements, with what of it may settle now: of one held by us the part that was released.
SETTLED_TERMS = """
SELECT s.id, s.entity_id, s.owner_id, s.counterparty_id, s.place_id, p.finality = 'INTERNAL',
       s.delivers, s.asset_id, s.quantity - s.settled_quantity, s.money_asset_id,
       s.amount - s.settled_amount, s.book_id, s.interest - s.settled_interest,
       s.quantity, s.settled_quantity, s.settled_amount, s.settled_interest,
       CASE WHEN s.settled_quantity = 0 THEN 0 ELSE 1 + (
            SELECT count(*) FROM settlements_settlementpart k WHERE k.settlement_id = s.id) END,
       CASE WHEN s.hold = 'OURS' AND s.released_quantity IS NOT NULL
            THEN greatest(0, s.released_quantity - s.settled_quantity)
            ELSE s.quantity - s.settled_quantity END,
       s.partial_allowed, s.minimum, s.lot, coalesce(y.minor_unit, 4),
       s.settlement <> 'SETTLED' AND s.cancellation <> 'AGREED',
       CASE WHEN s.netted_by_id IS NOT NULL THEN (
            SELECT CASE n.mode WHEN 'CROSSING' THEN 'CROSSED' WHEN 'TRANSFORM' THEN 'REPLACED' ELSE 'MEMBER' END
              FROM settlements_nettingset n WHERE n.id = s.netted_by_id)
            WHEN s.source_type = 'set' THEN (
            SELECT CASE n.mode WHEN 'TRANSFORM' THEN 'OUTTURN' ELSE 'NET' END
              FROM settlements_nettingset n WHERE n.id = s.source_id)
            WHEN s.source_type = 'claim' THEN 'CLAIM' ELSE '' END
  FROM settlements_settlement s JOIN refdata_place p ON p.id = s.place_id
  LEFT JOIN refdata_currency y ON y.asset_id = s.money_asset_id
"""
# On nobody's hold, or held by us and released in part.
FREE = """(s.hold = 'NONE' OR s.hold = 'OURS' AND s.released_quantity > s.settled_quantity
            AND s.settlement <> 'SETTLED')"""


def locked_terms(ids: Sequence[int]) -> list[SettledTerms]:
    """What is left of some settlements, all of them locked in ascending id until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{SETTLED_TERMS} WHERE s.id = ANY(%s) ORDER BY s.id FOR UPDATE OF s",
            [array(ids)],
        )
        return _of_books([SettledTerms(*row) for row in cursor.fetchall()])


# The net of a clearing house settles the deals of many books; interest is each one's own.
_INTEREST_OF_BOOKS = """
SELECT s.id, d.book_id, sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END)
  FROM settlements_settlement s
  JOIN settlements_nettedflow k ON k.obligation_id = s.source_id
  JOIN deals_flow f ON f.id = k.flow_id AND f.kind = 'INTEREST'
  JOIN deals_deal d ON d.id = k.deal_id
 WHERE s.id = ANY(%s) AND s.source_type = 'net'
   AND NOT EXISTS (SELECT 1 FROM settlements_leftflow u WHERE u.netted_id = k.id)
 GROUP BY s.id, d.book_id ORDER BY s.id, d.book_id
"""


def _of_books(found: list[SettledTerms]) -> list[SettledTerms]:
    """The same, with whose interest it is where it is of several books."""
    several = [terms.id for terms in found if terms.book_id is None]
    if not several:
        return found
    of_books: dict[int, list[tuple[int, Decimal]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_INTEREST_OF_BOOKS, [array(several)])
        for id, book_id, amount in cursor.fetchall():
            of_books.setdefault(id, []).append((book_id, amount))
    return [terms._replace(of_books=tuple(of_books.get(terms.id, ()))) for terms in found]


# The deadline in force on the due date of each payment out; one for its currency before one for all.
_DEADLINES = """
SELECT DISTINCT ON (s.id) s.id, s.due_date, d.stop_by, d.days_before, c.code, c.timezone
  FROM settlements_settlement s
  JOIN refdata_place p ON p.id = s.place_id
  JOIN refdata_calendar c ON c.id = p.calendar_id
  JOIN refdata_asset m ON m.id = s.money_asset_id
  JOIN settlements_paymentdeadline d ON d.place_id = s.place_id AND d.currency IN ('', m.code)
   AND d.valid_from <= s.due_date AND (d.valid_until IS NULL OR d.valid_until > s.due_date)
 WHERE s.id = ANY(%s) AND s.quantity = 0 AND NOT s.delivers
 ORDER BY s.id, d.currency DESC, d.valid_from DESC
"""


def stop_by_of(ids: Sequence[int]) -> dict[int, datetime]:
    """Until when the payments out among these settlements can be stopped.

    Absent are receipts, and payments at places of which no deadline is known: those count as
    irrevocable from their release.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DEADLINES, [list(ids)])
        rows = cursor.fetchall()
    calendars = reference_data().calendars
    return {
        id: last_stop(
            due, stop_by=stop_by, days_before=days, calendar=calendars[code], zone=ZoneInfo(zone)
        )
        for id, due, stop_by, days, code, zone in rows
    }


# What proved what: read with settlements that are shown.
Beside: TypeAlias = "tuple[Prefetch[Any] | str, ...]"
ADVICE: Beside = (Prefetch("advice", StatusAdvice.objects.order_by("-told_at", "-id")),)
PROOFS: Beside = (
    "evidence",
    *ADVICE,
    Prefetch("parts", SettlementPart.objects.select_related("evidence").order_by("number")),
)


def settlements(*, visible_to: User) -> QuerySet[Settlement]:
    """The settlements a person may see."""
    rows = Settlement.objects.select_related(
        "entity", "owner", "counterparty", "place", "asset", "money_asset", "ssi"
    )
    return visible(rows, visible_to, book="book_id")


def settlement(reference: str, *, visible_to: User, beside: Beside = PROOFS) -> Settlement:
    """The settlement of a reference such as `S-12`, and what is read beside it. Raises NotFound."""
    id = number_in(reference, "S", "settlement")
    row = settlements(visible_to=visible_to).prefetch_related(*beside).filter(pk=id).first()
    if row is None:
        raise NotFound(what="settlement", reference=reference)
    return row


def settlement_id_of(reference: str, *, visible_to: User) -> int:
    id = number_in(reference, "S", "settlement")
    if not settlements(visible_to=visible_to).filter(pk=id).exists():
        raise NotFound(what="settlement", reference=reference)
    return id


def settlement_runs(*, visible_to: User) -> QuerySet[SettlementRun]:
    """The runs a person may see: those of whole entities; one over all of them only without a scope."""
    return visible(SettlementRun.objects.select_related("requested_by", "place"), visible_to)


def run_of(reference: str, *, visible_to: User) -> SettlementRun:
    """The run of a reference such as `R-12`. Raises NotFound."""
    rows = settlement_runs(visible_to=visible_to)
    row = rows.filter(pk=number_in(reference, "R", "settlement run")).first()
    if row is None:
        raise NotFound(what="settlement run", reference=reference)
    return row


def decisions_of(run: SettlementRun, outcome: str, *, visible_to: User) -> QuerySet[RunDecision]:
    """What a run decided so about the settlements that a person may see."""
    rows = RunDecision.objects.filter(run=run, plan_id=run.plan_id, outcome=outcome)
    return visible(rows, visible_to, entity="settlement__entity_id", book="settlement__book_id")


def claims(*, visible_to: User) -> QuerySet[EvidenceClaim]:
    """The recorded documents that a person may see: those of the settlements it may see."""
    return visible(EvidenceClaim.objects.all(), visible_to, book="settlement__book_id")


def claim(reference: str, *, visible_to: User) -> EvidenceClaim:
    """The recorded document of a reference such as `EV-3`. Raises NotFound."""
    rows = claims(visible_to=visible_to).select_related("settlement", "proposed_by")
    row = rows.filter(pk=number_in(reference, "EV", "evidence")).first()
    if row is None:
        raise NotFound(what="evidence", reference=reference)
    return row


# So many deals at once: whether each is final is looked up for these alone, however many there are.
_DEALS_FINAL = """
WITH next AS MATERIALIZED (
  SELECT d.id FROM deals_deal d
   WHERE d.entity_id = %(entity)s AND d.state = 'SETTLED' AND d.id > %(after)s ORDER BY d.id LIMIT %(size)s)
SELECT d.id,
       NOT EXISTS (SELECT 1 FROM settlements_settlement s
                    WHERE s.source_type = 'deal' AND s.source_id = d.id
                      AND s.cancellation <> 'AGREED' AND s.settled_date > %(day)s)
   AND NOT EXISTS (SELECT 1 FROM settlements_nettedflow k
                     JOIN settlements_netobligation n ON n.id = k.obligation_id
                     LEFT JOIN settlements_settlement s ON s.source_type = 'net' AND s.source_id = n.id
                      AND s.cancellation <> 'AGREED'
                    WHERE k.deal_id = d.id AND coalesce(s.settled_date, n.due_date) > %(day)s)
  FROM next d ORDER BY d.id
"""


def deals_final_by(*, entity_id: int, day: date, size: int) -> Iterator[list[int]]:
    """Settled deals of an entity none of whose settlements became final after a day, so many at once at most."""
    asked: dict[str, Any] = {"entity": entity_id, "day": day, "size": size, "after": 0}
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_DEALS_FINAL, asked)
            rows = cursor.fetchall()
        if not rows:
            return
        if final := [id for id, is_final in rows if is_final]:
            yield final
        asked["after"] = rows[-1][0]
