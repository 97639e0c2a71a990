"""Keeping what a counterparty says is open between us, and holding it against our settlements with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from backoffice.access.models import User
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Invalid
from backoffice.kernel.i18n import gettext_noop
from reconciliation.breaks.identifying import bring_up_to
from reconciliation.breaks.state import BreakKind, BreakState
from reconciliation.breaks.writing import Differs
from reconciliation.counterparties.terms import Due, sha256_of
from reconciliation.models import Break, CounterpartyPosition, CounterpartyStatement
from refdata.firm_days import firm_day

LOCK = 7_000_034  # an advisory lock together with the entity's number
ZERO = Decimal(0)


class StatementOfFuture(Invalid):
    code = "counterparty-statement-of-future"
    title = gettext_noop("That day has not come")
    detail = gettext_noop("It is a statement of %(day)s.")
    hint = gettext_noop("Give the day at whose end it was so.")


# The last that each counterparty said, of all days.
_LAST = """
SELECT DISTINCT ON (c.party_id) c.party_id, p.code, c.id, c.day
  FROM reconciliation_counterpartystatement c JOIN refdata_party p ON p.id = c.party_id
 WHERE c.entity_id = %s ORDER BY c.party_id, c.day DESC, c.id DESC
"""
# What was due with a counterparty at the end of a day, what has settled since among it: a settlement on the net stands
# for the members of its set, and a deal made later was not there. Above zero it comes to us.
_OURS = """
SELECT s.place_id, x.asset_id, s.due_date, sum(CASE WHEN x.comes THEN x.quantity ELSE -x.quantity END)
  FROM settlements_settlement s
  LEFT JOIN deals_deal d ON s.source_type = 'deal' AND d.id = s.source_id
 CROSS JOIN LATERAL (VALUES
       (CASE WHEN s.asset_id <> s.money_asset_id THEN s.asset_id END, s.quantity - s.settled_quantity, NOT s.delivers),
       (CASE WHEN s.method <> 'FOP' THEN s.money_asset_id END, s.amount - s.settled_amount, s.delivers)
       ) AS open(asset_id, quantity, comes)
 CROSS JOIN LATERAL (SELECT open.asset_id, open.comes, CASE
       WHEN s.settlement <> 'SETTLED' THEN open.quantity
       WHEN open.asset_id = s.money_asset_id THEN s.amount ELSE s.quantity END AS quantity) AS x
 WHERE s.entity_id = %(entity)s AND s.counterparty_id = %(party)s AND s.cancellation <> 'AGREED'
   AND s.approval <> 'REJECTED' AND s.netted_by_id IS NULL AND x.asset_id IS NOT NULL
   AND (s.settlement <> 'SETTLED' OR s.settled_date > %(day)s)
   AND (d.id IS NULL OR d.trade_date <= %(day)s)
 GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPositions:
    """What a counterparty says is open at the end of a day, by its document."""

    entity_id: int
    party_id: int
    day: date
    document: str
    positions: Mapping[Due, Decimal]


@transaction.atomic
def receive_positions(
    *, new: NewPositions, actor: User, at: datetime
) -> tuple[CounterpartyStatement, bool]:
    """Keep what a counterparty says and compare it at once; whether it is new. Raises StatementOfFuture."""
    if new.day > firm_day(at):
        raise StatementOfFuture(day=new.day)
    _lock(new.entity_id)
    sha256 = sha256_of(new.positions)
    of = {"entity_id": new.entity_id, "party_id": new.party_id, "day": new.day, "sha256": sha256}
    known = CounterpartyStatement.objects.filter(**of).first()
    if known is not None:
        return known, False
    row = CounterpartyStatement.objects.create(
        **of, document=new.document, received_by=actor, received_at=at
    )
    CounterpartyPosition.objects.bulk_create(
        (
            CounterpartyPosition(statement=row, **due._asdict(), quantity=quantity)
            for due, quantity in new.positions.items()
        ),
        batch_size=5000,
    )
    event = NewEvent(
        kind="counterpartystatement.receive", subject_type="counterpartystatement", subject_id=row.pk,
        entity_id=new.entity_id, facts={"positions": len(new.positions), "document": new.document},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    _compare(row, at)
    return row, True


def _lock(entity_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [LOCK, entity_id])


@transaction.atomic
def compare_counterparties(*, entity_id: int, at: datetime) -> int:
    """Close what differs no more from what counterparties said last, and say what differs otherwise; how many closed.

    Nothing opens: what changed since, the next statement knows.
    """
    _lock(entity_id)
    live = _live(entity_id)
    keys = {row.key for row in live}
    found = [each for said in _last_of(entity_id) for each in _differing(entity_id, *said)]
    return bring_up_to({each.key: each for each in found if each.key in keys}, live, at=at)[1]


def _compare(row: CounterpartyStatement, at: datetime) -> None:
    """Hold the last statement of a counterparty against what was open at the end of its day."""
    for said in _last_of(row.entity_id):
        if said[0] == row.party_id:
            found = {each.key: each for each in _differing(row.entity_id, *said)}
            live = [b for b in _live(row.entity_id) if b.facts["party"] == said[1]]
            bring_up_to(found, live, at=at)


def _last_of(entity_id: int) -> list[tuple[int, str, int, date]]:
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [entity_id])
        return list(cursor.fetchall())


def _live(entity_id: int) -> list[Break]:
    rows = Break.objects.filter(entity_id=entity_id, kind=BreakKind.PARTY)
    return list(rows.exclude(state=BreakState.CLOSED).order_by("pk"))


def _differing(
    entity_id: int, party_id: int, code: str, statement_id: int, day: date
) -> Iterator[Differs]:
    rows = CounterpartyPosition.objects.filter(statement_id=statement_id)
    theirs = {Due(row.place_id, row.asset_id, row.due_date): row.quantity for row in rows}
    with connection.cursor() as cursor:
        cursor.execute(_OURS, {"entity": entity_id, "party": party_id, "day": day})
        ours = {Due(*due): quantity for *due, quantity in cursor.fetchall() if quantity}
    for due in sorted(theirs.keys() | ours.keys()):
        told, held = theirs.get(due, ZERO), ours.get(due, ZERO)
        if told != held:
            yield Differs(
                key=f"PARTY:{party_id}:{due.place_id}:{due.asset_id}:{due.due_date}", kind=BreakKind.PARTY,
                entity_id=entity_id, place_id=due.place_id, asset_id=due.asset_id, day=day, theirs=told,
                ours=held, facts={"party": code, "due": due.due_date.isoformat()},
            )  # fmt: skip
